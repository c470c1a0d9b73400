#include "plugins/torch/training_config.h"

#include "plugins/torch/failure.h"

namespace amooz::llama {
namespace {

TrainingConfig::Course ReadCourse(const sdk::Config& config, const std::string& at) {
  return {config.F64(at + "/learning_rate"), config.F64(at + "/dropout"),
          config.F64(at + "/average_decay")};
}

}  // namespace

TrainingConfig TrainingConfig::Read(const sdk::Config& config) {
  TrainingConfig out;
  out.model.hidden_size = config.I64("/model/hidden_size");
  out.model.intermediate_size = config.I64("/model/intermediate_size");
  out.model.num_hidden_layers = config.I64("/model/num_hidden_layers");
  out.model.num_attention_heads = config.I64("/model/num_attention_heads");
  out.model.num_key_value_heads = config.I64("/model/num_key_value_heads");
  out.model.max_position_embeddings = config.I64("/model/max_position_embeddings");
  out.model.vocab_size = 1;
  if (const std::string problem = out.model.Problem(); !problem.empty()) {
    Fail(AMOOZ_INVALID_ARGUMENT, "config /model: " + problem);
  }
  out.most_tokens_in_vocabulary = config.I64("/tokenizer/max_size");
  out.renew_tokenizer_over_bytes = config.I64("/tokenizer/renew_over_bytes");
  const std::string start = config.Str("/start");
  out.start = start == "cold" ? Start::kCold : start == "best" ? Start::kBest : Start::kBase;
  out.epochs = config.I64("/epochs");
  out.max_steps = config.I64("/max_steps");
  out.patience = config.I64("/patience");
  out.row_tokens = config.I64("/row_tokens");
  out.warmup_steps = config.I64("/warmup_steps");
  out.replaced_share = config.F64("/replaced_share");
  out.cold = ReadCourse(config, "/cold");
  out.warm = ReadCourse(config, "/warm");
  out.optimizer.weight_decay = config.F64("/weight_decay");
  out.optimizer.beta2 = config.F64("/beta2");
  out.optimizer.clip_norm = config.F64("/clip_norm");
  out.checkpoint_every_steps = config.I64("/checkpoint_every_steps");
  return out;
}

}  // namespace amooz::llama
