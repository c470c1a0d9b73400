#include "client/cli/finding.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

TEST(Finding, TextsStandInOneColumnAndARemedyBelowItsFinding) {
  const Findings findings = {Good("server", "answers"),
                             Wrong("chat service", "does not answer", "Start it.")};
  EXPECT_EQ(FindingsText(findings, 0, Style(false)),
            "✓ server        answers\n"
            "✗ chat service  does not answer\n"
            "                → Start it.\n"
            "1 thing is wrong.\n");
}

TEST(Finding, LinesAreBrokenBetweenWordsAndStayInTheirColumn) {
  const std::string text = FindingsText(
      {Note("clock", "one two three four five six seven eight nine ten", "do eleven or twelve")},
      40, Style(false));
  EXPECT_EQ(text,
            "! clock  one two three four five six\n"
            "         seven eight nine ten\n"
            "         → do eleven or twelve\n"
            "Nothing is wrong. 1 note (!) to consider.\n");
}

TEST(Finding, ControlCharactersOfOthersDoNotReachTheTerminal) {
  EXPECT_THAT(FindingsText({Good("x", "a\x1B[2Jb")}, 0, Style(false)), HasSubstr("a\uFFFD[2Jb"));
}

TEST(Finding, JsonSaysWhetherAllIsWell) {
  const auto json = nlohmann::json::parse(FindingsJson({Wrong("a", "b", "c")}));
  EXPECT_EQ(json["healthy"], false);
  EXPECT_EQ(json["findings"][0]["health"], "wrong");
  EXPECT_EQ(json["findings"][0]["remedy"], "c");
  EXPECT_EQ(nlohmann::json::parse(FindingsJson({Note("a", "b", "c")}))["healthy"], true);
}

}  // namespace
}  // namespace amooz::client
