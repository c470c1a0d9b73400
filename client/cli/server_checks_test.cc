#include "client/cli/server_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/lib/time.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

const absl::Time kNow = absl::FromUnixSeconds(1768367858);

void Set(absl::Time time, google::protobuf::Timestamp* timestamp) {
  SetTime(absl::ToUnixMicros(time), timestamp);
}

v1::GetServerStatusResponse HealthyServer() {
  v1::GetServerStatusResponse status;
  status.set_version("0.1.0");
  Set(kNow - absl::Hours(3), status.mutable_started_at());
  SetDuration(absl::Hours(1), status.mutable_schedule()->mutable_interval());
  Set(kNow + absl::Minutes(12), status.mutable_schedule()->mutable_next_look());
  Set(kNow - absl::Minutes(48), status.mutable_schedule()->mutable_last_look());
  return status;
}

v1::GetChatStatusResponse HealthyChatService() {
  v1::GetChatStatusResponse status;
  status.set_version("0.1.0");
  status.set_server_connected(true);
  status.set_serving_digest("abc");
  status.set_spool_limit_bytes(1 << 30);
  return status;
}

Findings Check(const v1::GetServerStatusResponse& status) {
  return CheckServer(status, "127.0.0.1:50650", "0.1.0", kNow);
}

Findings Check(const v1::GetChatStatusResponse& status) {
  return CheckChatService(status, "127.0.0.1:50651", "0.1.0", "abc");
}

// The one finding that is not good.
Finding Trouble(const Findings& findings) {
  Finding trouble;
  int count = 0;
  for (const Finding& finding : findings) {
    if (finding.health == Health::kGood) continue;
    trouble = finding;
    ++count;
  }
  EXPECT_EQ(count, 1);
  return trouble;
}

TEST(ServerChecks, NothingIsWrongWithHealthyServers) {
  for (const Findings& findings : {Check(HealthyServer()), Check(HealthyChatService())}) {
    for (const Finding& f : findings) EXPECT_EQ(f.health, Health::kGood) << f.text;
  }
}

TEST(ServerChecks, AnotherVersionIsWrong) {
  v1::GetServerStatusResponse status = HealthyServer();
  status.set_version("0.0.9");
  EXPECT_THAT(Trouble(Check(status)).text, HasSubstr("0.0.9"));
}

TEST(ServerChecks, APausedScheduleIsANoteWithTheCommandThatEndsIt) {
  v1::GetServerStatusResponse status = HealthyServer();
  status.mutable_schedule()->set_paused(true);
  const Finding found = Trouble(Check(status));
  EXPECT_EQ(found.health, Health::kNote);
  EXPECT_EQ(found.remedy, "amooz schedule resume");
}

TEST(ServerChecks, ALookThatNeverCameIsWrong) {
  v1::GetServerStatusResponse status = HealthyServer();
  Set(kNow - absl::Hours(2), status.mutable_schedule()->mutable_next_look());
  EXPECT_EQ(Trouble(Check(status)).subject, "schedule");
}

TEST(ServerChecks, AFailedCycleIsToldOnceWithItsStageAndError) {
  v1::GetServerStatusResponse status = HealthyServer();
  status.mutable_last_cycle()->set_id(4);
  status.mutable_last_cycle()->set_state(v1::CYCLE_STATE_FAILED);
  status.mutable_last_cycle()->set_stage(v1::STAGE_TRAIN);
  status.mutable_last_cycle()->set_error("the trainer died");
  status.add_problems("Cycle 4 failed: the trainer died");
  const Finding found = Trouble(Check(status));
  EXPECT_EQ(found.text, "4 failed in stage train: the trainer died");
  EXPECT_THAT(found.remedy, HasSubstr("amooz cycle show 4"));
}

TEST(ServerChecks, TheServersOwnProblemsAreTold) {
  v1::GetServerStatusResponse status = HealthyServer();
  status.add_problems("Only 3.0 % of the disk is free");
  EXPECT_EQ(Trouble(Check(status)).text, "Only 3.0 % of the disk is free");
}

TEST(ServerChecks, DamagedFilesOfTheActiveModelAreWrong) {
  EXPECT_EQ(CheckActiveModel("abc", absl::OkStatus()).health, Health::kGood);
  const Finding found =
      CheckActiveModel("abc", absl::DataLossError("model abc is damaged: model.bin is missing"));
  EXPECT_EQ(found.health, Health::kWrong);
  EXPECT_THAT(found.text, HasSubstr("model.bin is missing"));
  EXPECT_THAT(found.remedy, HasSubstr("amooz model rollback"));
  EXPECT_EQ(CheckActiveModel("abc", absl::DeadlineExceededError("too late")).health, Health::kNote);
}

TEST(ServerChecks, ADamagedModelIsToldOnce) {
  v1::GetServerStatusResponse status = HealthyServer();
  status.set_active_model("0123456789abcdef");
  status.add_problems("The active model: model 0123456789ab is damaged: model.bin is missing");
  for (const Finding& f : Check(status)) EXPECT_EQ(f.health, Health::kGood) << f.text;
}

TEST(ServerChecks, ATimeThatIsYetToComeMeansThatAClockIsWrong) {
  v1::GetServerStatusResponse status = HealthyServer();
  Set(kNow + absl::Minutes(5), status.mutable_schedule()->mutable_last_look());
  const Finding found = Trouble(Check(status));
  EXPECT_EQ(found.subject, "clock");
  EXPECT_THAT(found.text, HasSubstr("5 min ahead"));
  EXPECT_EQ(CheckClock(HealthyServer(), absl::FromUnixSeconds(86400)).health, Health::kWrong);
}

TEST(ServerChecks, APluginInUseMustLoadAnotherNeedNot) {
  v1::ListPluginsResponse plugins;
  v1::Plugin& plugin = *plugins.add_plugins();
  plugin.set_name("torch");
  plugin.set_configured(true);
  EXPECT_EQ(CheckServerPlugins(plugins).at(0).health, Health::kGood);
  plugin.set_error("cannot load");
  EXPECT_EQ(Trouble(CheckServerPlugins(plugins)).health, Health::kWrong);
  plugin.set_configured(false);
  EXPECT_EQ(Trouble(CheckServerPlugins(plugins)).health, Health::kNote);
}

TEST(ServerChecks, RejectedChatsAreWrongAndSayWhereTheyAre) {
  v1::GetChatStatusResponse status = HealthyChatService();
  status.set_rejected_chats(2);
  EXPECT_THAT(Trouble(Check(status)).remedy, HasSubstr("rejected/"));
}

TEST(ServerChecks, ASpoolThatIsNearlyFullIsWrong) {
  v1::GetChatStatusResponse status = HealthyChatService();
  status.set_spool_bytes((1u << 30) - 1);
  EXPECT_EQ(Trouble(Check(status)).subject, "spool");
}

TEST(ServerChecks, AChatServiceWithoutItsServerSaysWhy) {
  v1::GetChatStatusResponse status = HealthyChatService();
  status.set_server_connected(false);
  status.set_server_error("connection refused");
  EXPECT_THAT(Trouble(Check(status)).text, HasSubstr("connection refused"));
}

TEST(ServerChecks, AModelThatCannotBeServedIsWrong) {
  v1::GetChatStatusResponse status = HealthyChatService();
  v1::ServedModel& model = *status.add_models();
  model.set_digest("def");
  model.set_error("the runtime died");
  EXPECT_THAT(Trouble(Check(status)).text, HasSubstr("the runtime died"));
}

TEST(ServerChecks, AModelOnItsWayIsANote) {
  v1::GetChatStatusResponse status = HealthyChatService();
  status.set_serving_digest("");
  EXPECT_EQ(Trouble(Check(status)).health, Health::kNote);
}

}  // namespace
}  // namespace amooz::client
