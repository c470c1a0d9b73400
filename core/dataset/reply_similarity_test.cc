#include "core/dataset/reply_similarity.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <string>

namespace amooz::dataset {
namespace {

TEST(ReplySimilarity, IsOneForEqualTextsAndZeroWhereNothingIsShared) {
  EXPECT_DOUBLE_EQ(ReplySimilarity("همیشه کنارت هستم.", "همیشه کنارت هستم."), 1);
  EXPECT_DOUBLE_EQ(ReplySimilarity("a b", "ab"), 1) << "white space does not count";
  EXPECT_DOUBLE_EQ(ReplySimilarity("abc", "xyz"), 0);
  EXPECT_DOUBLE_EQ(ReplySimilarity("", "xyz"), 0);
  EXPECT_DOUBLE_EQ(ReplySimilarity("abc", " "), 0);
}

TEST(ReplySimilarity, IsTheFormulaOfThePaper) {
  // Runs of "ab" in "abc": precision (2/2 + 1/1) / 2 = 1, recall (2/3 + 1/2 + 0/1) / 3 = 7/18.
  const double precision = 1, recall = 7.0 / 18;
  EXPECT_DOUBLE_EQ(ReplySimilarity("ab", "abc"), 5 * precision * recall / (4 * precision + recall));
  // A run counts as often as both texts have it.
  EXPECT_DOUBLE_EQ(ReplySimilarity("aa", "a"), 5 * 0.25 * 1 / (4 * 0.25 + 1));
}

TEST(ReplySimilarity, ACloserReplyIsMoreSimilar) {
  const std::string response = "I am here for you, always, my dear.";
  EXPECT_GT(ReplySimilarity("I am here for you, always.", response),
            ReplySimilarity("I am well.", response));
}

RC_GTEST_PROP(ReplySimilarity, LiesBetweenZeroAndOne,
              (const std::string& a, const std::string& b)) {
  const auto ascii = [](std::string text) {
    for (char& c : text) c = static_cast<char>(c & 0x7F);
    return text;
  };
  const double similarity = ReplySimilarity(ascii(a), ascii(b));
  RC_ASSERT(similarity >= 0 && similarity <= 1);
}

}  // namespace
}  // namespace amooz::dataset
