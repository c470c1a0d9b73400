// From logits to the next token, in the order and with the formulas of transformers' generate():
// repetition penalty, no repeated n-grams, least length, temperature, top-k, top-p, then a draw
// (or, at temperature 0, the largest).
#ifndef AMOOZ_PLUGINS_TORCH_SAMPLER_H_
#define AMOOZ_PLUGINS_TORCH_SAMPLER_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plugins/torch/random.h"

namespace amooz::llama {

struct SamplingOptions {
  std::int32_t min_tokens = 0;
  double temperature = 1.0;  // 0 = greedy; the penalties still apply
  double top_p = 1.0;
  std::int32_t top_k = 0;  // 0 = off
  double repetition_penalty = 1.0;
  std::int32_t no_repeat_ngram_size = 0;  // 0 = off
  std::uint64_t seed = 0;

  // "" or which field is out of its range.
  std::string Problem() const;
};

class Sampler {
 public:
  Sampler(const SamplingOptions& options, std::int32_t end_id)
      : options_(options), end_id_(end_id), random_(options.seed, Stream::kSample) {}

  // The token that follows `ids` (prompt and reply so far, `reply_tokens` of them the reply's).
  // `logits` are changed. The draw depends on the seed and reply_tokens alone. DATA_LOSS if a logit
  // is not a finite number: nothing can be drawn from those.
  std::int32_t Next(std::span<const std::int32_t> ids, std::int64_t reply_tokens,
                    std::span<float> logits) const;

 private:
  void PenalizeRepetition(std::span<const std::int32_t> ids, std::span<float> logits) const;
  void ForbidRepeatedNgrams(std::span<const std::int32_t> ids, std::span<float> logits) const;
  std::int32_t Draw(std::int64_t reply_tokens, std::span<float> logits) const;

  SamplingOptions options_;
  std::int32_t end_id_;
  CounterRandom random_;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_SAMPLER_H_
