#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uchar.h>

#include <algorithm>
#include <array>

#include "sdk/text/text.h"
#include "sdk/text/utf8.h"

namespace amooz::text {
namespace {

constexpr char32_t kTatweel = 0x0640;
constexpr char32_t kZwnj = 0x200C;
constexpr char32_t kZwj = 0x200D;
constexpr char32_t kCurlyApostrophe = 0x2019;
constexpr char32_t kMaddah = 0x0653;
constexpr char32_t kHamzaAbove = 0x0654;
constexpr char32_t kHamzaBelow = 0x0655;
constexpr char32_t kAlef = 0x0627;
constexpr char32_t kWaw = 0x0648;
constexpr char32_t kHeh = 0x0647;
constexpr char32_t kFarsiYeh = 0x06CC;

// Marks of the Arabic script that are written over or under a letter.
constexpr bool IsArabicDiacritic(char32_t c) {
  return (c >= 0x064B && c <= 0x065F) || (c >= 0x0610 && c <= 0x061A) || c == 0x0670 ||
         (c >= 0x06D6 && c <= 0x06DC) || (c >= 0x06DF && c <= 0x06E4) || c == 0x06E7 ||
         c == 0x06E8 || (c >= 0x06EA && c <= 0x06ED) || (c >= 0x08CA && c <= 0x08FF && c != 0x08E2);
}

constexpr char32_t PersianLetter(char32_t c) {
  switch (c) {
    case 0x0649:  // ى
    case 0x064A:  // ي
      return kFarsiYeh;
    case 0x0643:  // ك
      return 0x06A9;
    case 0x06C0:  // ۀ: ه and a hamza that only says how it is read
      return kHeh;
    default:
      if (c >= 0x0660 && c <= 0x0669) return '0' + (c - 0x0660);
      if (c >= 0x06F0 && c <= 0x06F9) return '0' + (c - 0x06F0);
      return c;
  }
}

// Of each code point of U+0600..U+06FF: whether NormalizePersian leaves it as it is.
constexpr std::array<bool, 256> UnchangedArabic() {
  std::array<bool, 256> unchanged{};
  for (char32_t c = 0x0600; c < 0x0700; ++c) {
    unchanged[c - 0x0600] = c != kTatweel && !IsArabicDiacritic(c) && PersianLetter(c) == c;
  }
  return unchanged;
}
constexpr std::array<bool, 256> kUnchangedArabic = UnchangedArabic();

// The letter that `base` and the mark make together; 0 if the mark is a diacritic on it.
char32_t Joined(char32_t base, char32_t mark) {
  if (base == kAlef && mark == kMaddah) return 0x0622;
  if (base == kAlef && mark == kHamzaAbove) return 0x0623;
  if (base == kAlef && mark == kHamzaBelow) return 0x0625;
  if (base == kWaw && mark == kHamzaAbove) return 0x0624;
  if (base == kFarsiYeh && mark == kHamzaAbove) return 0x0626;
  return 0;
}

bool IsPunctuation(char32_t c) {
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & U_GC_P_MASK) != 0;
}

bool IsVariationSelector(char32_t c) { return c >= 0xFE00 && c <= 0xFE0F; }

bool IsOutsideWords(char32_t c) {
  if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) return false;
  if ((c >= 0x0620 && c <= 0x064A) || (c >= 0x066E && c <= 0x06D3)) return false;  // letters
  if (IsVariationSelector(c)) return true;
  return (U_GET_GC_MASK(static_cast<UChar32>(c)) & (U_GC_P_MASK | U_GC_S_MASK | U_GC_CF_MASK)) != 0;
}

// A letter or mark of Arabic script that Persian text is full of: no need to ask ICU.
bool IsCommonArabic(char32_t c) { return c >= 0x0620 && c < 0x06DD; }

bool IsFormat(char32_t c) {
  if (c < 0xAD || IsCommonArabic(c)) return false;
  return u_charType(static_cast<UChar32>(c)) == U_FORMAT_CHAR;
}

// What NormalizePersian changes lies in U+0600..U+08FF. True for the lead bytes of its first half,
// whose code points have two bytes; kLaterArabic leads the others, which have three.
bool LeadsArabic(char byte) { return (static_cast<unsigned char>(byte) & 0xFC) == 0xD8; }
constexpr char kLaterArabic = '\xE0';

std::string NfkcCasefold(std::string_view text) {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* normalizer = icu::Normalizer2::getNFKCCasefoldInstance(status);
  std::string out;
  if (U_FAILURE(status)) return std::string(text);
  icu::StringByteSink<std::string> sink(&out, static_cast<int32_t>(text.size()));
  normalizer->normalizeUTF8(0, icu::StringPiece(text.data(), static_cast<int32_t>(text.size())),
                            sink, nullptr, status);
  return U_FAILURE(status) ? std::string(text) : out;
}

}  // namespace

std::string NormalizePersian(std::string_view text) {
  std::string out(text.size(), '\0');  // what a code point becomes is never longer
  char* to = out.data();
  const char* p = text.data();
  const char* const end = p + text.size();
  char32_t base = 0;   // the last letter written, which a mark may join
  char* base_at = to;  // where it was written
  while (p != end) {
    if (LeadsArabic(*p)) {
      const char32_t place = (static_cast<char32_t>(p[0]) & 0x03) << 6 | (p[1] & 0x3F);
      if (kUnchangedArabic[place]) {
        base = 0x0600 + place;
        base_at = to;
        to = std::copy_n(p, 2, to);
        p += 2;
        continue;
      }
    } else if (*p != kLaterArabic) {
      *to++ = *p++;
      base = 0;
      continue;
    }
    const char32_t c = utf8::Next(&p);
    if (c == kTatweel) continue;
    if (IsArabicDiacritic(c)) {
      if (const char32_t joined = Joined(base, c); joined != 0) {
        to = utf8::Write(joined, base_at);
        base = joined;
      }
      continue;
    }
    base = PersianLetter(c);
    base_at = to;
    to = utf8::Write(base, to);
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

std::string NormalizeForPhrases(std::string_view text) {
  return FoldForPhrases(Lower(NormalizePersian(text)));
}

std::string FoldForPhrases(std::string_view normal) {
  std::string out(normal.size(), '\0');  // what a code point becomes is never longer
  char* to = out.data();
  const char* p = normal.data();
  const char* const end = p + normal.size();
  bool is_after_space = false;
  while (p != end) {
    const char* const start = p;
    const char32_t c = utf8::Next(&p);
    if (IsFormat(c)) continue;
    const bool is_space = !IsCommonArabic(c) && IsPythonSpace(c);
    if (is_space) {
      if (!is_after_space) *to++ = ' ';
    } else if (c == kCurlyApostrophe) {
      *to++ = '\'';
    } else {
      to = std::copy(start, p, to);
    }
    is_after_space = is_space;
  }
  out.resize(static_cast<std::size_t>(to - out.data()));
  return out;
}

std::size_t CountVisible(std::string_view text) {
  std::size_t n = 0;
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    const char32_t c = utf8::Next(&p);
    if (!IsFormat(c) && !IsVariationSelector(c)) ++n;
  }
  return n;
}

std::string_view StripClosing(std::string_view text) {
  const char* end = text.data() + text.size();
  while (end != text.data()) {
    const char* last = end;
    const char32_t c = utf8::Previous(&last);
    const bool is_quote = c == '"' || c == '\'' ||
                          (U_GET_GC_MASK(static_cast<UChar32>(c)) &
                           (U_GC_PE_MASK | U_GC_PF_MASK | U_GC_PI_MASK)) != 0;
    if (!is_quote && !IsPythonSpace(c) && !IsFormat(c) && !IsVariationSelector(c)) break;
    end = last;
  }
  return {text.data(), static_cast<std::size_t>(end - text.data())};
}

std::string_view StripPunctuation(std::string_view word) {
  const char* begin = word.data();
  const char* end = begin + word.size();
  while (begin != end) {
    const char* next = begin;
    if (!IsOutsideWords(utf8::Next(&next))) break;
    begin = next;
  }
  while (begin != end) {
    const char* last = end;
    if (!IsOutsideWords(utf8::Previous(&last))) break;
    end = last;
  }
  return {begin, static_cast<std::size_t>(end - begin)};
}

std::vector<std::string> NormalizedWords(std::string_view text) {
  const std::string lower = Lower(NormalizePersian(text));
  std::vector<std::string> words;
  for (const std::string_view word : SplitWords(lower)) {
    if (const std::string_view stripped = StripPunctuation(word); !stripped.empty()) {
      words.emplace_back(stripped);
    }
  }
  return words;
}

std::string SplitKeyText(std::string_view text) {
  const std::string folded = NormalizePersian(NfkcCasefold(text));
  std::string out;
  out.reserve(folded.size());
  bool is_space_due = false;
  const char* p = folded.data();
  const char* const end = p + folded.size();
  while (p != end) {
    char32_t c = utf8::Next(&p);
    if (IsPythonSpace(c)) {
      is_space_due = !out.empty();
      continue;
    }
    if (c == kZwnj || c == kZwj || IsPunctuation(c)) continue;
    if (c == 0x0629) c = kHeh;  // ة
    if (const int32_t digit = u_charDigitValue(static_cast<UChar32>(c)); digit >= 0) {
      c = static_cast<char32_t>('0' + digit);
    }
    if (is_space_due) out.push_back(' ');
    is_space_due = false;
    utf8::Append(c, &out);
  }
  return out.empty() ? std::string(text) : out;
}

}  // namespace amooz::text
