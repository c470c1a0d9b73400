// Compiled once for each instruction set, with AMOOZ_KERNELS_NAME naming it. No standard library
// templates here: an inline function compiled for AVX-512 must not be what other code links to.
#include "plugins/torch/kernels.h"

#include <math.h>
#include <string.h>

#ifndef AMOOZ_KERNELS_NAME
#error "compile this file through the object libraries in CMakeLists.txt"
#endif
#define AMOOZ_STRING_(x) #x
#define AMOOZ_STRING(x) AMOOZ_STRING_(x)
#define AMOOZ_JOIN_(a, b) a##b
#define AMOOZ_JOIN(a, b) AMOOZ_JOIN_(a, b)

namespace amooz::llama {
namespace {

using Int = std::int64_t;

#if defined(__AVX512F__)
constexpr int kLanes = 16, kVectors = 4, kRowsAtOnce = 6;
#elif defined(__AVX2__)
constexpr int kLanes = 8, kVectors = 2, kRowsAtOnce = 4;
#else
constexpr int kLanes = 4, kVectors = 2, kRowsAtOnce = 4;
#endif
constexpr int kColumns = kLanes * kVectors;  // of a panel, done at once
static_assert(kPanel % kColumns == 0);
typedef float Vector __attribute__((vector_size(kLanes * sizeof(float)), aligned(4), may_alias));

// e^x with a relative error below 2e-7, in arithmetic that compilers vectorise: 2^n times Cephes'
// polynomial for expf on [-ln 2 / 2, ln 2 / 2].
inline float Exp(float x) {
  x = x < -87.0f ? -87.0f : x > 88.0f ? 88.0f : x;
  const float z = x * 1.44269504f;
  const int n = static_cast<int>(z + (z >= 0 ? 0.5f : -0.5f));
  const auto whole = static_cast<float>(n);
  const float r = (x - whole * 0.693359375f) + whole * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * r * r + r + 1.0f;
  const int bits = (n + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof(power));
  return p * power;
}

inline float Dot(const float* a, const float* b, Int n) {
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Int i = 0; i < n; ++i) sum += a[i] * b[i];
  return sum;
}

// y += s x
inline void AddScaled(float s, const float* __restrict x, Int n, float* __restrict y) {
#pragma omp simd
  for (Int i = 0; i < n; ++i) y[i] += s * x[i];
}

inline void Softmax(float* x, Int n) {
  float most = x[0];
#pragma omp simd reduction(max : most)
  for (Int i = 0; i < n; ++i) most = x[i] > most ? x[i] : most;
  float sum = 0;
#pragma omp simd reduction(+ : sum)
  for (Int i = 0; i < n; ++i) {
    x[i] = Exp(x[i] - most);
    sum += x[i];
  }
  const float scale = 1.0f / sum;
#pragma omp simd
  for (Int i = 0; i < n; ++i) x[i] *= scale;
}

// kRows rows of x times kColumns columns of a panel. Each sum runs over `in` in order, so a row
// does not depend on how many are done with it.
template <int kRows>
inline void Tile(const float* x, Int in, const float* panel, Int columns, float* y, Int out) {
  Vector sums[kRows][kVectors] = {};
  for (Int i = 0; i < in; ++i, panel += kPanel) {
    Vector w[kVectors];
    for (int v = 0; v < kVectors; ++v) w[v] = *reinterpret_cast<const Vector*>(panel + v * kLanes);
    for (int r = 0; r < kRows; ++r) {
      const float factor = x[r * in + i];
      for (int v = 0; v < kVectors; ++v) sums[r][v] += factor * w[v];
    }
  }
  for (int r = 0; r < kRows; ++r) {
    memcpy(y + r * out, sums[r], static_cast<size_t>(columns) * sizeof(float));
  }
}

void PanelProduct(const float* x, Int n, Int in, const float* panel, Int columns, float* y,
                  Int stride) {
  for (Int first = 0; first < columns; first += kColumns, panel += kColumns) {
    const Int width = columns - first < kColumns ? columns - first : kColumns;
    Int row = 0;
    for (; row + kRowsAtOnce <= n; row += kRowsAtOnce) {
      Tile<kRowsAtOnce>(x + row * in, in, panel, width, y + row * stride + first, stride);
    }
    for (; row < n; ++row)
      Tile<1>(x + row * in, in, panel, width, y + row * stride + first, stride);
  }
}

void Product(const float* x, Int n, Int in, const float* panels, Int out, float* y) {
  for (Int first = 0; first < out; first += kPanel, panels += kPanel * in) {
    PanelProduct(x, n, in, panels, out - first < kPanel ? out - first : kPanel, y + first, out);
  }
}

void RmsNorm(const float* x, const float* weight, Int n, float epsilon, float* y) {
  const float scale = 1.0f / sqrtf(Dot(x, x, n) / static_cast<float>(n) + epsilon);
#pragma omp simd
  for (Int i = 0; i < n; ++i) y[i] = x[i] * scale * weight[i];
}

void RmsNormBackward(const float* x, const float* weight, const float* dy, Int n, float epsilon,
                     float* dx, float* d_weight) {
  const float scale = 1.0f / sqrtf(Dot(x, x, n) / static_cast<float>(n) + epsilon);
  float along = 0;  // how much of the gradient points along x
#pragma omp simd reduction(+ : along)
  for (Int i = 0; i < n; ++i) along += dy[i] * weight[i] * x[i];
  along *= scale * scale / static_cast<float>(n);
#pragma omp simd
  for (Int i = 0; i < n; ++i) {
    d_weight[i] = dy[i] * x[i] * scale;
    dx[i] = (dy[i] * weight[i] - x[i] * along) * scale;
  }
}

void Swiglu(const float* gate_up, Int n, float* y) {
  const float* up = gate_up + n;
#pragma omp simd
  for (Int i = 0; i < n; ++i) y[i] = gate_up[i] / (1.0f + Exp(-gate_up[i])) * up[i];
}

void SwigluBackward(const float* gate_up, const float* dy, Int n, float* d_gate_up) {
  const float* up = gate_up + n;
  float* d_up = d_gate_up + n;
#pragma omp simd
  for (Int i = 0; i < n; ++i) {
    const float gate = gate_up[i], sigmoid = 1.0f / (1.0f + Exp(-gate));
    d_up[i] = dy[i] * gate * sigmoid;
    d_gate_up[i] = dy[i] * up[i] * sigmoid * (1.0f + gate * (1.0f - sigmoid));
  }
}

void Rotate(float* x, Int heads, Int head_dim, const float* cosine, const float* sine, float sign) {
  const Int half = head_dim / 2;
  for (Int h = 0; h < heads; ++h, x += head_dim) {
    float *low = x, *high = x + half;
#pragma omp simd
    for (Int i = 0; i < half; ++i) {
      const float a = low[i], b = high[i], s = sign * sine[i];
      low[i] = a * cosine[i] - b * s;
      high[i] = b * cosine[i] + a * s;
    }
  }
}

void Attend(const HeadShape& shape, const float* q, const float* keys, const float* values,
            Int length, Int capacity, float* scores, float* out) {
  const Int dim = shape.head_dim, group = shape.heads / shape.kv_heads;
  const float scale = 1.0f / sqrtf(static_cast<float>(dim));
  for (Int h = 0; h < shape.heads; ++h, q += dim, out += dim) {
    const float* k = keys + h / group * capacity * dim;
    const float* v = values + h / group * capacity * dim;
    for (Int t = 0; t < length; ++t) scores[t] = Dot(q, k + t * dim, dim) * scale;
    Softmax(scores, length);
    memset(out, 0, static_cast<size_t>(dim) * sizeof(float));
    for (Int t = 0; t < length; ++t) AddScaled(scores[t], v + t * dim, dim, out);
  }
}

void SegmentForward(const HeadShape& shape, Int head, const AttentionSegment& segment, Int first,
                    Int last, float* out) {
  const Int dim = shape.head_dim, group = shape.heads / shape.kv_heads, n = segment.tokens;
  const Int row = (shape.heads + 2 * shape.kv_heads) * dim, out_row = shape.heads * dim;
  const float scale = 1.0f / sqrtf(static_cast<float>(dim));
  const float* k = segment.qkv + (shape.heads + head / group) * dim;
  const float* v = k + shape.kv_heads * dim;
  for (Int i = first; i < last; ++i) {
    const float* q = segment.qkv + i * row + head * dim;
    float* p = segment.probabilities + (head * n + i) * n;
    float* o = out + i * out_row + head * dim;
    for (Int j = 0; j <= i; ++j) p[j] = Dot(q, k + j * row, dim) * scale;
    Softmax(p, i + 1);
    memset(o, 0, static_cast<size_t>(dim) * sizeof(float));
    for (Int j = 0; j <= i; ++j) AddScaled(p[j], v + j * row, dim, o);
  }
}

// Dot as a function of its own. Inlined twice into SegmentBackward, GCC 12 leaves it scalar, which
// costs time and gives other sums.
__attribute__((noinline)) float CalledDot(const float* a, const float* b, Int n) {
  return Dot(a, b, n);
}

void SegmentBackward(const HeadShape& shape, Int head, const AttentionSegment& segment, Int first,
                     Int last, const float* d_out, float* d_qkv) {
  const Int dim = shape.head_dim, group = shape.heads / shape.kv_heads, n = segment.tokens;
  const Int row = (shape.heads + 2 * shape.kv_heads) * dim, out_row = shape.heads * dim;
  const float scale = 1.0f / sqrtf(static_cast<float>(dim));
  const Int k_at = (shape.heads + head / group) * dim, v_at = k_at + shape.kv_heads * dim;
  const float *k = segment.qkv + k_at, *v = segment.qkv + v_at;
  float *dk = d_qkv + k_at, *dv = d_qkv + v_at;
  for (Int i = first; i < last; ++i) {
    const float* q = segment.qkv + i * row + head * dim;
    const float* p = segment.probabilities + (head * n + i) * n;
    const float* d_o = d_out + i * out_row + head * dim;
    float* dq = d_qkv + i * row + head * dim;
    float mean = 0;  // sum over j of p[j] times its gradient
    for (Int j = 0; j <= i; ++j) mean += p[j] * CalledDot(d_o, v + j * row, dim);
    for (Int j = 0; j <= i; ++j) {
      const float d_score = p[j] * (CalledDot(d_o, v + j * row, dim) - mean) * scale;
      AddScaled(p[j], d_o, dim, dv + j * row);
      AddScaled(d_score, k + j * row, dim, dq);
      AddScaled(d_score, q, dim, dk + j * row);
    }
  }
}

// The finaliser of MurmurHash3, 32 bits.
inline std::uint32_t Hash(std::uint32_t x) {
  x ^= x >> 16;
  x *= 0x85EBCA6BU;
  x ^= x >> 13;
  x *= 0xC2B2AE35U;
  return x ^ (x >> 16);
}

void Dropout(float* x, Int first, Int n, std::uint32_t key, float share) {
  const auto limit = static_cast<std::uint32_t>(share * 16777216.0f);
  const float scale = 1.0f / (1.0f - share);
  const auto base = static_cast<std::uint32_t>(first);
#pragma omp simd
  for (Int i = 0; i < n; ++i) {
    const std::uint32_t h = Hash((base + static_cast<std::uint32_t>(i)) * 0x9E3779B9U ^ key);
    x[i] = (h >> 8) < limit ? 0.0f : x[i] * scale;
  }
}

void AdamW(float* __restrict weights, const float* __restrict gradients, float* __restrict first,
           float* __restrict second, Int n, float scale, float rate, float decay, float beta1,
           float beta2, float correction1, float correction2, float epsilon) {
  const float step = rate / correction1, root = 1.0f / sqrtf(correction2);
#pragma omp simd
  for (Int i = 0; i < n; ++i) {
    const float g = gradients[i] * scale;
    const float m = first[i] * beta1 + g * (1.0f - beta1);
    const float v = second[i] * beta2 + g * g * (1.0f - beta2);
    first[i] = m;
    second[i] = v;
    weights[i] = weights[i] * (1.0f - decay) - step * m / (sqrtf(v) * root + epsilon);
  }
}

}  // namespace

extern const Kernels AMOOZ_JOIN(kKernels_, AMOOZ_KERNELS_NAME);
const Kernels AMOOZ_JOIN(kKernels_, AMOOZ_KERNELS_NAME) = {AMOOZ_STRING(AMOOZ_KERNELS_NAME),
                                                           &Product,
                                                           &PanelProduct,
                                                           &RmsNorm,
                                                           &RmsNormBackward,
                                                           &Swiglu,
                                                           &SwigluBackward,
                                                           &Rotate,
                                                           &Attend,
                                                           &SegmentForward,
                                                           &SegmentBackward,
                                                           &Dropout,
                                                           &AdamW};

}  // namespace amooz::llama
