#include "client/cli/status_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(10000);

TEST(StatusText, AnswersWhyNothingIsHappening) {
  v1::GetServerStatusResponse status;
  status.set_version("0.1.0");
  status.mutable_started_at()->set_seconds(10000 - 3 * 3600);
  status.set_unread_chats(7);
  status.set_min_chats_for_learning(20);
  status.set_total_chats(22677);
  status.mutable_schedule()->mutable_interval()->set_seconds(3600);
  status.mutable_schedule()->mutable_next_look()->set_seconds(10000 + 720);
  status.add_explanations("13 more unread chats are needed; the next look is in 12 minutes.");
  status.add_problems("The disk is nearly full: free some space.");
  status.set_disk_free_percent(43);
  const std::string text = StatusText(status, "h:1", std::nullopt, kNow, Style(false));
  EXPECT_THAT(text, HasSubstr("amoozd 0.1.0 at h:1, up 3 h\n! The disk is nearly full"));
  EXPECT_THAT(text, HasSubstr("• 13 more unread chats"));
  EXPECT_THAT(text, HasSubstr("7 unread of 20 that the schedule waits for; 22,677 in all"));
  EXPECT_THAT(text, HasSubstr("every 1 h, next look in 12 min"));
  EXPECT_THAT(text, HasSubstr("none in service yet"));
  EXPECT_THAT(text, HasSubstr("does not answer"));
  EXPECT_THAT(text, HasSubstr("none yet; `amooz cycle start` starts one"));
}

TEST(StatusText, TellsTheLastCycleAndTheServedModel) {
  v1::GetServerStatusResponse status;
  v1::Cycle& cycle = *status.mutable_last_cycle();
  cycle.set_id(3);
  cycle.set_state(v1::CYCLE_STATE_FINISHED);
  cycle.mutable_finished_at()->set_seconds(10000 - 60);
  cycle.mutable_summary()->set_trained(true);
  cycle.mutable_summary()->set_promotion_reason("within the noise");
  v1::GetChatStatusResponse chat;
  chat.set_serving_digest("9f31ab27c0de99");
  chat.set_spooled_chats(2);
  const std::string text = StatusText(status, "h:1", chat, kNow, Style(false));
  EXPECT_THAT(text, HasSubstr("3, finished 1 min ago, not promoted (within the noise)"));
  EXPECT_THAT(text, HasSubstr("serves 9f31ab27c0de, not connected to amoozd, 2 chats waiting"));
}

TEST(ScheduleText, PausedSaysHowToGoOn) {
  v1::Schedule schedule;
  schedule.mutable_interval()->set_seconds(90);
  schedule.set_paused(true);
  EXPECT_EQ(ScheduleText(schedule, kNow),
            "every 1 min 30 s, paused; `amooz schedule resume` goes on");
}

}  // namespace
}  // namespace amooz::client
