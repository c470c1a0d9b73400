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
  std::fill_n(panels, PanelFloats(in, out), 0.0f);
  for (std::int64_t o = 0; o < out; ++o) {
    float* column = panels + o / kPanel * kPanel * in + o % kPanel;
    for (std::int64_t i = 0; i < in; ++i) column[i * kPanel] = w[o * in + i];
  }
}

}  // namespace amooz::llama
