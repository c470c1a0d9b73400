#include "sdk/base/utf8.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

TEST(IsUtf8, AcceptsAllPlanesAndLongAscii) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(
      IsUtf8("long enough for eight bytes at once, then سلام\u200cها 🙂 \U0010FFFF"));
}

TEST(IsUtf8, RefusesSurrogatesOverlongFormsAndWhatIsCutOff) {
  for (const char* bad :
       {"\xED\xA0\x80", "\xC0\xAF", "\xE0\x80\xAF", "\xF0\x80\x80\x80", "\xF4\x90\x80\x80",
        "\xF5\x80\x80\x80", "\x80", "\xD8", "abcdefgh\xFF", "\xE2\x82"}) {
    EXPECT_FALSE(IsUtf8(bad)) << bad;
  }
}

TEST(FindNotUtf8, SaysWhereTheFirstWrongByteStands) {
  EXPECT_EQ(FindNotUtf8("سلام"), std::string_view::npos);
  EXPECT_EQ(FindNotUtf8("سل\xFFم\xFF"), 4u);
  EXPECT_EQ(FindNotUtf8("abcdefghi\xEF\xBF"), 9u);
}

TEST(ToUtf8, ReplacesWhatIsNotUtf8AndKeepsTheRest) {
  EXPECT_EQ(ToUtf8("سلام"), "سلام");
  EXPECT_EQ(ToUtf8("a\xFF\xD8z"), "a\uFFFD\uFFFDz");
}

TEST(Utf8Prefix, SplitsNoCodePoint) {
  EXPECT_EQ(Utf8Prefix("سلام", 3), "س");
  EXPECT_EQ(Utf8Prefix("سلام", 4), "سل");
  EXPECT_EQ(Utf8Prefix("ab", 9), "ab");
  EXPECT_EQ(Utf8Prefix("🙂", 3), "");
}

}  // namespace
}  // namespace amooz
