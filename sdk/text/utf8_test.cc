#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "sdk/text/text.h"

namespace amooz::text {
namespace {

TEST(IsValidUtf8, TakesEveryCodePointAndNothingElse) {
  EXPECT_TRUE(IsValidUtf8(""));
  EXPECT_TRUE(IsValidUtf8("plain ascii, longer than one word of eight bytes"));
  EXPECT_TRUE(IsValidUtf8("دعا می‌کنم 🙂"));
  EXPECT_TRUE(IsValidUtf8("\xED\x9F\xBF"));      // U+D7FF
  EXPECT_TRUE(IsValidUtf8("\xEE\x80\x80"));      // U+E000
  EXPECT_TRUE(IsValidUtf8("\xF4\x8F\xBF\xBF"));  // U+10FFFF
  EXPECT_TRUE(IsValidUtf8(std::string_view("\0", 1)));
}

TEST(IsValidUtf8, RefusesSurrogatesOverlongFormsAndTornSequences) {
  for (const std::string_view bad :
       {"\x80", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x9F\xBF", "\xE2\x80", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xD8\x41",
        "12345678\xE2\x80", "\xE2\x80\x8C\x8C"}) {
    EXPECT_FALSE(IsValidUtf8(bad));
  }
}

TEST(CodePoints, AreCountedAndCutWhole) {
  const std::string_view text = "aس🙂‌";  // 1, 2, 4 and 3 bytes
  EXPECT_EQ(CountCodePoints(text), 4u);
  EXPECT_EQ(FirstCodePoints(text, 0), "");
  EXPECT_EQ(FirstCodePoints(text, 2), "aس");
  EXPECT_EQ(FirstCodePoints(text, 3), "aس🙂");
  EXPECT_EQ(FirstCodePoints(text, 4), text);
  EXPECT_EQ(FirstCodePoints(text, 99), text);
  EXPECT_EQ(LastCodePoint(text), 0x200Cu);
  EXPECT_EQ(LastCodePoint("خوب؟"), 0x061Fu);
  EXPECT_EQ(LastCodePoint(""), 0u);
}

}  // namespace
}  // namespace amooz::text
