// Text for chats, Persian first: what Python 3 would do (so that the original's rules hold to the
// code point), and normalisation on ICU. All functions: thread-safe, UTF-8 in and out, input must
// be valid UTF-8 (check with IsValidUtf8). Plugins include it as "amooz/sdk/text/text.h", which is
// the same in the build tree and in an installation.
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
// SplitWords into a vector that the caller keeps, so that a batch allocates once.
void SplitWords(std::string_view text, std::vector<std::string_view>* words);
std::string Lower(std::string_view text);  // str.lower(), final sigma and U+0130 included
// True only if Lower(text) is text, told from its bytes alone: no A-Z, and nothing outside ASCII,
// U+0080..U+00BF, U+0600..U+06FF and U+2000..U+203F. False means only that Lower must be asked.
bool IsCaseless(std::string_view text);

// ---- Normalisation ----
// For scoring in `unicode` mode: ي→ی, ك→ک (also ى→ی), Arabic-Indic and Persian digits to ASCII,
// diacritics (harakat, Koranic marks, the hamza over ه as in «خانهٔ» and ۀ) and tatweel removed. A
// hamza or maddah that makes another letter is joined to it (ا and U+0653 → آ). ZWNJ stays. Case
// stays.
std::string NormalizePersian(std::string_view text);
// NormalizePersian, then lower case, format characters (Cf: ZWNJ, ZWJ, direction marks) removed,
// each run of white space (a no-break space too) to one space, ’ → ': for finding phrases.
std::string NormalizeForPhrases(std::string_view text);
// The same of a text that NormalizePersian and then Lower have made.
std::string FoldForPhrases(std::string_view normal);
// Code points that take a place of their own: all but format characters (Cf) and variation
// selectors.
std::size_t CountVisible(std::string_view text);
// `text` without what may follow a sentence's end: white space, quotes and closing brackets, format
// characters and variation selectors.
std::string_view StripClosing(std::string_view text);
// `word` without what is no part of a word at its ends: punctuation and symbols (Unicode P* and
// S*), format characters (Cf: ZWNJ, direction marks) and emoji's variation selectors.
std::string_view StripPunctuation(std::string_view word);
// Words of NormalizePersian(text), white-space separated, each through StripPunctuation, in lower
// case; words that were only punctuation are left out. ZWNJ inside a word stays.
std::vector<std::string> NormalizedWords(std::string_view text);
// docs/rules.md rule 15: NFKC casefold; ي ى→ی, ك→ک, ة ۀ→ه; digits to ASCII; diacritics, tatweel,
// ZWNJ and punctuation removed; white space to one space, ends stripped; if that is empty, the raw
// text.
std::string SplitKeyText(std::string_view text);

}  // namespace amooz::text

#endif  // AMOOZ_SDK_TEXT_TEXT_H_
