// One training from one start: the step loop, validation, early stop, checkpoints.
//
// The result is a function of the data, the start, the config, the seed and the number of threads:
// it is the same to the last bit whether the process ran through or was killed and went on from a
// checkpoint. (Unless max_seconds ends it, which is said.)
#ifndef AMOOZ_PLUGINS_TORCH_TRAINING_H_
#define AMOOZ_PLUGINS_TORCH_TRAINING_H_

#include <span>
#include <string>
#include <vector>

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/failure.h"
#include "plugins/torch/packing.h"
#include "plugins/torch/training_config.h"

namespace amooz::llama {

struct TrainingData {
  std::vector<Sequence> train, validation;
};

struct TrainingTask {
  const TrainingConfig& config;
  const ModelConfig& model;
  const TrainingData& data;
  bool is_warm;  // the start is a trained model
  std::uint64_t seed;
  double max_seconds;  // 0: none
  std::string checkpoint_path, job_digest;
};

struct TrainingResult {
  std::vector<float> weights;  // those with the lowest validation loss
  double validation_loss;      // nats a token; infinite without validation rows
  std::string stop_reason;     // early_stop | epochs | steps | max_minutes
  std::int64_t steps;
};

// Weights of a new model: normal with deviation 0.02, less where residuals add up; norms are 1.
std::vector<float> NewWeights(const ModelConfig& model, std::uint64_t seed,
                              const StopPoint& stop_point = GoOn);

// Trains from `start`. Emits the metrics loss, validation_loss, learning_rate, tokens_per_second
// and eta_seconds. Throws CANCELLED soon after a stop, also within a step, a validation and a
// checkpoint; FAILED_PRECONDITION if the loss stops being a number.
TrainingResult Train(const TrainingTask& task, std::vector<float> start, const sdk::Call& call);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_TRAINING_H_
