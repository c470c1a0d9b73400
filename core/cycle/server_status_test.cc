#include "core/cycle/server_status.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::cycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::int64_t kSecond = 1'000'000;

TEST(Look, Rule6StartsWithEnoughUnreadChatsOrOwedTraining) {
  LookFacts facts;
  facts.unread_chats = 19;
  EXPECT_FALSE(DecideLook(facts).starts);
  EXPECT_THAT(DecideLook(facts).result, HasSubstr("19 unread chats, 20 are needed"));
  facts.unread_chats = 20;
  EXPECT_TRUE(DecideLook(facts).starts);
  facts.unread_chats = 0;
  facts.training_owed = true;
  EXPECT_TRUE(DecideLook(facts).starts);
  facts.running_cycle = 3;
  EXPECT_FALSE(DecideLook(facts).starts);
}

TEST(Look, Rule6AMinimumOfZeroDoesNotStartCyclesOverNothing) {
  LookFacts facts;
  facts.min_chats = 0;
  EXPECT_FALSE(DecideLook(facts).starts);
}

TEST(Look, Rule6TheNextLookIsTheLastOnePlusTheInterval) {
  Schedule schedule;
  EXPECT_EQ(NextLook(schedule, 3600 * kSecond, 5), 5 + 3600 * kSecond);
  schedule.last_look_us = 100;
  EXPECT_EQ(NextLook(schedule, 3600 * kSecond, 5), 100 + 3600 * kSecond);
  schedule.interval_us = kSecond;
  EXPECT_EQ(NextLook(schedule, 3600 * kSecond, 5), 100 + kSecond);
  schedule.paused = true;
  EXPECT_EQ(NextLook(schedule, 3600 * kSecond, 5), std::nullopt);
}

TEST(Status, SaysWhyNothingIsHappening) {
  StatusFacts facts;
  facts.look.unread_chats = 7;
  facts.next_look_in_us = 600 * kSecond;
  EXPECT_THAT(Explain(facts).front(),
              "Nothing to do yet: 7 of the 20 chats that a cycle waits for are unread. The next "
              "look is in 10 min; "
              "amooz cycle start does not wait.");
  facts.look.unread_chats = 40;
  EXPECT_THAT(Explain(facts).front(), HasSubstr("starts in 10 min: 40 chats are unread"));
  facts.is_paused = true;
  EXPECT_THAT(Explain(facts).front(), HasSubstr("paused"));
  facts.look.running_cycle = 4;
  EXPECT_THAT(Explain(facts).front(), HasSubstr("Cycle 4 is running"));
}

TEST(Status, NamesWhatIsOwedAndTheLastResult) {
  StatusFacts facts;
  facts.look.training_owed = true;
  facts.training_reason = "25 train and validation rows changed";
  facts.last_cycle.emplace();
  facts.last_cycle->id = 2;
  facts.last_cycle->state = CycleState::kFinished;
  facts.last_result = "within_noise: x";
  const auto sentences = Explain(facts);
  EXPECT_THAT(sentences,
              ElementsAre(HasSubstr("training is owed"), HasSubstr("25 train and validation rows"),
                          "The last cycle, 2, finished (within_noise: x).", HasSubstr("No model")));
}

TEST(Status, ProblemsComeWithARemedy) {
  StatusFacts facts;
  EXPECT_THAT(Problems(facts), IsEmpty());
  facts.is_disk_low = true;
  facts.disk_free_percent = 4.25;
  facts.last_cycle.emplace();
  facts.last_cycle->id = 2;
  facts.last_cycle->state = CycleState::kFailed;
  facts.last_cycle->error = "training failed: loss is nan";
  facts.active_model_failure = "damaged";
  facts.ingest_error = "the disk is full";
  facts.plugin_error = "scorer 'x': no such file";
  EXPECT_THAT(
      Problems(facts),
      ElementsAre(HasSubstr("4.2 %"), HasSubstr("the disk is full"), HasSubstr("scorer 'x'"),
                  HasSubstr("Cycle 2 failed: training failed"), HasSubstr("damaged")));
}

}  // namespace
}  // namespace amooz::cycle
