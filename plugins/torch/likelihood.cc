#include "plugins/torch/likelihood.h"

#include <algorithm>
#include <cmath>

namespace amooz::llama {
namespace {

constexpr std::size_t kRowsAtOnce = 16;

double Surprise(std::span<const float> logits, std::int32_t token) {
  const float most = *std::max_element(logits.begin(), logits.end());
  double sum = 0;
  for (const float logit : logits) sum += static_cast<double>(std::exp(logit - most));
  return std::log(sum) + static_cast<double>(most) -
         static_cast<double>(logits[static_cast<std::size_t>(token)]);
}

double WindowSurprise(const Decoder& decoder, const Sequence& sequence, const Window& window) {
  const auto hidden_size = static_cast<std::size_t>(decoder.config().hidden_size);
  const auto vocabulary = static_cast<std::size_t>(decoder.config().vocab_size);
  // The last token predicts nothing that counts.
  const std::size_t n = window.end - window.begin - 1;
  std::vector<float> hidden(n * hidden_size), logits(kRowsAtOnce * vocabulary);
  Decoder::State state(decoder, static_cast<std::int64_t>(n));
  decoder.Forward(&state, std::span(sequence.tokens).subspan(window.begin, n), hidden);
  double sum = 0;
  for (std::size_t first = window.first_target; first < window.end; first += kRowsAtOnce) {
    const std::size_t rows = std::min(kRowsAtOnce, window.end - first);
    const std::size_t at = first - 1 - window.begin;
    decoder.Logits(std::span(hidden).subspan(at * hidden_size, rows * hidden_size),
                   std::span(logits).first(rows * vocabulary));
    for (std::size_t r = 0; r < rows; ++r) {
      sum += Surprise(std::span(logits).subspan(r * vocabulary, vocabulary),
                      sequence.tokens[first + r]);
    }
  }
  return sum;
}

}  // namespace

double NegativeLogLikelihood(const Decoder& decoder, const Sequence& sequence,
                             const std::function<void()>& stop_point) {
  double sum = 0;
  const auto context = static_cast<std::size_t>(decoder.config().max_position_embeddings);
  for (const Window& window : Windows(sequence, context)) {
    stop_point();
    sum += WindowSurprise(decoder, sequence, window);
  }
  return sum;
}

}  // namespace amooz::llama
