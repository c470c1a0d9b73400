#include "plugins/torch/pretokenizer.h"

#include <cstdint>

namespace amooz::llama {
namespace {

enum class Class { kWord, kDigit, kPunctuation, kSpace };

struct Range {
  char32_t first, last;
  Class of;
};

// Sorted. The apostrophes ' and U+2019 are left to words: "don't" is one piece.
constexpr Range kRanges[] = {
    {0x0009, 0x000D, Class::kSpace},       {0x0020, 0x0020, Class::kSpace},
    {0x0021, 0x0026, Class::kPunctuation}, {0x0028, 0x002F, Class::kPunctuation},
    {0x0030, 0x0039, Class::kDigit},       {0x003A, 0x0040, Class::kPunctuation},
    {0x005B, 0x0060, Class::kPunctuation}, {0x007B, 0x007E, Class::kPunctuation},
    {0x0085, 0x0085, Class::kSpace},       {0x00A0, 0x00A0, Class::kSpace},
    {0x00A1, 0x00A1, Class::kPunctuation}, {0x00AB, 0x00AB, Class::kPunctuation},
    {0x00BB, 0x00BB, Class::kPunctuation}, {0x00BF, 0x00BF, Class::kPunctuation},
    {0x060C, 0x060C, Class::kPunctuation}, {0x061B, 0x061B, Class::kPunctuation},
    {0x061F, 0x061F, Class::kPunctuation}, {0x0660, 0x0669, Class::kDigit},
    {0x066A, 0x066D, Class::kPunctuation}, {0x06D4, 0x06D4, Class::kPunctuation},
    {0x06F0, 0x06F9, Class::kDigit},       {0x2000, 0x200A, Class::kSpace},
    {0x2010, 0x2018, Class::kPunctuation}, {0x201A, 0x2027, Class::kPunctuation},
    {0x2028, 0x2029, Class::kSpace},       {0x202F, 0x202F, Class::kSpace},
    {0x2030, 0x205E, Class::kPunctuation}, {0x205F, 0x205F, Class::kSpace},
    {0x3000, 0x3000, Class::kSpace},       {0x3001, 0x3003, Class::kPunctuation},
};

Class ClassOf(char32_t c) {
  for (const Range& range : kRanges) {
    if (c < range.first) return Class::kWord;
    if (c <= range.last) return range.of;
  }
  return Class::kWord;
}

struct CodePoint {
  char32_t value = 0;
  std::size_t size = 0;  // bytes
};

// The code point at `at`, which must be the start of one.
CodePoint Decode(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return static_cast<char32_t>(static_cast<unsigned char>(text[at + i]));
  };
  const char32_t lead = byte(0);
  const std::size_t size = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  if (size == 1 || at + size > text.size()) return {lead, 1};
  char32_t value = lead & (0x7Fu >> size);
  for (std::size_t i = 1; i < size; ++i) value = (value << 6) | (byte(i) & 0x3F);
  return {value, size};
}

// The end of the run of class `of` that starts at `at`.
std::size_t EndOfRun(std::string_view text, std::size_t at, Class of) {
  while (at < text.size()) {
    const CodePoint c = Decode(text, at);
    if (ClassOf(c.value) != of) break;
    at += c.size;
  }
  return at;
}

// The end of the white space that starts at `at`: all of it at the text's end, else all but its
// last code point, which may belong to the next piece; at least one code point.
std::size_t EndOfSpace(std::string_view text, std::size_t at) {
  std::size_t end = at, last = at;
  while (end < text.size()) {
    const CodePoint c = Decode(text, end);
    if (ClassOf(c.value) != Class::kSpace) break;
    last = end;
    end += c.size;
  }
  return end == text.size() || last == at ? end : last;
}

std::size_t EndOfPiece(std::string_view text, std::size_t at) {
  std::size_t start = at;
  Class of = ClassOf(Decode(text, at).value);
  if (text[at] == ' ' && at + 1 < text.size()) {
    start = at + 1;
    of = ClassOf(Decode(text, start).value);
  }
  if (of == Class::kSpace) return EndOfSpace(text, at);
  if (of == Class::kDigit) return start + Decode(text, start).size;
  return EndOfRun(text, start, of);
}

void AppendUtf8(char32_t c, std::string* out) {
  if (c < 0x80) {
    *out += static_cast<char>(c);
  } else if (c < 0x800) {
    *out += static_cast<char>(0xC0 | (c >> 6));
    *out += static_cast<char>(0x80 | (c & 0x3F));
  } else {
    *out += static_cast<char>(0xE0 | (c >> 12));
    *out += static_cast<char>(0x80 | ((c >> 6) & 0x3F));
    *out += static_cast<char>(0x80 | (c & 0x3F));
  }
}

// An end of a range in a bracket class: printable characters that mean nothing there are written
// as they are, the others as \x{...}.
void AppendEscaped(char32_t c, std::string* out) {
  constexpr char kHex[] = "0123456789ABCDEF";
  const bool plain = c > 0xA0 && !(c >= 0x2000 && c <= 0x205F) && c != 0x3000;
  if (plain) return AppendUtf8(c, out);
  *out += "\\x{";
  for (int shift = 12; shift >= 0; shift -= 4) *out += kHex[(c >> shift) & 0xF];
  *out += '}';
}

std::string Ranges(Class of) {
  std::string out;
  for (const Range& range : kRanges) {
    if (range.of != of) continue;
    AppendEscaped(range.first, &out);
    if (range.last != range.first) {
      out += '-';
      AppendEscaped(range.last, &out);
    }
  }
  return out;
}

}  // namespace

std::vector<std::string_view> PreTokenize(std::string_view text) {
  std::vector<std::string_view> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = EndOfPiece(text, at);
    pieces.push_back(text.substr(at, end - at));
    at = end;
  }
  return pieces;
}

std::string PreTokenizerRegex() {
  const std::string space = Ranges(Class::kSpace), digit = Ranges(Class::kDigit),
                    punctuation = Ranges(Class::kPunctuation);
  return " ?[^" + space + digit + punctuation + "]+| ?[" + punctuation + "]+| ?[" + digit + "]|[" +
         space + "]+(?![^" + space + "])|[" + space + "]+";
}

}  // namespace amooz::llama
