#include "plugins/torch/pretokenizer.h"

#include <gmock/gmock.h>

namespace amooz::llama {
namespace {

using testing::ElementsAre;

TEST(PreTokenizer, KeepsTheSpaceWithTheWordAfterIt) {
  EXPECT_THAT(PreTokenize("Hello there, you"), ElementsAre("Hello", " there", ",", " you"));
}

TEST(PreTokenizer, KeepsPersianWordsWholeWithZwnjAndMarks) {
  EXPECT_THAT(PreTokenize("می‌خواهم قُرآن بخوانم؟"),
              ElementsAre("می‌خواهم", " قُرآن", " بخوانم", "؟"));
}

TEST(PreTokenizer, KeepsEmojiWithTheirJoiners) {
  EXPECT_THAT(PreTokenize("👩‍👩‍👧 ❤️"),
              ElementsAre("👩‍👩‍👧", " ❤️"));
}

TEST(PreTokenizer, CutsDigitsOneByOne) {
  EXPECT_THAT(PreTokenize("سال ۱۲ or 34"), ElementsAre("سال", " ۱", "۲", " or", " 3", "4"));
}

TEST(PreTokenizer, LeavesTheLastSpaceOfSeveralToTheNextPiece) {
  EXPECT_THAT(PreTokenize("a   b\n\n c  "), ElementsAre("a", "  ", " b", "\n\n", " c", "  "));
  EXPECT_THAT(PreTokenize("a\nb"), ElementsAre("a", "\n", "b"));
}

TEST(PreTokenizer, KeepsApostrophesInWords) {
  EXPECT_THAT(PreTokenize("don't"), ElementsAre("don't"));
}

TEST(PreTokenizer, GivesNothingForNothing) { EXPECT_TRUE(PreTokenize("").empty()); }

}  // namespace
}  // namespace amooz::llama
