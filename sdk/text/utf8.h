// Valid UTF-8, one code point at a time, by hand: no copy to UTF-16 on the way. Internal to
// sdk/text; what others need is in text.h.
#ifndef AMOOZ_SDK_TEXT_UTF8_H_
#define AMOOZ_SDK_TEXT_UTF8_H_

#include <string>

namespace amooz::text::utf8 {

inline bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

// The code point at *p, which is at the start of one. Moves *p past it.
inline char32_t Next(const char** p) {
  const auto byte = [p](int i) {
    return static_cast<char32_t>(static_cast<unsigned char>((*p)[i]));
  };
  const char32_t lead = byte(0);
  if (lead < 0x80) {
    *p += 1;
    return lead;
  }
  if (lead < 0xE0) {
    const char32_t c = (lead & 0x1F) << 6 | (byte(1) & 0x3F);
    *p += 2;
    return c;
  }
  if (lead < 0xF0) {
    const char32_t c = (lead & 0x0F) << 12 | (byte(1) & 0x3F) << 6 | (byte(2) & 0x3F);
    *p += 3;
    return c;
  }
  const char32_t c =
      (lead & 0x07) << 18 | (byte(1) & 0x3F) << 12 | (byte(2) & 0x3F) << 6 | (byte(3) & 0x3F);
  *p += 4;
  return c;
}

// The code point that ends at *p (begin < *p). Moves *p to its start.
inline char32_t Previous(const char** p) {
  do --*p;
  while (IsContinuation(**p));
  const char* start = *p;
  return Next(&start);
}

// Writes c at `to`, where there is room for it (up to 4 bytes). Returns what follows it.
inline char* Write(char32_t c, char* to) {
  const auto put = [&to](char32_t byte) { *to++ = static_cast<char>(byte); };
  if (c < 0x80) {
    put(c);
  } else if (c < 0x800) {
    put(0xC0 | c >> 6);
    put(0x80 | (c & 0x3F));
  } else if (c < 0x10000) {
    put(0xE0 | c >> 12);
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  } else {
    put(0xF0 | c >> 18);
    put(0x80 | (c >> 12 & 0x3F));
    put(0x80 | (c >> 6 & 0x3F));
    put(0x80 | (c & 0x3F));
  }
  return to;
}

inline void Append(char32_t c, std::string* out) {
  char bytes[4];
  out->append(bytes, Write(c, bytes));
}

}  // namespace amooz::text::utf8

#endif  // AMOOZ_SDK_TEXT_UTF8_H_
