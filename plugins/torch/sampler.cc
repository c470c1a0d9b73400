#include "plugins/torch/sampler.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "plugins/torch/failure.h"
#include "plugins/torch/finite.h"

namespace amooz::llama {
namespace {

constexpr float kForbidden = -std::numeric_limits<float>::infinity();

std::size_t Index(std::int32_t id) { return static_cast<std::size_t>(id); }

}  // namespace

std::string SamplingOptions::Problem() const {
  if (min_tokens < 0) return "min_tokens is below 0";
  if (!(temperature >= 0) || !std::isfinite(temperature)) return "temperature is below 0";
  if (!(top_p > 0 && top_p <= 1)) return "top_p is not above 0 and at most 1";
  if (top_k < 0) return "top_k is below 0";
  if (!(repetition_penalty > 0) || !std::isfinite(repetition_penalty)) {
    return "repetition_penalty is not above 0";
  }
  if (no_repeat_ngram_size < 0) return "no_repeat_ngram_size is below 0";
  return "";
}

std::int32_t Sampler::Next(std::span<const std::int32_t> ids, std::int64_t reply_tokens,
                           std::span<float> logits) const {
  if (!AreFinite(logits)) {
    Fail(
        AMOOZ_DATA_LOSS,
        "the model's logits are not finite numbers, so its weights are damaged; fetch or train the "
        "model again");
  }
  PenalizeRepetition(ids, logits);
  ForbidRepeatedNgrams(ids, logits);
  if (reply_tokens < options_.min_tokens) logits[Index(end_id_)] = kForbidden;
  if (options_.temperature == 0) {
    return static_cast<std::int32_t>(std::max_element(logits.begin(), logits.end()) -
                                     logits.begin());
  }
  return Draw(reply_tokens, logits);
}

void Sampler::PenalizeRepetition(std::span<const std::int32_t> ids, std::span<float> logits) const {
  const auto penalty = static_cast<float>(options_.repetition_penalty);
  if (penalty == 1.0f) return;
  std::vector<bool> seen(logits.size(), false);
  for (const std::int32_t id : ids) {
    if (seen[Index(id)]) continue;
    seen[Index(id)] = true;
    float& logit = logits[Index(id)];
    logit = logit < 0 ? logit * penalty : logit / penalty;
  }
}

void Sampler::ForbidRepeatedNgrams(std::span<const std::int32_t> ids,
                                   std::span<float> logits) const {
  const std::size_t n = Index(options_.no_repeat_ngram_size);
  if (n == 0 || ids.size() + 1 < n) return;
  const auto last = ids.last(n - 1);
  for (std::size_t i = 0; i + n <= ids.size(); ++i) {
    if (std::equal(last.begin(), last.end(), ids.begin() + static_cast<std::ptrdiff_t>(i))) {
      logits[Index(ids[i + n - 1])] = kForbidden;
    }
  }
}

std::int32_t Sampler::Draw(std::int64_t reply_tokens, std::span<float> logits) const {
  struct Choice {
    std::int32_t id;
    float logit;
    double weight;
  };
  std::vector<Choice> choices;
  for (std::size_t id = 0; id < logits.size(); ++id) {
    if (logits[id] == kForbidden) continue;
    const auto scaled = static_cast<float>(logits[id] / options_.temperature);
    choices.push_back({static_cast<std::int32_t>(id), scaled, 0});
  }
  if (choices.empty()) return end_id_;
  std::stable_sort(choices.begin(), choices.end(),
                   [](const Choice& a, const Choice& b) { return a.logit > b.logit; });
  if (options_.top_k > 0 && Index(options_.top_k) < choices.size()) {
    // What equals the k-th stays, as in transformers.
    const float least = choices[Index(options_.top_k) - 1].logit;
    while (choices.back().logit < least) choices.pop_back();
  }
  double total = 0;
  for (Choice& choice : choices) {
    choice.weight = std::exp(static_cast<double>(choice.logit) - choices.front().logit);
    total += choice.weight;
  }
  if (options_.top_p < 1) {
    // The least likely go as long as all that goes is at most 1 - top_p; one always stays.
    double going = 0;
    while (choices.size() > 1 && going + choices.back().weight <= (1 - options_.top_p) * total) {
      going += choices.back().weight;
      choices.pop_back();
    }
    total -= going;
  }
  double left = random_.Uniform(static_cast<std::uint64_t>(reply_tokens)) * total;
  for (const Choice& choice : choices) {
    left -= choice.weight;
    if (left < 0) return choice.id;
  }
  return choices.back().id;
}

}  // namespace amooz::llama
