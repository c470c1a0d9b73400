#include "sdk/text/utf8.h"

#include <cstdint>
#include <cstring>

#include "sdk/text/text.h"

namespace amooz::text {
namespace {

// The range that the byte after `lead` must lie in (Unicode 15, table 3-7), and how many follow.
struct Sequence {
  int following;
  unsigned char second_min, second_max;
};
Sequence SequenceOf(unsigned char lead) {
  if (lead < 0xC2) return {0, 0, 0};
  if (lead < 0xE0) return {1, 0x80, 0xBF};
  if (lead == 0xE0) return {2, 0xA0, 0xBF};
  if (lead == 0xED) return {2, 0x80, 0x9F};
  if (lead < 0xF0) return {2, 0x80, 0xBF};
  if (lead == 0xF0) return {3, 0x90, 0xBF};
  if (lead < 0xF4) return {3, 0x80, 0xBF};
  if (lead == 0xF4) return {3, 0x80, 0x8F};
  return {0, 0, 0};
}

bool IsAsciiWord(const char* p) {
  std::uint64_t word;
  std::memcpy(&word, p, sizeof(word));
  return (word & 0x8080808080808080u) == 0;
}

}  // namespace

bool IsValidUtf8(std::string_view bytes) {
  const char* p = bytes.data();
  const char* const end = p + bytes.size();
  while (p != end) {
    if (end - p >= 8 && IsAsciiWord(p)) {
      p += 8;
      continue;
    }
    const auto lead = static_cast<unsigned char>(*p++);
    if (lead < 0x80) continue;
    const Sequence sequence = SequenceOf(lead);
    if (sequence.following == 0 || end - p < sequence.following) return false;
    const auto second = static_cast<unsigned char>(*p);
    if (second < sequence.second_min || second > sequence.second_max) return false;
    for (int i = 1; i < sequence.following; ++i) {
      if (!utf8::IsContinuation(p[i])) return false;
    }
    p += sequence.following;
  }
  return true;
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
