#ifndef AMOOZ_PLUGINS_TORCH_FINITE_H_
#define AMOOZ_PLUGINS_TORCH_FINITE_H_

#include <bit>
#include <cstdint>
#include <span>

namespace amooz::llama {

// No value is infinite or NaN. On the bits, which compilers vectorise.
inline bool AreFinite(std::span<const float> values) {
  constexpr std::uint32_t kExponent = 0x7F800000;  // all ones: infinite or NaN
  std::uint32_t found = 0;
  for (const float x : values) {
    found |= static_cast<std::uint32_t>((std::bit_cast<std::uint32_t>(x) & kExponent) == kExponent);
  }
  return found == 0;
}

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_FINITE_H_
