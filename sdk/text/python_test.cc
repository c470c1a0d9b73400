#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/text/text.h"
#include "sdk/text/utf8.h"

namespace amooz::text {
namespace {

using Words = std::vector<std::string_view>;

TEST(Strip, TakesWhatPythonCallsWhiteSpace) {
  EXPECT_EQ(Strip("  a b \n"), "a b");
  EXPECT_EQ(Strip("\x1C\x1D\x1E\x1F سلام \xC2\x85\xC2\xA0\xE2\x80\xA8\xE3\x80\x80"), "سلام");
  EXPECT_EQ(Strip(" \t "), "");
  EXPECT_EQ(Strip(""), "");
}

TEST(Strip, LeavesZeroWidthCodePoints) {
  EXPECT_EQ(Strip("‌می"), "‌می");
  EXPECT_EQ(Strip("\xEF\xBB\xBF.\xE2\x80\x8B"), "\xEF\xBB\xBF.\xE2\x80\x8B");
}

TEST(SplitWords, SplitsAtSeparatorsAndNotAtZwnj) {
  EXPECT_EQ(SplitWords(" می‌روم\x1C"
                       "خانه\xC2\x85 و  تو "),
            (Words{"می‌روم", "خانه", "و", "تو"}));
  EXPECT_EQ(SplitWords("“quoted” words"), (Words{"“quoted”", "words"}));
  EXPECT_EQ(SplitWords(" \n "), Words{});
}

TEST(Lower, KnowsFinalSigmaAndTheDottedI) {
  EXPECT_EQ(Lower("ΟΔΟΣ ΣΟΦΟΣ."), "οδος σοφος.");
  EXPECT_EQ(Lower("Σ"), "σ");
  EXPECT_EQ(Lower("AΣ\xCC\x81"), "aς\xCC\x81");
  EXPECT_EQ(Lower("AΣ'B"), "aσ'b");
  EXPECT_EQ(Lower("İstanbul"), "i\xCC\x87stanbul");
  EXPECT_EQ(Lower("ÀẞꙊ𐐀 سلام"), "àßꙋ𐐨 سلام");
}

TEST(IsCaseless, IsOnlyTrueWhereLowerChangesNothing) {
  EXPECT_TRUE(IsCaseless("می‌روم به خانه «۱۲» 12."));
  EXPECT_FALSE(IsCaseless("سلام Ali"));
  for (char32_t c = 0; c < 0x10000; ++c) {
    if (c >= 0xD800 && c < 0xE000) continue;
    std::string text;
    utf8::Append(c, &text);
    if (IsCaseless(text)) {
      ASSERT_EQ(Lower(text), text) << static_cast<unsigned>(c);
    }
  }
}

// The oracle is python3 itself (3.11, whose tables are Unicode 14): every code point alone and
// between letters, and random strings of the awkward ones. Each case is five lines, hex UTF-8:
// text, strip(), split() joined by U+0000, lower(), and the last line as a check that Python agrees
// on the length.
constexpr char kOracle[] = R"py(
import random, sys
if sys.version_info[:2] != (3, 11):
    sys.exit(77)
def put(text):
    for s in (text, text.strip(), "\0".join(text.split()), text.lower()):
        print(s.encode().hex())
    print(len(text))
every = [c for c in range(1, 0x110000) if not 0xD800 <= c < 0xE000]
for c in every:
    put(chr(c) + "A\u03a3" + chr(c) + "A" + chr(c) + "\u03a3" + chr(c))
    put("A\u03a3" + chr(c))
awkward = [chr(c) for c in every if chr(c).isspace() or c < 0x80 or 0x600 <= c < 0x700] + list(
    "\u03a3\u03a3\u03a3\u03c3\u0130\u0131\u200c\u200d\u200b\u00ad\u0301\u0345\u1e9e\u10a0\u13a0\ufb03\U00010400")
random.seed(1)
for _ in range(60000):
    put("".join(random.choices(awkward, k=random.randrange(12))))
)py";

std::string FromHex(const std::string& hex) {
  const auto nibble = [](char c) { return c <= '9' ? c - '0' : c - 'a' + 10; };
  std::string out(hex.size() / 2, '\0');
  for (std::size_t i = 0; i < out.size(); ++i) {
    out[i] = static_cast<char>(nibble(hex[2 * i]) << 4 | nibble(hex[2 * i + 1]));
  }
  return out;
}

TEST(LikePython, OnEveryCodePointAndRandomStrings) {
  const std::string folder = ::testing::TempDir();
  const std::string script = folder + "amooz_text_oracle.py";
  const std::string cases = folder + "amooz_text_oracle.txt";
  std::ofstream(script) << kOracle;
  if (std::system(("python3 " + script + " > " + cases).c_str()) != 0) {
    GTEST_SKIP() << "needs python3 of version 3.11 as the oracle";
  }
  std::ifstream in(cases);
  std::string text, stripped, split, lower, length;
  std::size_t n = 0;
  while (std::getline(in, text) && std::getline(in, stripped) && std::getline(in, split) &&
         std::getline(in, lower) && std::getline(in, length)) {
    ++n;
    const std::string raw = FromHex(text);
    std::string joined;
    for (const std::string_view word : SplitWords(raw)) {
      joined.append(joined.empty() ? 0 : 1, '\0').append(word);
    }
    ASSERT_TRUE(IsValidUtf8(raw)) << text;
    ASSERT_EQ(Strip(raw), FromHex(stripped)) << text;
    ASSERT_EQ(joined, FromHex(split)) << text;
    ASSERT_EQ(Lower(raw), FromHex(lower)) << text;
    ASSERT_EQ(std::to_string(CountCodePoints(raw)), length) << text;
  }
  EXPECT_EQ(n, 2u * (0x110000 - 0x800 - 1) + 60000u);
  std::remove(script.c_str());
  std::remove(cases.c_str());
}

}  // namespace
}  // namespace amooz::text
