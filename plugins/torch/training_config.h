// What an operator may set of a training, and its defaults (docs/decisions/0003-training-recipe.md
// says how the defaults were found).
#ifndef AMOOZ_PLUGINS_TORCH_TRAINING_CONFIG_H_
#define AMOOZ_PLUGINS_TORCH_TRAINING_CONFIG_H_

#include <cstdint>
#include <string>

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/model_config.h"
#include "plugins/torch/optimizer.h"

namespace amooz::llama {

enum class Start { kBase, kCold, kBest };

struct TrainingConfig {
  ModelConfig model;  // vocab_size is the tokenizer's
  GenerationDefaults generation;
  AdamW::Options optimizer;

  std::int64_t most_tokens_in_vocabulary = 8000;
  std::int64_t renew_tokenizer_over_bytes = 0;

  Start start = Start::kBase;
  std::int64_t epochs = 16;
  std::int64_t max_steps = 1500;
  std::int64_t patience = 3;  // epochs without a better validation loss
  std::int64_t row_tokens = 512;
  std::int64_t warmup_steps = 50;
  double replaced_share = 0.1;  // of the input tokens
  // What differs between a start from nothing and one from a base.
  struct Course {
    double learning_rate, dropout;
    double average_decay;  // of the averaged weights; 0 = no averaging
  };
  Course cold{1e-3, 0.1, 0.995}, warm{1.6e-3, 0.2, 0.995};
  std::int64_t checkpoint_every_steps = 50;

  // Of a config that kTrainingSchema (training_schema.h) describes. INVALID_ARGUMENT if sizes do
  // not fit each other.
  static TrainingConfig Read(const sdk::Config& config);
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_TRAINING_CONFIG_H_
