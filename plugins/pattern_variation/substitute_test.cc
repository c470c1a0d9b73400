#include "substitute.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace amooz::pattern_variation {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

std::vector<std::string> Persian(const std::string& instruction, const std::string& response) {
  std::vector<std::string> all;
  for (const Substituted& written :
       SubstituteRelation({instruction, response}, Language::kPersian)) {
    all.push_back(written.pair.instruction + " / " + written.pair.response);
  }
  return all;
}
std::vector<std::string> English(const std::string& instruction, const std::string& response) {
  std::vector<std::string> all;
  for (const Substituted& written :
       SubstituteRelation({instruction, response}, Language::kEnglish)) {
    all.push_back(written.pair.instruction + " / " + written.pair.response);
  }
  return all;
}

TEST(SubstitutePersian, InflectsEveryMention) {
  EXPECT_THAT(
      Persian(
          "مادرم می‌گفت گریه دل رو می‌شوره",
          "نسخه‌ی مادرت بی‌کتاب و درست بوده؛ مادرش هم همین را می‌گفت."),
      ElementsAre(
          "مادربزرگم می‌گفت گریه دل رو می‌شوره / نسخه‌ی مادربزرگت بی‌کتاب و درست بوده؛ مادربزرگش هم همین را می‌گفت.",
          "خاله‌ام می‌گفت گریه دل رو می‌شوره / نسخه‌ی خاله‌ات بی‌کتاب و درست بوده؛ خاله‌اش هم همین را می‌گفت.",
          "عمه‌ام می‌گفت گریه دل رو می‌شوره / نسخه‌ی عمه‌ات بی‌کتاب و درست بوده؛ عمه‌اش هم همین را می‌گفت."));
  EXPECT_THAT(
      Persian("پدرم باغبون بود", "پس پدرت صبر بلد بود."),
      ElementsAre(
          "پدربزرگم باغبون بود / پس پدربزرگت صبر بلد بود.",
          "عمویم باغبون بود / پس عمویت صبر بلد بود.",
          "دایی‌ام باغبون بود / پس دایی‌ات صبر بلد بود."));
}

TEST(SubstitutePersian, PutsNoVowelWhereAnEzafeMayFollow) {
  EXPECT_THAT(
      Persian("مادرم از اون دنیا منو می‌بینه؟",
              "نگاه مادر قطع نمی‌شود."),
      ElementsAre(
          "مادربزرگم از اون دنیا منو می‌بینه؟ / نگاه مادربزرگ قطع نمی‌شود."));
}

TEST(SubstitutePersian, ChangesThePeersGenderOnlyWhereNothingTellsIt) {
  EXPECT_THAT(
      Persian("برادرم همیشه پشتم بود", "یاد برادرت می‌ماند."),
      ElementsAre("خواهرم همیشه پشتم بود / یاد خواهرت می‌ماند.",
                  "دوستم همیشه پشتم بود / یاد دوستت می‌ماند."));
  EXPECT_THAT(Persian("خواهرم روسری آبی داشت", "آبی به او می‌آمد."), IsEmpty());
}

TEST(SubstitutePersian, LeavesWhatIsAmbiguous) {
  EXPECT_THAT(
      Persian("یه چیز بامزه درباره‌ی مادرا بگو", "مادرها مهربانند."),
      IsEmpty());  // nobody's own
  EXPECT_THAT(
      Persian("پیامت رو برای خواهرم خوندم", "خواهرها این را کم می‌شنوند."),
      IsEmpty());  // a plural
  EXPECT_THAT(Persian("چادر مادرم رو دخترم سرش کرده", "چه تصویر قشنگی!"),
              IsEmpty());  // two persons
  EXPECT_THAT(Persian("پدرم و مادرم رفتند", "جایشان خالی."), IsEmpty());
  EXPECT_THAT(Persian("برای روز مادر، مادرم خوشحال شد", "مبارک."), IsEmpty());  // her own feast
  EXPECT_THAT(Persian("خواهرم هفت سالش بود", "چه زود."), IsEmpty());            // an age
  EXPECT_THAT(Persian("برادرم خودکشی کرد", "متأسفم."), IsEmpty());              // danger
  EXPECT_THAT(Persian("همسرم پیشانی‌ام را می‌بوسید", "چه امضای قشنگی."),
              IsEmpty());  // only a spouse does
}

TEST(SubstitutePersian, KnowsTheVerbInWhichAFriendIsHidden) {
  EXPECT_THAT(Persian("دوستم نیامد", "لابد دوستت داشت می‌آمد."), IsEmpty());
  EXPECT_THAT(
      Persian("پدرم نگفت دوستم دارد", "پدرت تو را دوست داشت."),
      ElementsAre(
          "پدربزرگم نگفت دوستم دارد / پدربزرگت تو را دوست داشت.",
          "عمویم نگفت دوستم دارد / عمویت تو را دوست داشت.",
          "دایی‌ام نگفت دوستم دارد / دایی‌ات تو را دوست داشت."));
}

TEST(SubstituteEnglish, KeepsTheGenderThatThePronounsTell) {
  EXPECT_THAT(
      English("My father was a baker.", "There is a little of him in the air. Father's bread!"),
      ElementsAre(
          "My grandfather was a baker. / There is a little of him in the air. Grandfather's bread!",
          "My uncle was a baker. / There is a little of him in the air. Uncle's bread!"));
  EXPECT_THAT(English("I miss my sister.", "What would she say?"), IsEmpty());
  EXPECT_THAT(English("My brother and I built a raft.", "Every brother story has one."),
              ElementsAre("My sister and I built a raft. / Every sister story has one.",
                          "My friend and I built a raft. / Every friend story has one."));
}

TEST(SubstituteEnglish, MindsTheArticle) {
  EXPECT_THAT(English("I buried my mother.", "Two days is little for a mother."),
              ElementsAre("I buried my grandmother. / Two days is little for a grandmother."));
}

TEST(SubstituteEnglish, LeavesWhatIsAmbiguous) {
  EXPECT_THAT(English("Mother's Day without my mother", "Hard."), IsEmpty());
  EXPECT_THAT(English("My mother called me by her sister's name.", "That must sting."), IsEmpty());
  EXPECT_THAT(English("Who was the father of chemistry?", "Lavoisier."), IsEmpty());
  EXPECT_THAT(English("My friend left.", "Friendship stays."), IsEmpty());
}

TEST(Substitute, WhatIsSaidOfAnybodyMayBeSaidOfEveryRelation) {
  EXPECT_THAT(
      Persian("دلم برای پدرم تنگ شده", "دلتنگ پدرت هستی."),
      AllOf(
          SizeIs(12), Contains("دلم برای همسرم تنگ شده / دلتنگ همسرت هستی."),
          Contains(
              "دلم برای خاله‌ام تنگ شده / دلتنگ خاله‌ات هستی.")));
  EXPECT_THAT(English("I miss my wife.", "Say it to her photo."), IsEmpty()) << "her: a gender";
  EXPECT_THAT(English("I miss my wife.", "Say it aloud."),
              AllOf(SizeIs(10), Contains("I miss my brother. / Say it aloud.")));
  EXPECT_THAT(English("I miss my father and the way we used to walk home at night", "Walk it."),
              SizeIs(2))
      << "a long text is of one person";
}

TEST(Substitute, WhoIsCalledIsTheSpeakersOwn) {
  EXPECT_THAT(
      Persian("سلام پدر", "سلام عزیزم."),
      ElementsAre("سلام مادر / سلام عزیزم.", "سلام برادر / سلام عزیزم.", "سلام خواهر / سلام عزیزم.",
                  "سلام همسر / سلام عزیزم.", "سلام فرزند / سلام عزیزم.",
                  "سلام پدربزرگ / سلام عزیزم.", "سلام مادربزرگ / سلام عزیزم."));
  EXPECT_THAT(Persian("پدر کجایی؟", "همین نزدیکی."), Contains("مادر کجایی؟ / همین نزدیکی."));
  EXPECT_THAT(Persian("پدر علم شیمی کیست؟", "لاووازیه."), IsEmpty());
  EXPECT_THAT(Persian("سلام دوست", "سلام."), IsEmpty()) << "anybody may be called so";
  EXPECT_THAT(English("Father, where are you now?", "Near."),
              AllOf(SizeIs(9), Contains("Aunt, where are you now? / Near.")));
}

TEST(Substitute, IsTheTextItselfButForTheRelation) {
  const auto all = SubstituteRelation({" پدرم\t🙂 «Ali»،  پدرم؟", "a—b… پدرت."},
                                      Language::kPersian);
  ASSERT_FALSE(all.empty());
  EXPECT_EQ(all[0].pair,
            (Pair{" پدربزرگم\t🙂 «Ali»،  پدربزرگم؟", "a—b… پدربزرگت."}));
  EXPECT_EQ(all[0].relation->bare, "پدربزرگ");
}

}  // namespace
}  // namespace amooz::pattern_variation
