#include "plugins/torch/artifact.h"

#include <nlohmann/json.hpp>

#include "plugins/torch/failure.h"
#include "plugins/torch/files.h"
#include "plugins/torch/finite.h"
#include "plugins/torch/prompt.h"
#include "plugins/torch/safetensors.h"

namespace amooz::llama {
namespace {

using Json = nlohmann::ordered_json;

std::string TokenizerConfigJson(const ModelConfig& config) {
  const Json json = {{"tokenizer_class", "PreTrainedTokenizerFast"},
                     {"added_tokens_decoder",
                      {{"0",
                        {{"content", kEndToken},
                         {"lstrip", false},
                         {"normalized", false},
                         {"rstrip", false},
                         {"single_word", false},
                         {"special", true}}}}},
                     {"bos_token", nullptr},
                     {"eos_token", kEndToken},
                     {"pad_token", kEndToken},
                     {"unk_token", nullptr},
                     {"add_bos_token", false},
                     {"add_eos_token", false},
                     {"clean_up_tokenization_spaces", false},
                     {"model_input_names", {"input_ids", "attention_mask"}},
                     {"model_max_length", config.max_position_embeddings},
                     {"chat_template", ChatTemplate()}};
  return json.dump(2) + "\n";
}

std::uint64_t ReadTokenizerTextBytes(const std::string& path) {
  try {
    const Json json = Json::parse(ReadFile(path));
    if (json.at("format") != kFormat)
      FailDamaged(path, "its format is not " + std::string(kFormat));
    return json.at("tokenizer_text_bytes");
  } catch (const nlohmann::json::exception&) {
    FailDamaged(path, "is not the amooz.json of this plugin");
  }
}

}  // namespace

ModelFiles ReadArtifact(const std::string& folder, const StopPoint& stop_point) {
  const auto path = [&folder](const char* name) { return folder + "/" + name; };
  const std::uint64_t text_bytes = ReadTokenizerTextBytes(path("amooz.json"));
  ModelFiles files{ModelConfig::FromJson(ReadFile(path("config.json")), path("config.json")),
                   GenerationDefaults::FromJson(ReadFile(path("generation_config.json")),
                                                path("generation_config.json")),
                   BpeTokenizer::FromJson(ReadFile(path("tokenizer.json")), path("tokenizer.json")),
                   text_bytes,
                   {}};
  if (files.tokenizer.size() != files.config.vocab_size) {
    FailDamaged(path("tokenizer.json"), "has another number of entries than config.json says");
  }
  const std::string weights_path = path("model.safetensors");
  const SafetensorsFile tensors(ReadFile(weights_path, stop_point), weights_path);
  const ParameterLayout layout(files.config);
  if (tensors.tensor_count() != layout.parameters().size()) {
    FailDamaged(weights_path, "has other tensors than config.json says");
  }
  // Before that much memory is asked for.
  if (tensors.size_bytes() / sizeof(float) < static_cast<std::size_t>(layout.size())) {
    FailDamaged(weights_path, "is smaller than the sizes in config.json need");
  }
  files.weights.resize(static_cast<std::size_t>(layout.size()));
  for (const Parameter& parameter : layout.parameters()) {
    stop_point();
    const auto values = std::span(files.weights)
                            .subspan(static_cast<std::size_t>(parameter.offset),
                                     static_cast<std::size_t>(parameter.size));
    tensors.Copy(parameter.name, parameter.shape, values);
    if (!AreFinite(values)) {
      FailDamaged(weights_path, "tensor " + parameter.name + " holds values that are no numbers");
    }
  }
  return files;
}

void WriteArtifact(const std::string& folder, const ModelConfig& config,
                   const GenerationDefaults& defaults, const BpeTokenizer& tokenizer,
                   std::uint64_t tokenizer_text_bytes, std::span<const float> weights,
                   const StopPoint& stop_point) {
  const auto path = [&folder](const char* name) { return folder + "/" + name; };
  std::vector<TensorToWrite> tensors;
  const ParameterLayout layout(config);
  for (const Parameter& parameter : layout.parameters()) {
    tensors.push_back({parameter.name, parameter.shape,
                       weights.subspan(static_cast<std::size_t>(parameter.offset),
                                       static_cast<std::size_t>(parameter.size))});
  }
  // The parameters lie in this order without gaps, so their bytes are one piece.
  WriteFile(path("model.safetensors"),
            {SafetensorsHeader(tensors, {{"format", "pt"}}), BytesOf(weights)}, stop_point);
  WriteFile(path("config.json"), {config.ToJson()});
  WriteFile(path("generation_config.json"), {defaults.ToJson()});
  WriteFile(path("tokenizer.json"), {tokenizer.ToJson()});
  WriteFile(path("tokenizer_config.json"), {TokenizerConfigJson(config)});
  const Json amooz = {{"format", kFormat}, {"tokenizer_text_bytes", tokenizer_text_bytes}};
  WriteFile(path("amooz.json"), {amooz.dump(2) + "\n"});
}

}  // namespace amooz::llama
