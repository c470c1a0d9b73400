#include "plugins/torch/model_config.h"

#include <nlohmann/json.hpp>

#include "plugins/torch/failure.h"

namespace amooz::llama {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::int64_t kMostOfAnything = 1 << 24;

}  // namespace

std::string ModelConfig::Problem() const {
  for (const std::int64_t n : {vocab_size, hidden_size, intermediate_size, num_hidden_layers,
                               num_attention_heads, num_key_value_heads, max_position_embeddings}) {
    if (n < 1 || n > kMostOfAnything) return "a size is below 1 or above 16,777,216";
  }
  if (hidden_size % num_attention_heads != 0) {
    return "hidden_size is not a multiple of num_attention_heads";
  }
  if (head_dim() % 2 != 0) return "hidden_size / num_attention_heads is odd";
  if (num_attention_heads % num_key_value_heads != 0) {
    return "num_attention_heads is not a multiple of num_key_value_heads";
  }
  if (max_position_embeddings < 16) return "max_position_embeddings is below 16";
  if (!(rope_theta > 0) || !(rms_norm_eps > 0)) return "rope_theta or rms_norm_eps is not above 0";
  return "";
}

std::string ModelConfig::ToJson() const {
  const Json json = {{"architectures", {"LlamaForCausalLM"}},
                     {"model_type", "llama"},
                     {"vocab_size", vocab_size},
                     {"hidden_size", hidden_size},
                     {"intermediate_size", intermediate_size},
                     {"num_hidden_layers", num_hidden_layers},
                     {"num_attention_heads", num_attention_heads},
                     {"num_key_value_heads", num_key_value_heads},
                     {"head_dim", head_dim()},
                     {"max_position_embeddings", max_position_embeddings},
                     {"rope_theta", rope_theta},
                     {"rms_norm_eps", rms_norm_eps},
                     {"hidden_act", "silu"},
                     {"attention_bias", false},
                     {"attention_dropout", 0.0},
                     {"mlp_bias", false},
                     {"tie_word_embeddings", true},
                     {"initializer_range", 0.02},
                     {"bos_token_id", nullptr},
                     {"eos_token_id", 0},
                     {"pad_token_id", 0},
                     {"torch_dtype", "float32"},
                     {"use_cache", true}};
  return json.dump(2) + "\n";
}

ModelConfig ModelConfig::FromJson(std::string_view text, const std::string& path) {
  ModelConfig config;
  try {
    const Json json = Json::parse(text);
    if (json.at("model_type") != "llama" || json.at("hidden_act") != "silu" ||
        json.at("tie_word_embeddings") != true || json.at("attention_bias") != false ||
        json.at("mlp_bias") != false || json.at("eos_token_id") != 0) {
      FailDamaged(path, "describes a model that this plugin did not write");
    }
    config.vocab_size = json.at("vocab_size");
    config.hidden_size = json.at("hidden_size");
    config.intermediate_size = json.at("intermediate_size");
    config.num_hidden_layers = json.at("num_hidden_layers");
    config.num_attention_heads = json.at("num_attention_heads");
    config.num_key_value_heads = json.at("num_key_value_heads");
    config.max_position_embeddings = json.at("max_position_embeddings");
    config.rope_theta = json.at("rope_theta");
    config.rms_norm_eps = json.at("rms_norm_eps");
  } catch (const nlohmann::json::exception&) {
    FailDamaged(path, "is not the config.json of a Llama model");
  }
  if (const std::string problem = config.Problem(); !problem.empty()) FailDamaged(path, problem);
  return config;
}

std::string LayerParameter(std::int64_t layer, std::string_view what) {
  return "model.layers." + std::to_string(layer) + "." + std::string(what);
}

ParameterLayout::ParameterLayout(const ModelConfig& config) {
  const std::int64_t hidden = config.hidden_size, wide = config.intermediate_size,
                     kv = config.kv_size();
  Add("model.embed_tokens.weight", {config.vocab_size, hidden});
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    Add(LayerParameter(i, "input_layernorm.weight"), {hidden});
    Add(LayerParameter(i, "self_attn.q_proj.weight"), {hidden, hidden});
    Add(LayerParameter(i, "self_attn.k_proj.weight"), {kv, hidden});
    Add(LayerParameter(i, "self_attn.v_proj.weight"), {kv, hidden});
    Add(LayerParameter(i, "self_attn.o_proj.weight"), {hidden, hidden});
    Add(LayerParameter(i, "post_attention_layernorm.weight"), {hidden});
    Add(LayerParameter(i, "mlp.gate_proj.weight"), {wide, hidden});
    Add(LayerParameter(i, "mlp.up_proj.weight"), {wide, hidden});
    Add(LayerParameter(i, "mlp.down_proj.weight"), {hidden, wide});
  }
  Add("model.norm.weight", {hidden});
}

void ParameterLayout::Add(std::string name, std::vector<std::int64_t> shape) {
  std::int64_t size = 1;
  for (const std::int64_t n : shape) size *= n;
  parameters_.push_back({std::move(name), std::move(shape), size_, size});
  size_ += size;
}

std::int64_t ParameterLayout::OffsetOf(std::string_view name) const {
  for (const Parameter& parameter : parameters_) {
    if (parameter.name == name) return parameter.offset;
  }
  Fail(AMOOZ_INTERNAL, "no parameter is called " + std::string(name));
}

std::string GenerationDefaults::ToJson() const {
  const Json json = {{"bos_token_id", nullptr},
                     {"eos_token_id", 0},
                     {"pad_token_id", 0},
                     {"do_sample", true},
                     {"max_new_tokens", max_new_tokens},
                     {"temperature", temperature},
                     {"top_k", top_k},
                     {"top_p", top_p},
                     {"repetition_penalty", repetition_penalty},
                     {"no_repeat_ngram_size", no_repeat_ngram_size}};
  return json.dump(2) + "\n";
}

GenerationDefaults GenerationDefaults::FromJson(std::string_view text, const std::string& path) {
  GenerationDefaults defaults;
  try {
    const Json json = Json::parse(text);
    defaults.max_new_tokens = json.at("max_new_tokens");
    defaults.temperature = json.at("temperature");
    defaults.top_k = json.at("top_k");
    defaults.top_p = json.at("top_p");
    defaults.repetition_penalty = json.at("repetition_penalty");
    defaults.no_repeat_ngram_size = json.at("no_repeat_ngram_size");
  } catch (const nlohmann::json::exception&) {
    FailDamaged(path, "is not the generation_config.json of this plugin");
  }
  return defaults;
}

}  // namespace amooz::llama
