#include "core/dataset/keys.h"

#include <gtest/gtest.h>

#include <string>

namespace amooz::dataset {
namespace {

const KeyMaker kKeys(std::string(32, 'k'));

std::string Repeat(std::string_view text, int n) {
  std::string repeated;
  for (int i = 0; i < n; ++i) repeated += text;
  return repeated;
}

TEST(Keys, Rule9ComparesEightyAndAHundredCodePointsOfTheLowerResponse) {
  const std::string eighty = Repeat("آ", 80), hundred = Repeat("آ", 100);
  const DuplicateKeys a = kKeys.Duplicate("سلام", eighty + "ب");
  const DuplicateKeys b = kKeys.Duplicate("سلام", eighty + "پ");
  EXPECT_EQ(a.among_chats, b.among_chats);
  EXPECT_NE(a.in_dataset, b.in_dataset);
  EXPECT_EQ(kKeys.Duplicate("سلام", hundred + "ب").in_dataset,
            kKeys.Duplicate("سلام", hundred + "پ").in_dataset);
  EXPECT_NE(kKeys.Duplicate("سلام", Repeat("آ", 79) + "ب").among_chats,
            kKeys.Duplicate("سلام", Repeat("آ", 79) + "پ").among_chats);
}

TEST(Keys, Rule9StripsAndLowersAsPythonDoes) {
  const DuplicateKeys key = kKeys.Duplicate("hello", "well");
  EXPECT_EQ(kKeys.Duplicate("\x1c HELLO\n", "\u00a0Well ").in_dataset, key.in_dataset);
  EXPECT_NE(kKeys.Duplicate("\u200chello", "well").in_dataset, key.in_dataset);  // ZWNJ is no space
}

TEST(Keys, Rule9TheWholeInstructionCounts) {
  EXPECT_NE(kKeys.Duplicate(Repeat("a", 500) + "b", "r").among_chats,
            kKeys.Duplicate(Repeat("a", 500) + "c", "r").among_chats);
  EXPECT_NE(kKeys.Duplicate("ab", "c").in_dataset, kKeys.Duplicate("a", "bc").in_dataset);
}

TEST(Keys, Rule15SplitsGoByTheNormalisedText) {
  EXPECT_EQ(kKeys.Split("كتابي  ۱۲!"), kKeys.Split("کتابی 12"));
  EXPECT_NE(kKeys.Split("کتاب"), kKeys.Split("کتب"));
  EXPECT_NE(kKeys.Split("!"), kKeys.Split("?"));  // nothing is left: the raw text
}

TEST(Keys, Rule13TheKeyIsTheStores) {
  const KeyMaker other(std::string(32, 'o'));
  EXPECT_NE(kKeys.Split("سلام"), other.Split("سلام"));
  EXPECT_NE(kKeys.Duplicate("a", "b").in_dataset, other.Duplicate("a", "b").in_dataset);
}

}  // namespace
}  // namespace amooz::dataset
