#include "plugins/torch/model_config.h"

#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>

#include "plugins/torch/failure.h"
#include "plugins/torch/sampler.h"

namespace amooz::llama {
namespace {

using Json = nlohmann::ordered_json;

// A file of JSON, whose keys are read with the types and ranges that this plugin writes. DATA_LOSS
// names the file and the key.
class JsonFile {
 public:
  JsonFile(std::string_view text, const std::string& path) : path_(path) {
    json_ = Json::parse(text, nullptr, false);
    if (!json_.is_object()) FailDamaged(path_, "is not a JSON object");
  }

  template <typename T>
  T Whole(const char* key) const {
    const Json& value = At(key);
    if (!value.is_number_integer()) FailDamaged(path_, std::string(key) + " is no whole number");
    const auto number = value.get<std::int64_t>();
    const bool is_too_large = value.is_number_unsigned() && number < 0;  // above 2^63
    if (is_too_large || number < std::numeric_limits<T>::min() ||
        number > std::numeric_limits<T>::max()) {
      FailDamaged(path_, std::string(key) + " is out of range");
    }
    return static_cast<T>(number);
  }
  double Number(const char* key) const {
    const Json& value = At(key);
    if (!value.is_number()) FailDamaged(path_, std::string(key) + " is no number");
    return value.get<double>();
  }
  // Every key that the plugin writes is there with this value, and nothing else that means
  // anything: what it does not know it would compute without.
  void RequireAll(const Json& expected) const {
    for (const auto& [key, value] : expected.items()) {
      if (At(key.c_str()) != value) {
        FailDamaged(path_, key + " has a value that this plugin does not support");
      }
    }
    for (const auto& [key, value] : json_.items()) {
      if (!expected.contains(key) && !value.is_null()) {
        FailDamaged(path_, "this plugin does not support the key " + key);
      }
    }
  }

 private:
  const Json& At(const char* key) const {
    const auto found = json_.find(key);
    if (found == json_.end()) FailDamaged(path_, std::string(key) + " is missing");
    return *found;
  }

  const std::string& path_;
  Json json_;
};

}  // namespace

std::string ModelConfig::Problem() const {
  const struct {
    const char* key;
    std::int64_t value, least, most;
  } sizes[] = {{"vocab_size", vocab_size, 1, 65536},
               {"hidden_size", hidden_size, 16, 8192},
               {"intermediate_size", intermediate_size, 16, 32768},
               {"num_hidden_layers", num_hidden_layers, 1, 128},
               {"num_attention_heads", num_attention_heads, 1, 128},
               {"num_key_value_heads", num_key_value_heads, 1, 128},
               {"max_position_embeddings", max_position_embeddings, 16, 32768}};
  for (const auto& size : sizes) {
    if (size.value < size.least || size.value > size.most) {
      return std::string(size.key) + " is not from " + std::to_string(size.least) + " to " +
             std::to_string(size.most);
    }
  }
  if (hidden_size % num_attention_heads != 0) {
    return "hidden_size is not a multiple of num_attention_heads";
  }
  if (head_dim() % 2 != 0) return "hidden_size / num_attention_heads is odd";
  if (num_attention_heads % num_key_value_heads != 0) {
    return "num_attention_heads is not a multiple of num_key_value_heads";
  }
  if (!(rope_theta > 0) || !std::isfinite(rope_theta)) return "rope_theta is not above 0";
  if (!(rms_norm_eps > 0) || !std::isfinite(rms_norm_eps)) return "rms_norm_eps is not above 0";
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
  const JsonFile file(text, path);
  ModelConfig config;
  config.vocab_size = file.Whole<std::int64_t>("vocab_size");
  config.hidden_size = file.Whole<std::int64_t>("hidden_size");
  config.intermediate_size = file.Whole<std::int64_t>("intermediate_size");
  config.num_hidden_layers = file.Whole<std::int64_t>("num_hidden_layers");
  config.num_attention_heads = file.Whole<std::int64_t>("num_attention_heads");
  config.num_key_value_heads = file.Whole<std::int64_t>("num_key_value_heads");
  config.max_position_embeddings = file.Whole<std::int64_t>("max_position_embeddings");
  config.rope_theta = file.Number("rope_theta");
  config.rms_norm_eps = file.Number("rms_norm_eps");
  if (const std::string problem = config.Problem(); !problem.empty()) FailDamaged(path, problem);
  file.RequireAll(Json::parse(config.ToJson()));
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
  const JsonFile file(text, path);
  GenerationDefaults defaults;
  defaults.max_new_tokens = file.Whole<std::int32_t>("max_new_tokens");
  defaults.temperature = file.Number("temperature");
  defaults.top_k = file.Whole<std::int32_t>("top_k");
  defaults.top_p = file.Number("top_p");
  defaults.repetition_penalty = file.Number("repetition_penalty");
  defaults.no_repeat_ngram_size = file.Whole<std::int32_t>("no_repeat_ngram_size");
  if (defaults.max_new_tokens < 1) FailDamaged(path, "max_new_tokens is below 1");
  SamplingOptions options;
  options.temperature = defaults.temperature;
  options.top_k = defaults.top_k;
  options.top_p = defaults.top_p;
  options.repetition_penalty = defaults.repetition_penalty;
  options.no_repeat_ngram_size = defaults.no_repeat_ngram_size;
  if (const std::string problem = options.Problem(); !problem.empty()) FailDamaged(path, problem);
  return defaults;
}

}  // namespace amooz::llama
