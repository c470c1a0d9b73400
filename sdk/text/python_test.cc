#include <gtest/gtest.h>
#include <sys/wait.h>

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

// Eight bytes are looked at together: white space at, before and across each of their edges.
TEST(SplitWords, FindsWhiteSpaceWhereverItLies) {
  for (const std::string space :
       {" ", "\n", "\x1C", "\u0085", "\u00A0", "\u1680", "\u2028", "\u3000"}) {
    for (std::size_t before = 1; before < 20; ++before) {
      const std::string first(before, 'x'), last = "\u200Cکتاب\u0800";
      EXPECT_EQ(SplitWords(first + space + last), (Words{first, last}))
          << before << " bytes before";
      EXPECT_EQ(SplitWords(space + first + space), (Words{first}));
    }
  }
}

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

// The oracle is python3 itself (3.11, whose tables are Unicode 14): every code point at the ends,
// between letters and around sigmas, and random strings of the awkward ones. Each case is five
// fields that end with U+0001: text, strip(), split() joined by U+0000, lower(), and the length.
constexpr int kOtherVersion = 77;
constexpr char kOracle[] = R"py(
import random, sys
if sys.version_info[:2] != (3, 11):
    sys.exit(77)
out = []
def put(text):
    out.extend((text, text.strip(), "\0".join(text.split()), text.lower(), str(len(text)), ""))
every = [c for c in range(2, 0x110000) if not 0xD800 <= c < 0xE000]
for c in map(chr, every):
    put(c + "A\u03a3" + c + "A" + c + "\u03a3" + c + "\u03a3" + c)
awkward = [chr(c) for c in every if chr(c).isspace() or c < 0x80 or 0x600 <= c < 0x700] + list(
    "\u03a3\u03a3\u03a3\u03c3\u0130\u0131\u200c\u200d\u200b\u00ad\u0301\u0345\u1e9e\u10a0\u13a0\ufb03\U00010400")
random.seed(1)
for _ in range(60000):
    put("".join(random.choices(awkward, k=random.randrange(12))))
with open(sys.argv[1], "w", encoding="utf-8", newline="", buffering=1 << 20) as file:
    file.write("\1".join(out))
)py";

// Takes the field at the front of *rest.
std::string_view TakeField(std::string_view* rest) {
  const std::size_t end = rest->find('\1');
  const std::string_view field = rest->substr(0, end);
  rest->remove_prefix(end + 1);
  return field;
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary | std::ios::ate);
  std::string bytes(static_cast<std::size_t>(in.tellg()), '\0');
  in.seekg(0);
  in.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  return bytes;
}

TEST(LikePython, OnEveryCodePointAndRandomStrings) {
  const std::string folder = ::testing::TempDir();
  const std::string script = folder + "amooz_text_oracle.py";
  const std::string cases = folder + "amooz_text_oracle.txt";
  std::ofstream(script) << kOracle;
  const int status = std::system(("python3 " + script + " " + cases).c_str());
  if (WIFEXITED(status) && WEXITSTATUS(status) == kOtherVersion) {
    GTEST_SKIP() << "python3 is not of version 3.11, whose tables the oracle needs";
  }
  ASSERT_EQ(status, 0) << "the oracle failed, or there is no python3";
  const std::string bytes = ReadAll(cases);
  std::string_view rest = bytes;
  std::size_t n = 0;
  for (; !rest.empty(); ++n) {
    const std::string_view raw = TakeField(&rest);
    const std::string_view stripped = TakeField(&rest);
    const std::string_view split = TakeField(&rest);
    const std::string_view lower = TakeField(&rest);
    const std::string_view length = TakeField(&rest);
    if (!rest.empty()) rest.remove_prefix(1);  // the empty field between two cases
    std::string joined;
    for (const std::string_view word : SplitWords(raw)) {
      joined.append(joined.empty() ? 0 : 1, '\0').append(word);
    }
    ASSERT_TRUE(IsValidUtf8(raw)) << raw;
    ASSERT_EQ(Strip(raw), stripped) << raw;
    ASSERT_EQ(joined, split) << raw;
    ASSERT_EQ(Lower(raw), lower) << raw;
    ASSERT_EQ(std::to_string(CountCodePoints(raw)), length) << raw;
  }
  EXPECT_EQ(n, 0x110000u - 0x800 - 2 + 60000);
  std::remove(script.c_str());
  std::remove(cases.c_str());
}

}  // namespace
}  // namespace amooz::text
