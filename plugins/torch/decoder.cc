#include "plugins/torch/decoder.h"

#include <algorithm>
#include <cmath>

namespace amooz::llama {
namespace {

// Tokens that go through the layers together: enough for the products to be efficient, few enough
// for the intermediate results to stay in the cache.
constexpr std::int64_t kChunk = 32;

std::size_t Size(std::int64_t n) { return static_cast<std::size_t>(n); }

std::vector<float> Pack(const float* w, std::int64_t in, std::int64_t out) {
  std::vector<float> panels(Size(PanelFloats(in, out)));
  PackPanels(w, in, out, panels.data());
  return panels;
}

}  // namespace

RotaryTable::RotaryTable(std::int64_t positions, std::int64_t head_dim, double theta) {
  const std::int64_t half = head_dim / 2;
  for (std::int64_t p = 0; p < positions; ++p) {
    for (std::int64_t i = 0; i < half; ++i) {
      // In float, as transformers does it.
      const float frequency =
          1.0f / std::pow(static_cast<float>(theta),
                          static_cast<float>(2 * i) / static_cast<float>(head_dim));
      const float angle = static_cast<float>(p) * frequency;
      cosine.push_back(std::cos(angle));
      sine.push_back(std::sin(angle));
    }
  }
}

Decoder::Decoder(const ModelConfig& config, std::span<const float> weights)
    : config_(config),
      kernels_(BestKernels()),
      shape_{config.num_attention_heads, config.num_key_value_heads, config.head_dim()} {
  const ParameterLayout layout(config);
  const std::int64_t hidden = config.hidden_size, wide = config.intermediate_size;
  const auto at = [&](std::string_view name) { return weights.data() + layout.OffsetOf(name); };
  const auto vector = [&](std::string_view name) {
    return std::vector<float>(at(name), at(name) + hidden);
  };
  const float* embedding = at("model.embed_tokens.weight");
  embedding_.assign(embedding, embedding + config.vocab_size * hidden);
  head_ = Pack(embedding, hidden, config.vocab_size);
  norm_ = vector("model.norm.weight");
  for (std::int64_t i = 0; i < config.num_hidden_layers; ++i) {
    const auto name = [i](std::string_view what) { return LayerParameter(i, what); };
    layers_.push_back(
        {vector(name("input_layernorm.weight")), vector(name("post_attention_layernorm.weight")),
         Pack(at(name("self_attn.q_proj.weight")), hidden, hidden + 2 * config.kv_size()),
         Pack(at(name("self_attn.o_proj.weight")), hidden, hidden),
         Pack(at(name("mlp.gate_proj.weight")), hidden, 2 * wide),
         Pack(at(name("mlp.down_proj.weight")), wide, hidden)});
  }
  RotaryTable rotary(config.max_position_embeddings, config.head_dim(), config.rope_theta);
  cosine_ = std::move(rotary.cosine);
  sine_ = std::move(rotary.sine);
}

Decoder::State::State(const Decoder& decoder, std::int64_t capacity)
    : capacity_(std::min(capacity, decoder.config_.max_position_embeddings)) {
  const ModelConfig& config = decoder.config_;
  const std::int64_t hidden = config.hidden_size, rows = std::min(kChunk, capacity_);
  keys_.resize(Size(config.num_hidden_layers * config.kv_size() * capacity_));
  values_.resize(keys_.size());
  hidden_.resize(Size(rows * hidden));
  normed_.resize(hidden_.size());
  attended_.resize(hidden_.size());
  added_.resize(hidden_.size());
  qkv_.resize(Size(rows * (hidden + 2 * config.kv_size())));
  gate_up_.resize(Size(rows * 2 * config.intermediate_size));
  gated_.resize(Size(rows * config.intermediate_size));
  scores_.resize(Size(capacity_));
}

void Decoder::Forward(State* state, std::span<const std::int32_t> tokens,
                      std::span<float> out) const {
  const std::int64_t hidden = config_.hidden_size;
  const auto total = static_cast<std::int64_t>(tokens.size());
  for (std::int64_t first = 0; first < total; first += kChunk) {
    const std::int64_t n = std::min(kChunk, total - first);
    for (std::int64_t t = 0; t < n; ++t) {
      const float* row = embedding_.data() + tokens[Size(first + t)] * hidden;
      std::copy_n(row, hidden, state->hidden_.data() + t * hidden);
    }
    for (std::size_t i = 0; i < layers_.size(); ++i) {
      ForwardLayer(layers_[i], static_cast<std::int64_t>(i), n, state);
    }
    for (std::int64_t t = 0; t < n; ++t) {
      kernels_.rms_norm(state->hidden_.data() + t * hidden, norm_.data(), hidden,
                        static_cast<float>(config_.rms_norm_eps),
                        out.data() + (first + t) * hidden);
    }
    state->length_ += n;
  }
}

void Decoder::ForwardLayer(const Layer& layer, std::int64_t index, std::int64_t n,
                           State* state) const {
  const std::int64_t hidden = config_.hidden_size, wide = config_.intermediate_size,
                     kv = config_.kv_size(), dim = shape_.head_dim, capacity = state->capacity_;
  const auto epsilon = static_cast<float>(config_.rms_norm_eps);
  float* const x = state->hidden_.data();
  float* const normed = state->normed_.data();
  float* const keys = state->keys_.data() + index * kv * capacity;
  float* const values = state->values_.data() + index * kv * capacity;

  for (std::int64_t t = 0; t < n; ++t) {
    kernels_.rms_norm(x + t * hidden, layer.attention_norm.data(), hidden, epsilon,
                      normed + t * hidden);
  }
  kernels_.product(normed, n, hidden, layer.qkv.data(), hidden + 2 * kv, state->qkv_.data());
  for (std::int64_t t = 0; t < n; ++t) {
    float* const q = state->qkv_.data() + t * (hidden + 2 * kv);
    const std::int64_t position = state->length_ + t;
    kernels_.rotate(q, shape_.heads + shape_.kv_heads, dim, cosine_.data() + position * dim / 2,
                    sine_.data() + position * dim / 2, 1.0f);
    for (std::int64_t h = 0; h < shape_.kv_heads; ++h) {
      std::copy_n(q + hidden + h * dim, dim, keys + (h * capacity + position) * dim);
      std::copy_n(q + hidden + kv + h * dim, dim, values + (h * capacity + position) * dim);
    }
    kernels_.attend(shape_, q, keys, values, position + 1, capacity, state->scores_.data(),
                    state->attended_.data() + t * hidden);
  }
  float* const added = state->added_.data();
  kernels_.product(state->attended_.data(), n, hidden, layer.o.data(), hidden, added);
  for (std::int64_t i = 0; i < n * hidden; ++i) x[i] += added[i];

  for (std::int64_t t = 0; t < n; ++t) {
    kernels_.rms_norm(x + t * hidden, layer.mlp_norm.data(), hidden, epsilon, normed + t * hidden);
  }
  kernels_.product(normed, n, hidden, layer.gate_up.data(), 2 * wide, state->gate_up_.data());
  for (std::int64_t t = 0; t < n; ++t) {
    kernels_.swiglu(state->gate_up_.data() + t * 2 * wide, wide, state->gated_.data() + t * wide);
  }
  kernels_.product(state->gated_.data(), n, wide, layer.down.data(), hidden, added);
  for (std::int64_t i = 0; i < n * hidden; ++i) x[i] += added[i];
}

void Decoder::Logits(std::span<const float> hidden, std::span<float> out) const {
  const auto n = static_cast<std::int64_t>(hidden.size()) / config_.hidden_size;
  kernels_.product(hidden.data(), n, config_.hidden_size, head_.data(), config_.vocab_size,
                   out.data());
}

}  // namespace amooz::llama
