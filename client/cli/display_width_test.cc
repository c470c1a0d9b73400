#include "client/cli/display_width.h"

#include <gtest/gtest.h>

namespace amooz::client {
namespace {

TEST(DisplayWidth, MarksThatKeepATextInPlaceHaveNoWidthAndComeOnlyWherePersianIs) {
  EXPECT_EQ(KeptInPlace("abc."), "abc.");
  EXPECT_EQ(KeptInPlace("سلام…"), "\u200E\u200Fسلام…\u200F\u200E");
  EXPECT_EQ(KeptInPlace("a سلام."), "\u200E\u200Ea سلام.\u200E\u200E");
  EXPECT_EQ(DisplayWidth(KeptInPlace("سلام…")), 5);
}

TEST(DisplayWidth, CountsColumnsNotBytes) {
  EXPECT_EQ(DisplayWidth(""), 0);
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("سلام"), 4);
  EXPECT_EQ(DisplayWidth("می‌روم"), 5);  // ZWNJ takes none
  EXPECT_EQ(DisplayWidth("کِتاب"), 4);           // nor does a vowel mark
  EXPECT_EQ(DisplayWidth("漢字"), 4);           // East Asian wide
  EXPECT_EQ(DisplayWidth("ｱ"), 1);              // halfwidth
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);        // combining accent
}

TEST(DisplayWidth, AnEmojiIsTwoColumnsHoweverItIsJoined) {
  EXPECT_EQ(DisplayWidth("😀"), 2);
  EXPECT_EQ(DisplayWidth("👨‍👩‍👧"), 2);
  EXPECT_EQ(DisplayWidth("❤️"), 2);
  EXPECT_EQ(DisplayWidth("🇮🇷"), 2);
}

TEST(TruncateToWidth, NeverSplitsACharacter) {
  EXPECT_EQ(TruncateToWidth("abc", 3), "abc");
  EXPECT_EQ(TruncateToWidth("abcd", 3), "ab…");
  EXPECT_EQ(TruncateToWidth("漢字漢字", 4), "漢…");
  EXPECT_EQ(TruncateToWidth("👨‍👩‍👧👨‍👩‍👧", 3), "👨‍👩‍👧…");
  EXPECT_EQ(TruncateToWidth("کِتابخانه", 3), "کِت…");
  EXPECT_EQ(TruncateToWidth("abc", 1), "…");
}

TEST(PrintableLine, TakesTheTerminalOutOfOthersHands) {
  EXPECT_EQ(PrintableLine("a\nb\tc\u2028d"), "a b c d");
  EXPECT_EQ(PrintableLine("\x1B[2Jx\u009B"), "\uFFFD[2Jx\uFFFD");
  EXPECT_EQ(PrintableLine("a\u202Eb\u2066c"), "abc");
  EXPECT_EQ(PrintableLine("می‌روم"), "می‌روم");
  EXPECT_EQ(PrintableLine("\xFF"), "\uFFFD");
}

TEST(PrintableText, KeepsLines) { EXPECT_EQ(PrintableText("a\nb\tc\x07"), "a\nb\tc\uFFFD"); }

}  // namespace
}  // namespace amooz::client
