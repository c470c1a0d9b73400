#include "patterns.h"

#include <gtest/gtest.h>

namespace amooz::pattern_variation {
namespace {

std::optional<Family> Persian(std::string_view text) { return FamilyOf(text, Language::kPersian); }
std::optional<Family> English(std::string_view text) { return FamilyOf(text, Language::kEnglish); }

TEST(LanguageOf, GoesByTheScript) {
  EXPECT_EQ(LanguageOf("سلام Ali"), Language::kPersian);
  EXPECT_EQ(LanguageOf("Hello 1"), Language::kEnglish);
  EXPECT_EQ(LanguageOf("12 + 3 = ?"), std::nullopt);
}

TEST(FamilyOf, KnowsThePersianPatternsHoweverTheyAreSpelled) {
  EXPECT_EQ(Persian("سلام، بیداری؟"), Family::kGreeting);
  EXPECT_EQ(Persian("شب بخير"), Family::kGreeting);
  EXPECT_EQ(Persian("به نظرت پدرم الان توی بهشته؟"), Family::kAfterlife);
  EXPECT_EQ(Persian("مادرم از اون دنیا منو می‌بینه؟"),
            Family::kAfterlife);
  EXPECT_EQ(Persian("دلم برای غر زدنای مادرم تنگ شده"), Family::kEmotion);
  EXPECT_EQ(Persian("بدون خواهرم از آینده ميترسم"), Family::kEmotion);
  EXPECT_EQ(Persian("حرف آخر مادربزرگم یادمه، گفت نترس"), Family::kMemory);
  EXPECT_EQ(Persian("پدرم باغبون بود"), Family::kMemory);
}

TEST(FamilyOf, KnowsTheEnglishPatterns) {
  EXPECT_EQ(English("Good evening, I hope I'm not bothering you."), Family::kGreeting);
  EXPECT_EQ(English("Do you think my wife is in heaven?"), Family::kAfterlife);
  EXPECT_EQ(English("I’m scared I'll forget my uncle's voice."), Family::kEmotion);
  EXPECT_EQ(English("My father was a baker and smelled of flour."), Family::kMemory);
}

TEST(FamilyOf, NeedsAGreetingOrSomeoneOfTheSpeakersOwn) {
  EXPECT_EQ(Persian("تو احساساتی هستی"), std::nullopt);
  EXPECT_EQ(Persian("دلم گرفته"), std::nullopt);
  EXPECT_EQ(English("I feel lonely tonight."), std::nullopt);
}

TEST(FamilyOf, LeavesKnowledgeAlone) {
  EXPECT_EQ(
      Persian(
          "چرا هری ترومن در طول معاونت ۸۲ روزه‌اش برای روزولت عصبانی شد؟"),
      std::nullopt);
  EXPECT_EQ(Persian("بهشت زهرا در کدام شهر است؟"), std::nullopt);
  EXPECT_EQ(Persian("مادر ناصرالدین شاه که بود؟"), std::nullopt);
  EXPECT_EQ(English("Who was the father of chemistry?"), std::nullopt);
  EXPECT_EQ(English("What is the capital of France?"), std::nullopt);
  std::string story = "سلام";
  for (int i = 0; i < 30; ++i) story += " و بعد";
  EXPECT_EQ(Persian(story), std::nullopt);
}

}  // namespace
}  // namespace amooz::pattern_variation
