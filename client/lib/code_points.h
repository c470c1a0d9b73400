// Code points of UTF-8 text that is known to be valid.
#ifndef AMOOZ_CLIENT_LIB_CODE_POINTS_H_
#define AMOOZ_CLIENT_LIB_CODE_POINTS_H_

#include <algorithm>
#include <cstddef>
#include <string_view>

namespace amooz::client {

// The code point at the start of `text`, which is not empty; sets its length in bytes. Never reads
// past the end, whatever the bytes are.
inline char32_t FirstCodePoint(std::string_view text, std::size_t* length) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char lead = byte(0);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  *length = std::min(size, text.size());
  char32_t c = size == 1 ? lead : lead & (0xFFu >> (size + 1));
  for (std::size_t i = 1; i < *length; ++i) c = (c << 6) | (byte(i) & 0x3Fu);
  return c;
}

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_CODE_POINTS_H_
