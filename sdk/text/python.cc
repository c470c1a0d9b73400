// str.strip(), str.split() and str.lower() as CPython 3.11 has them, whose tables are Unicode 14.
// ICU 72 has Unicode 15: what that added (u_charAge) is treated as unassigned here, as there.
#include <unicode/uchar.h>

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "sdk/text/text.h"
#include "sdk/text/utf8.h"

namespace amooz::text {
namespace {

constexpr std::uint8_t kPythonsUnicode = 14;

// What a byte that starts a code point says about white space.
enum SpaceClass : std::uint8_t { kNever, kAlways, kLook };
constexpr std::array<SpaceClass, 256> SpaceClasses() {
  std::array<SpaceClass, 256> classes{};
  for (int c = 0x09; c <= 0x0D; ++c) classes[static_cast<std::size_t>(c)] = kAlways;
  for (int c = 0x1C; c <= 0x20; ++c) classes[static_cast<std::size_t>(c)] = kAlways;
  for (const std::size_t lead : {0xC2u, 0xE1u, 0xE2u, 0xE3u}) classes[lead] = kLook;
  return classes;
}
constexpr std::array<SpaceClass, 256> kSpaceClass = SpaceClasses();

// Bytes of the white space that starts at p; 0 if there is none.
inline std::size_t SpaceLength(const char* p) {
  switch (kSpaceClass[static_cast<unsigned char>(*p)]) {
    case kNever:
      return 0;
    case kAlways:
      return 1;
    default: {
      const char* next = p;
      return IsPythonSpace(utf8::Next(&next)) ? static_cast<std::size_t>(next - p) : 0;
    }
  }
}

constexpr std::uint64_t kHighBits = 0x8080808080808080u;
constexpr std::uint64_t Repeated(std::uint64_t byte) { return byte * 0x0101010101010101u; }

// The high bit of each byte of x that is 0. (No byte's sum carries into the next.)
constexpr std::uint64_t Zeros(std::uint64_t x) {
  return ~(((x & ~kHighBits) + ~kHighBits) | x) & kHighBits;
}

// The high bits of those of eight bytes whose class is not kNever, and of 0xE0, which costs less
// to let through than to tell from 0xE1..0xE3.
constexpr std::uint64_t SpaceCandidates(std::uint64_t bytes) {
  const std::uint64_t up_to_space = ~(((bytes & ~kHighBits) + Repeated(0x7F - 0x20)) | bytes);
  return (up_to_space & kHighBits) | Zeros(bytes ^ Repeated(0xC2)) |
         Zeros((bytes & Repeated(0xFC)) ^ Repeated(0xE0));
}

bool IsNewerThanPython(char32_t c) {
  UVersionInfo age;
  u_charAge(static_cast<UChar32>(c), age);
  return age[0] > kPythonsUnicode;
}
bool IsCased(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASED) && !IsNewerThanPython(c);
}
bool IsCaseIgnorable(char32_t c) {
  return u_hasBinaryProperty(static_cast<UChar32>(c), UCHAR_CASE_IGNORABLE) &&
         !IsNewerThanPython(c);
}

constexpr char32_t kCapitalSigma = 0x03A3;
constexpr char32_t kSmallSigma = 0x03C3;
constexpr char32_t kFinalSigma = 0x03C2;
constexpr char32_t kCapitalIWithDot = 0x0130;

// Final_Sigma of the Unicode Standard, section 3.13: a cased letter before the sigma and none
// after, case-ignorable code points not looked at.
bool IsFinalSigma(std::string_view text, const char* sigma, const char* after) {
  bool is_after_cased = false;
  for (const char* p = sigma; p != text.data();) {
    const char32_t c = utf8::Previous(&p);
    if (IsCaseIgnorable(c)) continue;
    is_after_cased = IsCased(c);
    break;
  }
  if (!is_after_cased) return false;
  for (const char* p = after; p != text.data() + text.size();) {
    const char32_t c = utf8::Next(&p);
    if (!IsCaseIgnorable(c)) return !IsCased(c);
  }
  return true;
}

// Bytes that cannot begin a code point with a lower case of its own: ASCII but A-Z, the lead bytes
// of U+0080..U+00BF and U+0600..U+06FF, and continuation bytes (their lead is asked first).
constexpr std::array<bool, 256> CaselessBytes() {
  std::array<bool, 256> caseless{};
  for (std::size_t c = 0; c < 0x80; ++c) caseless[c] = c < 'A' || c > 'Z';
  for (std::size_t c = 0x80; c < 0xC0; ++c) caseless[c] = true;
  caseless[0xC2] = true;
  for (std::size_t c = 0xD8; c < 0xDC; ++c) caseless[c] = true;
  return caseless;
}
constexpr std::array<bool, 256> kCaseless = CaselessBytes();

// The first code point of [p, end) that may change, or end. U+2000..U+203F (ZWNJ, dashes, quotes)
// is looked at too, because Persian text is full of it.
const char* SkipCaseless(const char* p, const char* end) {
  for (; p != end; ++p) {
    if (kCaseless[static_cast<unsigned char>(*p)]) continue;
    if (*p == '\xE2' && p[1] == '\x80') continue;
    return p;
  }
  return end;
}

}  // namespace

bool IsPythonSpace(char32_t c) {
  if (c <= 0x20) return c == 0x20 || (c >= 0x09 && c <= 0x0D) || c >= 0x1C;
  if (c < 0x1680) return c == 0x85 || c == 0xA0;
  return c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 || c == 0x2029 || c == 0x202F ||
         c == 0x205F || c == 0x3000;
}

std::string_view Strip(std::string_view text) {
  const char* begin = text.data();
  const char* end = begin + text.size();
  while (begin != end) {
    const std::size_t space = SpaceLength(begin);
    if (space == 0) break;
    begin += space;
  }
  while (begin != end) {
    const char* last = end;
    if (!IsPythonSpace(utf8::Previous(&last))) break;
    end = last;
  }
  return {begin, static_cast<std::size_t>(end - begin)};
}

void SplitWords(std::string_view text, std::vector<std::string_view>* words) {
  words->clear();
  const char* p = text.data();
  const char* const end = p + text.size();
  const char* start = p;  // of the word that p is in
  const auto look = [&](const char* at) {
    const std::size_t space = SpaceLength(at);
    if (space == 0) return;
    if (at != start) words->emplace_back(start, static_cast<std::size_t>(at - start));
    start = at + space;
  };
  if constexpr (std::endian::native == std::endian::little) {
    for (; end - p >= 8; p += 8) {
      std::uint64_t bytes;
      std::memcpy(&bytes, p, sizeof(bytes));
      for (std::uint64_t found = SpaceCandidates(bytes); found != 0; found &= found - 1) {
        look(p + std::countr_zero(found) / 8);
      }
    }
  }
  for (; p != end; ++p) look(p);
  if (end != start) words->emplace_back(start, static_cast<std::size_t>(end - start));
}

std::vector<std::string_view> SplitWords(std::string_view text) {
  std::vector<std::string_view> words;
  SplitWords(text, &words);
  return words;
}

bool IsCaseless(std::string_view text) {
  // kCaseless in arithmetic and without an end before the text's, which a compiler turns into
  // vector instructions.
  const auto* const p = reinterpret_cast<const unsigned char*>(text.data());
  unsigned char may_change = 0;
  for (std::size_t i = 0; i + 1 < text.size(); ++i) {
    const unsigned char c = p[i];
    const bool is_capital = static_cast<unsigned char>(c - 'A') < 26;
    const bool is_other_lead =
        (c >= 0xC0) & (c != 0xC2) & (static_cast<unsigned char>(c - 0xD8) >= 4);
    const bool leads_general_punctuation = (c == 0xE2) & (p[i + 1] == 0x80);
    may_change |=
        static_cast<unsigned char>(is_capital | (is_other_lead & !leads_general_punctuation));
  }
  if (may_change != 0) return false;
  return text.empty() || kCaseless[p[text.size() - 1]];
}

std::string Lower(std::string_view text) {
  if (IsCaseless(text)) return std::string(text);
  std::string out;
  out.reserve(text.size());
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    const char* const changing = SkipCaseless(p, end);
    out.append(p, changing);
    p = changing;
    if (p == end) break;
    const char* const start = p;
    const char32_t c = utf8::Next(&p);
    if (c < 0x80) {
      out.push_back(static_cast<char>(c + ('a' - 'A')));
    } else if (c == kCapitalSigma) {
      utf8::Append(IsFinalSigma(text, start, p) ? kFinalSigma : kSmallSigma, &out);
    } else if (c == kCapitalIWithDot) {
      out.append("i\xCC\x87");  // i and U+0307: the one lower case that is two code points
    } else {
      utf8::Append(
          IsNewerThanPython(c) ? c : static_cast<char32_t>(u_tolower(static_cast<UChar32>(c))),
          &out);
    }
  }
  return out;
}

}  // namespace amooz::text
