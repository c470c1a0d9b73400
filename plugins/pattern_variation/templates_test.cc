#include "templates.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>

#include "amooz/sdk/text/text.h"

namespace amooz::pattern_variation {
namespace {

TEST(Fill, GivesTheRelationItsPossessives) {
  const Template pattern{"سلام {my}، {my}", "{your} و {your}."};
  EXPECT_EQ(Fill(pattern, RelationsOf(Language::kPersian)[1]),
            (Pair{"سلام مادرم، مادرم", "مادرت و مادرت."}));
  EXPECT_EQ(Fill(TemplatesOf(Family::kEmotion, Language::kPersian)[0],
                 RelationsOf(Language::kPersian)[3]),
            (Pair{"دلم برای خواهرم تنگ شده",
                  "دلتنگی برای خواهرت یعنی این محبت هنوز زنده است. من اینجام؛ بگو امروز چه چیزی "
                  "دلت را پیش او برد؟"}));
  EXPECT_EQ(Fill(TemplatesOf(Family::kMemory, Language::kEnglish)[0],
                 RelationsOf(Language::kEnglish)[10]),
            (Pair{"I found an old photo of my aunt and cried.",
                  "An old photo opens like a door without a sound. Write the year and the place on "
                  "the back, and put your aunt "
                  "where you can say good morning."}));
}

// What is written must be as good as what is kept from chats.
TEST(Templates, AreGoodRepliesOfTheirOwnFamily) {
  for (const Language language : {Language::kPersian, Language::kEnglish}) {
    std::set<std::string> instructions;
    for (const Family family : kFamilies) {
      for (const Template& pattern : TemplatesOf(family, language)) {
        for (const Relation& relation : RelationsOf(language)) {
          const Pair pair = Fill(pattern, relation);
          const std::size_t length = text::CountCodePoints(pair.response);
          EXPECT_TRUE(length >= 50 && length <= 300) << pair.response;
          EXPECT_EQ(pair.instruction.find('{'), std::string::npos) << pair.instruction;
          EXPECT_EQ(pair.response.find('{'), std::string::npos) << pair.response;
          EXPECT_TRUE(pair.response.ends_with('.') || pair.response.ends_with('?') ||
                      pair.response.ends_with("؟"));
          EXPECT_EQ(LanguageOf(pair.instruction), language);
          EXPECT_TRUE(instructions.insert(pair.instruction).second) << pair.instruction;
          const auto asked = text::NormalizedWords(pair.instruction),
                     said = text::NormalizedWords(pair.response);
          EXPECT_TRUE(std::ranges::any_of(asked, [&](const std::string& word) {
            return std::ranges::count(said, word) > 0;
          })) << pair.instruction;
        }
      }
    }
    EXPECT_GE(instructions.size(), 100u);
  }
}

TEST(Relations, AreThoseOfTheOriginalAndMore) {
  std::set<std::string_view> persian;
  for (const Relation& relation : RelationsOf(Language::kPersian)) persian.insert(relation.bare);
  for (const char* name :
       {"پدر", "مادر", "برادر", "خواهر", "همسر", "فرزند", "پدربزرگ", "مادربزرگ", "دوست"}) {
    EXPECT_EQ(persian.count(name), 1u) << name;
  }
}

}  // namespace
}  // namespace amooz::pattern_variation
