#include "rule.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <vector>

namespace amooz::heuristic_scorer {
namespace {

Settings SettingsOf(Mode mode) {
  Settings settings;
  settings.mode = mode;
  settings.endings = {U'.', U'!', U'؟'};
  settings.phrases = {"من اینجام", "همیشه کنارت", "دعا میکنم", "عاشقتم"};
  if (mode == Mode::kUnicode) settings.endings.insert(settings.endings.end(), {U'?', U'…'});
  return settings;
}

Verdict Judge(Mode mode, std::string_view instruction, std::string_view response) {
  Scratch scratch;
  return Rule(SettingsOf(mode)).Judge(instruction, response, &scratch);
}
Verdict Classic(std::string_view instruction, std::string_view response) {
  return Judge(Mode::kClassic, instruction, response);
}
Verdict Unicode(std::string_view instruction, std::string_view response) {
  return Judge(Mode::kUnicode, instruction, response);
}

// `length` code points in distinct five-letter words, so that nothing but the length matters.
std::string OfLength(std::size_t length) {
  std::string text;
  for (std::size_t i = 0; i < length; ++i) {
    const auto word = static_cast<char>('a' + i / 6 % 26);
    text += i % 6 == 5 && i + 1 < length ? ' '
            : i % 6 == 0                 ? static_cast<char>('a' + i / 156)
                                         : word;
  }
  return text;
}

TEST(Length, GivesItsPointsFrom50To300AndVetoesUnder30) {
  const auto length_points = [](std::size_t n) { return Classic("", OfLength(n)).points - 2; };
  EXPECT_EQ(length_points(49), 0);
  EXPECT_EQ(length_points(50), 2);
  EXPECT_EQ(length_points(300), 2);
  EXPECT_EQ(length_points(301), 0);
  EXPECT_TRUE(Classic("", OfLength(29)).is_too_short);
  EXPECT_FALSE(Classic("", OfLength(30)).is_too_short);
  EXPECT_FALSE(Classic("", OfLength(500)).is_too_long);
  EXPECT_TRUE(Classic("", OfLength(501)).is_too_long);
}

TEST(Length, IsInCodePointsOfTheStrippedResponse) {
  std::string persian;
  for (int i = 0; i < 29; ++i) persian += "س";
  EXPECT_TRUE(Classic("", " \x1C" + persian + " \n").is_too_short);
  EXPECT_FALSE(Classic("", persian + "س").is_too_short);
}

TEST(Length, IsOfWhatIsVisibleInUnicodeMode) {
  std::string nothing, letters;
  for (int i = 0; i < 60; ++i) nothing += "\u200C";
  for (int i = 0; i < 29; ++i) letters += "س\u200C";
  EXPECT_TRUE(Unicode("", nothing).is_too_short);
  EXPECT_EQ(Unicode("", nothing).points, 0);
  EXPECT_TRUE(Unicode("", letters).is_too_short);
  EXPECT_FALSE(Unicode("", letters + "س").is_too_short);
  EXPECT_FALSE(Classic("", nothing).is_too_short);
  EXPECT_EQ(Classic("", nothing).points, 2);
}

TEST(Variety, IsLostAtExactlyAQuarter) {
  EXPECT_TRUE(Classic("", "a a b c d e f g").is_repetitive);     // 2 of 8
  EXPECT_FALSE(Classic("", "a a b c d e f g h").is_repetitive);  // 2 of 9
  EXPECT_TRUE(Classic("", "a b c d").is_repetitive);             // 1 of 4
  EXPECT_FALSE(Classic("", "a b c d e").is_repetitive);          // 1 of 5
}

TEST(Variety, OfNoWordsIsNeitherPointsNorIssue) {
  for (const Mode mode : {Mode::kClassic, Mode::kUnicode}) {
    const Verdict verdict = Judge(mode, "x", " \x1F ");
    EXPECT_EQ(verdict.points, 0);
    EXPECT_FALSE(verdict.is_repetitive);
    EXPECT_TRUE(verdict.is_too_short);
  }
  EXPECT_FALSE(Unicode("", "— — —").is_repetitive);
}

TEST(Variety, CountsWordsAsWrittenInClassicMode) {
  EXPECT_FALSE(Classic("", "The the THE tHe x").is_repetitive);
  EXPECT_TRUE(Unicode("", "The the. THE! “tHe” x").is_repetitive);
}

TEST(Ending, IsTheLastCodePoint) {
  EXPECT_TRUE(Classic("", "خوب؟ ").has_ending);
  EXPECT_TRUE(Classic("", "well!").has_ending);
  EXPECT_FALSE(Classic("", "well?").has_ending);
  EXPECT_FALSE(Classic("", "خوب…").has_ending);
  EXPECT_TRUE(Unicode("", "well?").has_ending);
  EXPECT_TRUE(Unicode("", "خوب…").has_ending);
}

TEST(Ending, MayBeFollowedByWhatClosesOrIsInvisibleInUnicodeMode) {
  for (const char* text : {"(well.)", "«خوب.»", "خوب.\u200F", "خوب؟\u200E ", "خوب!\u200C",
                           "“well…”", "‘well?’", "\"well.\"", "'well.'", "[(«خوب.»)]", "well. )"}) {
    EXPECT_TRUE(Unicode("", text).has_ending) << text;
    EXPECT_FALSE(Classic("", text).has_ending) << text;
  }
  EXPECT_FALSE(Unicode("", "(well)").has_ending);
  EXPECT_FALSE(Unicode("", "»").has_ending);
}

// Few phrases and many are looked for in two ways; both find what stands anywhere, and nothing
// else.
TEST(Phrase, IsFoundWhereverItStands) {
  const std::vector<std::string> all = {"من اینجام", "همیشه کنارت", "دعا میکنم", "عاشقتم",
                                        "با توام"};
  for (std::size_t count = 1; count <= all.size(); ++count) {
    const PhraseFinder finder({all.begin(), all.begin() + static_cast<std::ptrdiff_t>(count)});
    for (std::size_t i = 0; i < all.size(); ++i) {
      for (std::size_t before = 0; before < 200; ++before) {
        const std::string start(before, 'x');
        EXPECT_EQ(finder.IsIn(start + all[i]), i < count) << count << " " << i << " " << before;
        EXPECT_EQ(finder.IsIn(start + all[i] + "."), i < count) << count << " " << i;
        EXPECT_FALSE(finder.IsIn(start + all[i].substr(0, all[i].size() - 1)));
      }
    }
  }
}

TEST(Phrase, IsFoundAsWrittenInClassicMode) {
  EXPECT_EQ(Classic("", "دعا میکنم").points, 1);
  EXPECT_EQ(Classic("", "xدعا میکنمx").points, 1);
  EXPECT_EQ(Classic("", "دعا می‌کنم").points, 0);
  EXPECT_EQ(Classic("", "دعا ميكنم").points, 0);
}

TEST(Phrase, IsFoundHoweverItIsSpelledInUnicodeMode) {
  EXPECT_EQ(Unicode("", "دعا می‌کنم").points, 1);
  EXPECT_EQ(Unicode("", "دعا ميكنم").points, 1);
  EXPECT_EQ(Unicode("", "عاشـقـتَم").points, 1);
  EXPECT_EQ(Unicode("", "من\u00A0اینجام").points, 1);
  EXPECT_EQ(Classic("", "من\u00A0اینجام").points, 0);
}

TEST(SharedWord, IsComparedInLowerCase) {
  EXPECT_TRUE(Classic("Tell ME", "not me").shares_word);
  EXPECT_TRUE(Classic("ΟΔΟΣ", "οδος").shares_word);
  EXPECT_FALSE(Classic("me?", "not me").shares_word);
  EXPECT_FALSE(Classic("علي", "علی").shares_word);
  EXPECT_TRUE(Unicode("me?", "not me").shares_word);
  EXPECT_TRUE(Unicode("علي؛", "«علی»").shares_word);
}

TEST(SharedWord, ZwnjIsPartOfAWordAndFileSeparatorsAreNot) {
  EXPECT_FALSE(Classic("می روم", "می‌روم").shares_word);
  EXPECT_TRUE(Classic("می\x1Cروم", "روم").shares_word);
}

TEST(Scratch, HoldsNothingOfThePreviousReply) {
  Scratch scratch;
  const Rule rule(SettingsOf(Mode::kClassic));
  rule.Judge("", "one two three four five six", &scratch);
  EXPECT_FALSE(rule.Judge("two", "seven", &scratch).shares_word);
  EXPECT_TRUE(rule.Judge("seven", "seven", &scratch).shares_word);
}

}  // namespace
}  // namespace amooz::heuristic_scorer
