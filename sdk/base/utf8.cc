#include "sdk/base/utf8.h"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace amooz {
namespace {

// The bytes of the valid sequence that `text` begins with, 0 if there is none. Table 3-7 of the
// Unicode Standard: only the second byte's range depends on the first.
std::size_t SequenceLength(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint8_t>(text[i]); };
  const std::uint8_t first = byte(0);
  if (first < 0x80) return 1;
  std::size_t length = 0;
  std::uint8_t low = 0x80;
  std::uint8_t high = 0xBF;
  if (first >= 0xC2 && first <= 0xDF) {
    length = 2;
  } else if (first >= 0xE0 && first <= 0xEF) {
    length = 3;
    if (first == 0xE0) low = 0xA0;
    if (first == 0xED) high = 0x9F;
  } else if (first >= 0xF0 && first <= 0xF4) {
    length = 4;
    if (first == 0xF0) low = 0x90;
    if (first == 0xF4) high = 0x8F;
  }
  if (length == 0 || text.size() < length) return 0;
  if (byte(1) < low || byte(1) > high) return 0;
  for (std::size_t i = 2; i < length; ++i) {
    if (byte(i) < 0x80 || byte(i) > 0xBF) return 0;
  }
  return length;
}

// How many bytes at the beginning are ASCII, looked at eight at a time.
std::size_t AsciiPrefix(std::string_view text) {
  constexpr std::uint64_t kHighBits = 0x8080808080808080;
  std::size_t n = 0;
  while (text.size() - n >= 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + n, 8);
    if ((word & kHighBits) != 0) break;
    n += 8;
  }
  return n;
}

}  // namespace

std::size_t FindNotUtf8(std::string_view bytes) {
  std::string_view rest = bytes;
  while (!rest.empty()) {
    rest.remove_prefix(AsciiPrefix(rest));
    if (rest.empty()) break;
    const std::size_t n = SequenceLength(rest);
    if (n == 0) return bytes.size() - rest.size();
    rest.remove_prefix(n);
  }
  return std::string_view::npos;
}

bool IsUtf8(std::string_view bytes) { return FindNotUtf8(bytes) == std::string_view::npos; }

std::string ToUtf8(std::string_view bytes) {
  if (IsUtf8(bytes)) return std::string(bytes);
  std::string out;
  while (!bytes.empty()) {
    const std::size_t n = SequenceLength(bytes);
    if (n == 0) {
      out += "\xEF\xBF\xBD";
      bytes.remove_prefix(1);
    } else {
      out += bytes.substr(0, n);
      bytes.remove_prefix(n);
    }
  }
  return out;
}

std::string_view Utf8Prefix(std::string_view text, std::size_t max_bytes) {
  if (text.size() <= max_bytes) return text;
  std::size_t end = max_bytes;
  while (end > 0 && (static_cast<std::uint8_t>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end);
}

}  // namespace amooz
