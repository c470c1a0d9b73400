// AdamW (Loshchilov and Hutter, arXiv 1711.05101) over all parameters at once, with the gradient's
// norm clipped; and the learning rate's course.
#ifndef AMOOZ_PLUGINS_TORCH_OPTIMIZER_H_
#define AMOOZ_PLUGINS_TORCH_OPTIMIZER_H_

#include <cstdint>
#include <span>
#include <vector>

#include "plugins/torch/failure.h"
#include "plugins/torch/model_config.h"

namespace amooz::llama {

// Warm-up to `peak`, then a half cosine down to `floor_share` of it at `total` steps.
struct LearningRate {
  double peak = 1e-3;
  std::int64_t warmup_steps = 0, total_steps = 1;
  double floor_share = 0.05;
  double At(std::int64_t step) const;
};

class AdamW {
 public:
  struct Options {
    double weight_decay = 1.0;  // of matrices; norms are not decayed
    double beta1 = 0.9, beta2 = 0.95, epsilon = 1e-8;
    double clip_norm = 1.0;
  };
  AdamW(const ModelConfig& config, const Options& options);

  // Step number `step` (from 1). The result does not depend on the number of threads. Where
  // `stop_point` throws, weights and moments are half done.
  void Step(std::span<float> weights, std::span<const float> gradients, std::int64_t step,
            double rate, const StopPoint& stop_point = GoOn);
  // The moments, for checkpoints.
  std::span<float> first() { return first_; }
  std::span<float> second() { return second_; }

 private:
  const ParameterLayout layout_;
  const Options options_;
  std::vector<float> first_, second_;
};

// The square root of the sum of squares, the same for any number of threads.
double Norm(std::span<const float> values);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_OPTIMIZER_H_
