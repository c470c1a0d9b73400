#include "sdk/text/utf8.h"

#include <algorithm>
#include <cstddef>

#include "sdk/text/text.h"

namespace amooz::text {
namespace {

// Not 0 if `c` may not follow a, b and d (d is the last before it) in UTF-8 (Unicode 15, table
// 3-7). What is wrong with d itself shows where d is the last.
inline unsigned char Fault(unsigned char a, unsigned char b, unsigned char d, unsigned char c) {
  const bool must_continue = (d >= 0xC2) | (b >= 0xE0) | (a >= 0xF0);
  const bool continues = (c & 0xC0) == 0x80;
  const bool is_never_used = (c == 0xC0) | (c == 0xC1) | (c >= 0xF5);
  const bool is_overlong = ((d == 0xE0) & (c < 0xA0)) | ((d == 0xF0) & (c < 0x90));
  const bool is_too_large = ((d == 0xED) & (c > 0x9F)) | ((d == 0xF4) & (c > 0x8F));
  return static_cast<unsigned char>((must_continue != continues) | is_never_used | is_overlong |
                                    is_too_large);
}

}  // namespace

// In arithmetic and to the text's end whatever is found, which a compiler turns into vector
// instructions.
bool IsValidUtf8(std::string_view bytes) {
  const auto* const p = reinterpret_cast<const unsigned char*>(bytes.data());
  const std::size_t n = bytes.size();
  // Of the text with three bytes of 0 before and after it.
  const auto padded_fault = [p, n](std::size_t at) {
    const auto byte = [&](std::size_t i) {
      return i >= 3 && i - 3 < n ? p[i - 3] : static_cast<unsigned char>(0);
    };
    return Fault(byte(at), byte(at + 1), byte(at + 2), byte(at + 3));
  };
  unsigned char fault = 0;
  const std::size_t head = std::min<std::size_t>(n, 3);
  for (std::size_t i = 0; i < head; ++i) fault |= padded_fault(i);
  for (std::size_t i = 3; i < n; ++i) fault |= Fault(p[i - 3], p[i - 2], p[i - 1], p[i]);
  for (std::size_t i = n; i < n + 3; ++i) fault |= padded_fault(i);
  return fault == 0;
}

std::size_t CountCodePoints(std::string_view text) {
  std::size_t n = 0;
  for (const char byte : text) n += static_cast<signed char>(byte) >= -0x40 ? 1u : 0u;
  return n;
}

std::string_view FirstCodePoints(std::string_view text, std::size_t n) {
  std::size_t at = 0;
  for (; at < text.size(); ++at) {
    if (utf8::IsContinuation(text[at])) continue;
    if (n == 0) break;
    --n;
  }
  return text.substr(0, at);
}

char32_t LastCodePoint(std::string_view text) {
  if (text.empty()) return 0;
  const char* p = text.data() + text.size();
  return utf8::Previous(&p);
}

}  // namespace amooz::text
