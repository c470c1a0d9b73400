// What a cycle makes of plugins that complain or fail: the operator must be able to act on it.
#include "core/cycle/cycle_testing.h"

namespace amooz::cycle {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class CyclePlugins : public CycleTest {
 protected:
  // The lines that the cycle's events hold.
  std::vector<std::string> Lines(CycleId id) {
    std::vector<std::string> lines;
    for (const v1::CycleEvent& event : Events(id)) {
      if (event.has_log()) lines.push_back(event.log().message());
    }
    return lines;
  }
};

TEST_F(CyclePlugins, AScorersFailureNamesTheChatAndARemedyAndTheChatsStayUnread) {
  Stream("web", 300, "a");
  Stream("app", 700, "b");
  world_.scorer_fails_on = "question b 567";
  const v1::Cycle cycle = RunCycle(true);
  EXPECT_EQ(cycle.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(cycle.error(), AllOf(HasSubstr("scorer 'scorer' failed on chat app/568: "),
                                   HasSubstr("cannot read this"), HasSubstr("scoring.scorers")));
  world_.scorer_fails_on = "";
  EXPECT_EQ(RunCycle(true).summary().chats_read(), 1000u);
}

TEST_F(CyclePlugins, AScorerThatFailsOnlyOnManyChatsNamesTheirRange) {
  Stream("app", 20, "b");
  world_.scorer_fails_from = 20;
  EXPECT_THAT(RunCycle(true).error(), HasSubstr("one of the 20 chats from app/1 to app/20: "));
}

TEST_F(CyclePlugins, WarningsOfAGeneratorAreEventsOfTheCycle) {
  Stream("app", 20, "a");
  world_.generator_warnings = 3;
  EXPECT_THAT(Lines(RunCycle(true).id()), testing::Contains("variation: a warning").Times(3));
}

TEST_F(CyclePlugins, APluginThatComplainsWithoutEndIsCutOff) {
  Stream("app", 20, "a");
  world_.generator_warnings = 1000;
  const auto lines = Lines(RunCycle(true).id());
  EXPECT_THAT(lines, testing::Contains("variation: a warning").Times(100));
  EXPECT_THAT(lines, testing::Contains(HasSubstr("is not kept")).Times(1));
}

}  // namespace
}  // namespace amooz::cycle
