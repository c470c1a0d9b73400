// The shape of a model (config.json) and the defaults of its replies (generation_config.json), in
// Hugging Face's words.
#ifndef AMOOZ_PLUGINS_TORCH_MODEL_CONFIG_H_
#define AMOOZ_PLUGINS_TORCH_MODEL_CONFIG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace amooz::llama {

// A decoder of the Llama family with tied embeddings and no biases.
struct ModelConfig {
  std::int64_t vocab_size = 0;
  std::int64_t hidden_size = 256;
  std::int64_t intermediate_size = 704;
  std::int64_t num_hidden_layers = 4;
  std::int64_t num_attention_heads = 4;
  std::int64_t num_key_value_heads = 4;
  std::int64_t max_position_embeddings = 512;  // the context, in tokens
  double rope_theta = 10000;
  double rms_norm_eps = 1e-5;

  bool operator==(const ModelConfig&) const = default;
  std::int64_t head_dim() const { return hidden_size / num_attention_heads; }
  std::int64_t kv_size() const { return num_key_value_heads * head_dim(); }

  // "" if the sizes are in the trainer's ranges (training_schema.h) and fit each other, else what
  // does not.
  std::string Problem() const;
  std::string ToJson() const;
  // DATA_LOSS naming `path` and the key if it is damaged or describes another kind of model, be it
  // by one key that ToJson does not write (rope_scaling, say).
  static ModelConfig FromJson(std::string_view json, const std::string& path);
};

// One tensor under its name in model.safetensors.
struct Parameter {
  std::string name;
  std::vector<std::int64_t> shape;
  std::int64_t offset = 0;  // in floats, from the start of all parameters
  std::int64_t size = 0;    // in floats
};

// All parameters of a model lie in one array of floats. q, k and v of a layer are neighbours, and
// so are gate and up, so that each group is one matrix to those who compute.
class ParameterLayout {
 public:
  explicit ParameterLayout(const ModelConfig& config);
  const std::vector<Parameter>& parameters() const { return parameters_; }
  std::int64_t size() const { return size_; }  // floats
  // The offset of a parameter. `name` must be one of the model's.
  std::int64_t OffsetOf(std::string_view name) const;

 private:
  void Add(std::string name, std::vector<std::int64_t> shape);
  std::vector<Parameter> parameters_;
  std::int64_t size_ = 0;
};

// "model.layers.3." + what.
std::string LayerParameter(std::int64_t layer, std::string_view what);

struct GenerationDefaults {
  std::int32_t max_new_tokens = 200;
  double temperature = 1.0;
  double top_p = 0.92;
  std::int32_t top_k = 40;
  double repetition_penalty = 1.5;
  std::int32_t no_repeat_ngram_size = 4;

  std::string ToJson() const;
  // DATA_LOSS naming `path` and the key if a value is missing or no reply could use it.
  static GenerationDefaults FromJson(std::string_view json, const std::string& path);
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_MODEL_CONFIG_H_
