// The plugin `torch` of kind trainer: chats in, a small Llama-style model out.
#ifndef AMOOZ_PLUGINS_TORCH_TRAINER_H_
#define AMOOZ_PLUGINS_TORCH_TRAINER_H_

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/artifact.h"
#include "plugins/torch/training_config.h"
#include "plugins/torch/training_schema.h"

namespace amooz::llama {

// Annotations of a training: started_from (base | cold), stop_reason (early_stop | epochs | steps |
// max_minutes), tokenizer (new | kept | renewed), training_text_bytes, vocabulary, steps,
// validation_loss, resumed_at_step.
class LlamaTrainer {
 public:
  static constexpr sdk::Info kInfo{.name = "torch",
                                   .version = "1.0.0",
                                   .vendor = "Amooz",
                                   .license = "Apache-2.0",
                                   .config_schema = kTrainingSchema,
                                   .caps = AMOOZ_CAP_DETERMINISTIC | AMOOZ_CAP_RESUMABLE};
  static constexpr const char* kArtifactFormat = kFormat;

  explicit LlamaTrainer(const sdk::Config& config);
  sdk::Resources Plan(const sdk::Job& job, const sdk::Call& call);
  // FAILED_PRECONDITION without training rows. DATA_LOSS if the base is damaged.
  void Train(const sdk::Job& job, const sdk::Call& call);

 private:
  TrainingConfig config_;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_TRAINER_H_
