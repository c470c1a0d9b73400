#include "greeting.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace amooz::pattern_variation {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> All(Language language, const std::string& instruction,
                             const std::string& response) {
  std::vector<std::string> all;
  for (const Regreeted& written : SubstituteGreeting({instruction, response}, language)) {
    all.push_back(written.pair.instruction + " / " + written.pair.response);
  }
  return all;
}
std::vector<std::string> Persian(const std::string& instruction, const std::string& response) {
  return All(Language::kPersian, instruction, response);
}
std::vector<std::string> English(const std::string& instruction, const std::string& response) {
  return All(Language::kEnglish, instruction, response);
}

TEST(GreetingPersian, ChangesTheSalutationAndItsEcho) {
  EXPECT_THAT(Persian("سلام، بیداری؟", "سلام، من خواب ندارم."),
              ElementsAre("درود، بیداری؟ / درود، من خواب ندارم."));
  EXPECT_THAT(Persian("سلام", "سلام بر شما، در خدمتم."),
              ElementsAre("درود / درود بر شما، در خدمتم."));
  EXPECT_THAT(Persian("درود", "خوش آمدی، سلامت باشی."),
              ElementsAre("سلام / خوش آمدی، سلامت باشی."));
}

TEST(GreetingPersian, LeavesASayingWhole) {
  EXPECT_THAT(Persian("سلام علیکم", "خوش آمدی."), IsEmpty());
  EXPECT_THAT(Persian("سلام عزیزم", "خوش آمدی."), IsEmpty());
  EXPECT_THAT(Persian("سلام سلام", "خوش آمدی."), IsEmpty());
  EXPECT_THAT(Persian("سلام، خوبی؟", "سلام به روی ماهت."), IsEmpty());
  EXPECT_THAT(Persian("سلامتی چیست؟", "نعمت."), IsEmpty());
}

TEST(GreetingPersian, ChangesTheTimeOfTheDayInBothTexts) {
  EXPECT_THAT(Persian("عصر بخیر، مزاحم نیستم؟", "عصر شما هم بخیر؛ بنشینید."),
              ElementsAre("صبح بخیر، مزاحم نیستم؟ / صبح شما هم بخیر؛ بنشینید.",
                          "ظهر بخیر، مزاحم نیستم؟ / ظهر شما هم بخیر؛ بنشینید.",
                          "روز بخیر، مزاحم نیستم؟ / روز شما هم بخیر؛ بنشینید.",
                          "وقت بخیر، مزاحم نیستم؟ / وقت شما هم بخیر؛ بنشینید."));
  EXPECT_THAT(
      Persian("سلام روز به خیر", "سلام، وقت شما بخیر."),
      ElementsAre("درود روز به خیر / درود، وقت شما بخیر.", "سلام صبح به خیر / سلام، وقت شما بخیر.",
                  "سلام ظهر به خیر / سلام، وقت شما بخیر.", "سلام عصر به خیر / سلام، وقت شما بخیر.",
                  "سلام وقت به خیر / سلام، وقت شما بخیر.", "سلام شب به خیر / سلام، وقت شما بخیر."));
}

TEST(GreetingPersian, LeavesThePairThatSpeaksOfTheTimeOtherwise) {
  EXPECT_THAT(Persian("صبح بخیر", "صبح تو هم بخیر. تا ظهر خبر خوبی برسد."), IsEmpty());
  EXPECT_THAT(Persian("عصر بخیر، امروز خسته‌ام", "خسته نباشی."), IsEmpty());
  EXPECT_THAT(Persian("شب بخیر", "شب تو هم بخیر."), IsEmpty());  // a farewell
}

TEST(GreetingPersian, BecomesPoliteWhereTheResponseIs) {
  EXPECT_THAT(Persian("درود بر تو", "سلام، امیدوارم حال شما خوب باشد."),
              ElementsAre("سلام بر تو / سلام، امیدوارم حال شما خوب باشد.",
                          "درود بر شما / سلام، امیدوارم حال شما خوب باشد."));
  EXPECT_THAT(Persian("درود بر تو", "جانم، تو هم خوش آمدی."),
              ElementsAre("سلام بر تو / جانم، تو هم خوش آمدی."));
}

TEST(GreetingEnglish, ChangesTheSalutationAndItsEcho) {
  EXPECT_THAT(English("Hi there, is this a good time?", "Any time is. Hi!"),
              ElementsAre("Hello there, is this a good time? / Any time is. Hello!",
                          "Hey there, is this a good time? / Any time is. Hey!"));
  EXPECT_THAT(English("hey, I'm back.", "Welcome back."),
              ElementsAre("hello, I'm back. / Welcome back.", "hi, I'm back. / Welcome back."));
}

TEST(GreetingEnglish, LeavesASayingWhole) {
  EXPECT_THAT(English("Hey you", "Welcome."), IsEmpty());
  EXPECT_THAT(English("Hi there is a bird", "Where?"), IsEmpty());
  EXPECT_THAT(English("HELLO!", "Welcome."), IsEmpty());
  EXPECT_THAT(English("Hi!", "Say hi to your cat."), IsEmpty());
  EXPECT_THAT(English("High hopes", "Good."), IsEmpty());
}

TEST(GreetingEnglish, ChangesTheTimeOfTheDayInBothTexts) {
  EXPECT_THAT(English("Good evening, am I bothering you?", "Good evening, not at all."),
              ElementsAre("Good morning, am I bothering you? / Good morning, not at all.",
                          "Good afternoon, am I bothering you? / Good afternoon, not at all."));
  EXPECT_THAT(English("Good morning!", "Is it a morning to stay in bed?"), IsEmpty());
}

}  // namespace
}  // namespace amooz::pattern_variation
