#include "plugins/torch/optimizer.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "plugins/torch/kernels.h"
#include "plugins/torch/torch_headers.h"

namespace amooz::llama {
namespace {

constexpr std::int64_t kPart = 1 << 15;  // floats that a thread takes at once

}  // namespace

double LearningRate::At(std::int64_t step) const {
  if (step < warmup_steps) {
    return peak * static_cast<double>(step + 1) / static_cast<double>(warmup_steps);
  }
  const double done =
      std::min(1.0, static_cast<double>(step - warmup_steps) /
                        static_cast<double>(std::max<std::int64_t>(1, total_steps - warmup_steps)));
  const double cosine = 0.5 + 0.5 * std::cos(std::numbers::pi * done);
  return peak * (floor_share + (1 - floor_share) * cosine);
}

double Norm(std::span<const float> values) {
  const auto n = static_cast<std::int64_t>(values.size());
  std::vector<double> sums(static_cast<std::size_t>((n + kPart - 1) / kPart));
  at::parallel_for(0, static_cast<std::int64_t>(sums.size()), 1,
                   [&](std::int64_t begin, std::int64_t end) {
                     for (std::int64_t p = begin; p < end; ++p) {
                       double sum = 0;
                       for (std::int64_t i = p * kPart; i < std::min(n, (p + 1) * kPart); ++i) {
                         const double x = values[static_cast<std::size_t>(i)];
                         sum += x * x;
                       }
                       sums[static_cast<std::size_t>(p)] = sum;
                     }
                   });
  double total = 0;
  for (const double sum : sums) total += sum;
  return std::sqrt(total);
}

AdamW::AdamW(const ModelConfig& config, const Options& options)
    : layout_(config),
      options_(options),
      first_(static_cast<std::size_t>(layout_.size())),
      second_(first_.size()) {}

void AdamW::Step(std::span<float> weights, std::span<const float> gradients, std::int64_t step,
                 double rate, const StopPoint& stop_point) {
  const double norm = Norm(gradients);
  const auto scale =
      static_cast<float>(norm > options_.clip_norm ? options_.clip_norm / norm : 1.0);
  const auto exponent = static_cast<double>(step);
  const auto correction1 = static_cast<float>(1 - std::pow(options_.beta1, exponent));
  const auto correction2 = static_cast<float>(1 - std::pow(options_.beta2, exponent));
  for (const Parameter& parameter : layout_.parameters()) {
    stop_point();
    const double decay = parameter.shape.size() > 1 ? rate * options_.weight_decay : 0;
    at::parallel_for(0, parameter.size, kPart, [&](std::int64_t begin, std::int64_t end) {
      const std::int64_t at = parameter.offset + begin;
      BestKernels().adamw(weights.data() + at, gradients.data() + at, first_.data() + at,
                          second_.data() + at, end - begin, scale, static_cast<float>(rate),
                          static_cast<float>(decay), static_cast<float>(options_.beta1),
                          static_cast<float>(options_.beta2), correction1, correction2,
                          static_cast<float>(options_.epsilon));
    });
  }
}

}  // namespace amooz::llama
