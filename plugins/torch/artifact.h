// A model as a folder of files that transformers opens too:
//   config.json  generation_config.json  model.safetensors  tokenizer.json  tokenizer_config.json
// and amooz.json, which says what only Amooz wants to know. No timestamps: equal models are equal
// files.
#ifndef AMOOZ_PLUGINS_TORCH_ARTIFACT_H_
#define AMOOZ_PLUGINS_TORCH_ARTIFACT_H_

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "plugins/torch/bpe_tokenizer.h"
#include "plugins/torch/failure.h"
#include "plugins/torch/model_config.h"

namespace amooz::llama {

inline constexpr const char* kFormat = "amooz-llama-1";

struct ModelFiles {
  ModelConfig config;
  GenerationDefaults defaults;
  BpeTokenizer tokenizer;
  std::uint64_t tokenizer_text_bytes = 0;  // what the tokenizer was trained on
  std::vector<float> weights;              // as ParameterLayout says
};

// DATA_LOSS that names the file if one is missing, damaged, or does not fit the others, and the
// tensor if a weight is not a finite number.
ModelFiles ReadArtifact(const std::string& folder, const StopPoint& stop_point = GoOn);
// `folder` must exist.
void WriteArtifact(const std::string& folder, const ModelConfig& config,
                   const GenerationDefaults& defaults, const BpeTokenizer& tokenizer,
                   std::uint64_t tokenizer_text_bytes, std::span<const float> weights,
                   const StopPoint& stop_point = GoOn);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_ARTIFACT_H_
