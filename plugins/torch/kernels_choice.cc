#include <algorithm>

#include "plugins/torch/kernels.h"

namespace amooz::llama {

extern const Kernels kKernels_portable;
#ifdef AMOOZ_KERNELS_X86
extern const Kernels kKernels_avx2;
extern const Kernels kKernels_avx512;
#endif

const Kernels& BestKernels() {
#ifdef AMOOZ_KERNELS_X86
  static const bool has_avx512 =
      __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
      __builtin_cpu_supports("avx512cd");
  static const bool has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") &&
                               __builtin_cpu_supports("bmi2");
  if (has_avx512) return kKernels_avx512;
  if (has_avx2) return kKernels_avx2;
#endif
  return kKernels_portable;
}

std::int64_t PanelFloats(std::int64_t in, std::int64_t out) {
  return (out + kPanel - 1) / kPanel * kPanel * in;
}

void PackPanels(const float* w, std::int64_t in, std::int64_t out, float* panels) {
  for (std::int64_t i = 0; i * kPanel < out; ++i) {
    PackPanel(w, in, out, i, panels + i * kPanel * in);
  }
}

void PackPanel(const float* w, std::int64_t in, std::int64_t out, std::int64_t index,
               float* panel) {
  const std::int64_t first = index * kPanel, columns = std::min(kPanel, out - first);
  if (columns < kPanel) std::fill_n(panel, kPanel * in, 0.0f);
  for (std::int64_t c = 0; c < columns; ++c) {
    const float* row = w + (first + c) * in;
    for (std::int64_t i = 0; i < in; ++i) panel[i * kPanel + c] = row[i];
  }
}

void PackPanelOfTransposed(const float* w, std::int64_t in, std::int64_t out, std::int64_t index,
                           float* panel) {
  const std::int64_t first = index * kPanel, columns = std::min(kPanel, out - first);
  if (columns < kPanel) std::fill_n(panel, kPanel * in, 0.0f);
  for (std::int64_t i = 0; i < in; ++i) {
    std::copy_n(w + i * out + first, columns, panel + i * kPanel);
  }
}

}  // namespace amooz::llama
