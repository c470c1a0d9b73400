// The inner loops, written once (kernels.cc) and compiled for several instruction sets; the best
// that this machine has is chosen when first asked for. Plain pointers in, no allocation, no
// threads.
//
// Every result is a function of its own inputs alone: a row of a product, or a token's attention,
// is the same to the last bit whatever is computed beside it. Replies and evaluations rely on this.
#ifndef AMOOZ_PLUGINS_TORCH_KERNELS_H_
#define AMOOZ_PLUGINS_TORCH_KERNELS_H_

#include <cstdint>

namespace amooz::llama {

// Columns of a weight panel: a matrix [out][in] is packed as panels [out / 64][in][64], the last
// one filled up with zeros.
inline constexpr std::int64_t kPanel = 64;

// Heads side by side: q is [heads][head_dim], k and v are [kv_heads][head_dim]; query head h reads
// kv head h / (heads / kv_heads).
struct HeadShape {
  std::int64_t heads, kv_heads, head_dim;
};

// One segment of a packed row, inside arrays of tokens: element (token, feature) of qkv is at
// qkv[token * (heads + 2 kv_heads) * head_dim + feature], features in the order q, k, v; q and k
// are rotated already.
struct AttentionSegment {
  std::int64_t tokens;
  const float* qkv;
  float* probabilities;  // [heads][tokens][tokens], 0 above the diagonal
};

struct Kernels {
  const char* name;
  // y[n][out] = x[n][in] times a packed matrix.
  void (*product)(const float* x, std::int64_t n, std::int64_t in, const float* panels,
                  std::int64_t out, float* y);
  // The same for one panel: y[n][columns] = x[n][in] times panel[in][64], rows of y `stride` apart.
  void (*panel_product)(const float* x, std::int64_t n, std::int64_t in, const float* panel,
                        std::int64_t columns, float* y, std::int64_t stride);
  // y = x / sqrt(mean(x^2) + epsilon) * weight, one row.
  void (*rms_norm)(const float* x, const float* weight, std::int64_t n, float epsilon, float* y);
  // dx of the above from dy, and this row's part of the weight's gradient.
  void (*rms_norm_backward)(const float* x, const float* weight, const float* dy, std::int64_t n,
                            float epsilon, float* dx, float* d_weight);
  // y[i] = silu(gate_up[i]) * gate_up[n + i], i < n, one row.
  void (*swiglu)(const float* gate_up, std::int64_t n, float* y);
  // d_gate_up of the above from dy, one row.
  void (*swiglu_backward)(const float* gate_up, const float* dy, std::int64_t n, float* d_gate_up);
  // Rotates `heads` vectors of head_dim floats at x by the angles of one position, in Hugging
  // Face's halves. cosine, sine: head_dim / 2 each. sign -1 rotates back.
  void (*rotate)(float* x, std::int64_t heads, std::int64_t head_dim, const float* cosine,
                 const float* sine, float sign);
  // Attention of one token over `length` cached ones. keys, values: [kv_heads][capacity][head_dim];
  // scores: scratch of `length`; out: [heads][head_dim].
  void (*attend)(const HeadShape& shape, const float* q, const float* keys, const float* values,
                 std::int64_t length, std::int64_t capacity, float* scores, float* out);
  // Causal attention of one query head, for the segment's tokens [first, last). out:
  // [tokens][heads*head_dim].
  void (*segment_forward)(const HeadShape& shape, std::int64_t head,
                          const AttentionSegment& segment, std::int64_t first, std::int64_t last,
                          float* out);
  // Its gradient: adds to d_qkv (same form as qkv) the parts of this head and these tokens.
  void (*segment_backward)(const HeadShape& shape, std::int64_t head,
                           const AttentionSegment& segment, std::int64_t first, std::int64_t last,
                           const float* d_out, float* d_qkv);
  // x[i] *= keep(i) / (1 - share): keep(i) is 0 for a `share` of the elements, chosen by a hash of
  // (key, i); i counts from `first`.
  void (*dropout)(float* x, std::int64_t first, std::int64_t n, std::uint32_t key, float share);
  // One step of AdamW on n parameters; decay and rate are already multiplied, corrections are
  // 1 - beta^step, gradients are multiplied by `scale` first.
  void (*adamw)(float* weights, const float* gradients, float* first, float* second, std::int64_t n,
                float scale, float rate, float decay, float beta1, float beta2, float correction1,
                float correction2, float epsilon);
};

const Kernels& BestKernels();

// Packs w [out][in] for Kernels::product into panels of PanelFloats(in, out) floats.
std::int64_t PanelFloats(std::int64_t in, std::int64_t out);
void PackPanels(const float* w, std::int64_t in, std::int64_t out, float* panels);
// One panel of it, number `index`.
void PackPanel(const float* w, std::int64_t in, std::int64_t out, std::int64_t index, float* panel);
// One panel of a matrix that lies the other way round, w [in][out].
void PackPanelOfTransposed(const float* w, std::int64_t in, std::int64_t out, std::int64_t index,
                           float* panel);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_KERNELS_H_
