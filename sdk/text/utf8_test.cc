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

// One byte after the other, by Unicode 15's table 3-7.
bool IsValidByTheTable(std::string_view bytes) {
  for (std::size_t i = 0; i < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[i++]);
    const std::size_t following = lead < 0x80 ? 0 : lead < 0xE0 ? 1 : lead < 0xF0 ? 2 : 3;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || bytes.size() - i < following) return false;
    for (std::size_t f = 0; f < following; ++f) {
      const auto byte = static_cast<unsigned char>(bytes[i++]);
      const int least = f > 0 ? 0x80 : lead == 0xE0 ? 0xA0 : lead == 0xF0 ? 0x90 : 0x80;
      const int most = f > 0 ? 0xBF : lead == 0xED ? 0x9F : lead == 0xF4 ? 0x8F : 0xBF;
      if (byte < least || byte > most) return false;
    }
  }
  return true;
}

TEST(IsValidUtf8, IsTheTableForEachTwoBytesAndWhatCanFollow) {
  const std::string_view others("\0\x7F\x80\x8F\x90\x9F\xA0\xBF\xC0\xC2\xE0\xF0\xFF", 13);
  for (const std::size_t before : {0u, 1u, 3u, 40u}) {
    std::string text(before, 'a');
    for (int two = 0; two < 0x10000; ++two) {
      text.resize(before);
      text.push_back(static_cast<char>(two >> 8));
      text.push_back(static_cast<char>(two & 0xFF));
      ASSERT_EQ(IsValidUtf8(text), IsValidByTheTable(text)) << before << " " << two;
      for (const char third : others) {
        text.resize(before + 2);
        text.push_back(third);
        ASSERT_EQ(IsValidUtf8(text), IsValidByTheTable(text)) << before << " " << two;
        for (const char fourth : others) {
          text.resize(before + 3);
          text.push_back(fourth);
          ASSERT_EQ(IsValidUtf8(text), IsValidByTheTable(text)) << before << " " << two;
        }
      }
    }
  }
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
