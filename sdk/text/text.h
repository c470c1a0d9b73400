// Text for chats, Persian first: what Python 3 would do (so that the original's rules hold to the
// code point), and normalisation on ICU. All functions: thread-safe, UTF-8 in and out, input must
// be valid UTF-8 (check with IsValidUtf8).
#ifndef AMOOZ_SDK_TEXT_TEXT_H_
#define AMOOZ_SDK_TEXT_TEXT_H_

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace amooz::text {

// RFC 3629: no surrogates, no overlong forms, at most U+10FFFF.
bool IsValidUtf8(std::string_view bytes);

std::size_t CountCodePoints(std::string_view text);
// The first n code points of text (all of it if it has fewer).
std::string_view FirstCodePoints(std::string_view text, std::size_t n);
// The last code point; 0 if text is empty.
char32_t LastCodePoint(std::string_view text);

// ---- As Python 3 does it ----
// str.isspace() of one code point: the white space that strip() and split() know, U+001C..U+001F
// and U+0085 included; ZWNJ (U+200C) and U+200B are not white space.
bool IsPythonSpace(char32_t c);
std::string_view Strip(std::string_view text);                    // str.strip()
std::vector<std::string_view> SplitWords(std::string_view text);  // str.split()
std::string Lower(std::string_view text);  // str.lower(), final sigma and U+0130 included

// ---- Normalisation ----
// For scoring in `unicode` mode: ي→ی, ك→ک (also ى→ی), Arabic-Indic and Persian digits to ASCII,
// diacritics (harakat) and tatweel removed. ZWNJ stays. Case stays.
std::string NormalizePersian(std::string_view text);
// NormalizePersian, then lower case, each ZWNJ/ZWJ removed: for finding phrases.
std::string NormalizeForPhrases(std::string_view text);
// Words of NormalizePersian(text), white-space separated, with punctuation (Unicode P* and S*)
// stripped from both ends, in lower case; words that were only punctuation are left out. ZWNJ
// inside a word stays.
std::vector<std::string> NormalizedWords(std::string_view text);
// cycle_rules.md rule 15: NFKC casefold; ي ى→ی, ك→ک, ة ۀ→ه; digits to ASCII; diacritics, tatweel,
// ZWNJ and punctuation removed; white space to one space, ends stripped; if that is empty, the raw
// text.
std::string SplitKeyText(std::string_view text);

}  // namespace amooz::text

#endif  // AMOOZ_SDK_TEXT_TEXT_H_
