// The model for reading and writing replies: the forward pass in plain C++ on packed weights, with
// a key and value cache. A small model's cost is in starting operations, not in arithmetic, so this
// knows no tensors, no graph, and no threads.
//
// Guarantees: 1. logits are those of transformers' LlamaForCausalLM within 1e-4. 2. What Forward
// gives for a token is the same to the last bit whether tokens come one by one or together. 3. A
// Decoder is immutable; each call has its own State, so any number of threads may use one Decoder.
#ifndef AMOOZ_PLUGINS_TORCH_DECODER_H_
#define AMOOZ_PLUGINS_TORCH_DECODER_H_

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "plugins/torch/kernels.h"
#include "plugins/torch/model_config.h"

namespace amooz::llama {

class Decoder {
 public:
  // `weights` as ParameterLayout says; copied.
  Decoder(const ModelConfig& config, std::span<const float> weights);

  // What a text under way has cached: at most `capacity` tokens.
  class State {
   public:
    State(const Decoder& decoder, std::int64_t capacity);
    std::int64_t length() const { return length_; }

   private:
    friend class Decoder;
    std::int64_t capacity_, length_ = 0;
    std::vector<float> keys_, values_;  // [layers][kv_heads][capacity][head_dim]
    std::vector<float> hidden_, normed_, qkv_, attended_, added_, gate_up_, gated_, scores_;
  };

  // Reads tokens after those already in `state` (their number must not pass its capacity) and gives
  // the last hidden states, [tokens][hidden_size], ready for Logits.
  void Forward(State* state, std::span<const std::int32_t> tokens, std::span<float> out) const;
  // [n][vocab_size] of n hidden states.
  void Logits(std::span<const float> hidden, std::span<float> out) const;

  const ModelConfig& config() const { return config_; }

 private:
  struct Layer {
    std::vector<float> attention_norm, mlp_norm;
    std::vector<float> qkv, o, gate_up, down;  // panels
  };
  void ForwardLayer(const Layer& layer, std::int64_t index, std::int64_t n, State* state) const;

  const ModelConfig config_;
  const Kernels& kernels_;
  const HeadShape shape_;
  std::vector<float> embedding_, head_, norm_;
  std::vector<float> cosine_, sine_;  // [max_position_embeddings][head_dim / 2]
  std::vector<Layer> layers_;
};

// The angles of rotary embeddings for positions 0 to n - 1: cosine and sine, [n][head_dim / 2].
struct RotaryTable {
  RotaryTable(std::int64_t positions, std::int64_t head_dim, double theta);
  std::vector<float> cosine, sine;
};

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_DECODER_H_
