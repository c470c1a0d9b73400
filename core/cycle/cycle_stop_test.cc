// A cycle that is interrupted: by the end of the process, by a person, by a failure (rules 2, 3, 5
// and 7).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <thread>

#include "core/cycle/cycle_testing.h"
#include "core/cycle/model_stages.h"

namespace amooz::cycle {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

// ---- Journal and resume ----

TEST_F(CycleTest, Rules2And4AResumedCycleEqualsAnUndisturbedOne) {
  world_.variations = 5;
  const auto prepare = [&] {
    seq_.clear();
    clock_.now_us = 1'700'000'000 * kSecond;
    Fresh();
    ASSERT_TRUE(Import({{"imported", "p7 imported"}}).ok());
    Stream("app", 300, "a");
    Stream("other", 50, "b", "p5");
  };
  prepare();
  const v1::Cycle expected = RunCycle();
  ASSERT_TRUE(expected.summary().promoted()) << expected.summary().promotion_reason();
  for (int stage = static_cast<int>(Stage::kCollect); stage < static_cast<int>(Stage::kReport);
       ++stage) {
    SCOPED_TRACE(StrCat("after ", StageName(static_cast<Stage>(stage))));
    prepare();
    StopAfterCommitOf(static_cast<Stage>(stage));
    Open();
    const v1::Cycle resumed = Await(1);
    EXPECT_EQ(resumed.state(), v1::CYCLE_STATE_FINISHED) << resumed.error();
    EXPECT_EQ(resumed.dataset_digest(), expected.dataset_digest());
    EXPECT_EQ(resumed.candidate_digest(), expected.candidate_digest());
    v1::CycleSummary one = resumed.summary(), other = expected.summary();
    one.clear_server_cpu_seconds();
    other.clear_server_cpu_seconds();
    EXPECT_EQ(one.SerializeAsString(), other.SerializeAsString());
    EXPECT_EQ(models_->active()->digest, expected.candidate_digest());
    EXPECT_EQ(store_->ListVersions(0, 10)->size(), 2u);
    EXPECT_EQ(store_->ListPromotions("")->size(), 1u);
  }
}

TEST_F(CycleTest, Rule2TheScorersAreNotAskedAgainAfterARestart) {
  Stream("app", 10, "a");
  StopAfterCommitOf(Stage::kScore);
  const int before = world_.scorings;
  Open();
  Await(1);
  EXPECT_EQ(world_.scorings, before);
}

TEST_F(CycleTest, Rule2ATrainingGoesOnFromItsCheckpointAndSaysSo) {
  Stream("app", 300, "a");
  const CycleId id = StopInTraining();
  Open();
  const v1::Cycle cycle = Await(id);
  EXPECT_TRUE(cycle.summary().promoted()) << cycle.error();
  EXPECT_EQ(world_.first_step, FakeTrainer::kCheckpointAt);
  std::vector<std::uint32_t> steps;
  for (const v1::CycleEvent& event : Events(id)) {
    if (event.has_resumed()) steps.push_back(event.resumed().step());
  }
  EXPECT_THAT(steps, ElementsAre(static_cast<std::uint32_t>(FakeTrainer::kCheckpointAt)));
  EXPECT_FALSE(std::filesystem::exists(JoinPath(folder_, "checkpoints/1")));
}

TEST_F(CycleTest, Rule1AResumedCycleFailsNamingThePluginThatIsGone) {
  Stream("app", 300, "a");
  StopAfterCommitOf(Stage::kSnapshot);
  world_.missing = {"trainer"};
  Open();
  const v1::Cycle cycle = Await(1);
  EXPECT_EQ(cycle.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(cycle.error(), HasSubstr("trainer 'trainer' is gone"));
}

TEST_F(CycleTest, Rule1AResumedCycleUsesItsFrozenConfig) {
  Stream("app", 50, "a", "p5");
  StopAfterCommitOf(Stage::kCollect);
  config_.mutable_scoring()->mutable_min_score()->set_points(7);
  Open();
  EXPECT_EQ(Await(1).summary().found_in_chats(), 50u);
}

// ---- Cancel and failure ----

TEST_F(CycleTest, Rule3CancelBeforeTheSnapshotLeavesNothing) {
  for (Turnstile* at : {&world_.at_score, &world_.at_vary}) {
    seq_.clear();
    Fresh();
    Stream("app", 30, "a");
    world_.variations = 1;
    at->Close();
    const CycleId id = Start();
    at->AwaitArrival();
    const auto cancelled = cycles_->Cancel(id);
    at->Open();
    ASSERT_TRUE(cancelled.ok()) << cancelled.status();
    EXPECT_EQ(cancelled->state(), v1::CYCLE_STATE_CANCELLED);
    EXPECT_EQ(cancelled->error(),
              StrCat("cancelled by hand during ", at == &world_.at_score ? "score" : "vary",
                     ": nothing was changed, its chats are unread as before"));
    EXPECT_EQ(store_->LatestVersion()->id, 0);
    EXPECT_EQ(store_->CountChats()->unread, 30);
    EXPECT_THAT(*store_->ListDecisions(id), IsEmpty());
    EXPECT_TRUE(Events(id).back().has_ended());
  }
}

TEST_F(CycleTest, Rule3CancelAfterTheSnapshotKeepsTheDatasetAndTrainingIsOwed) {
  for (Turnstile* at : {&world_.at_train, &world_.at_evaluate}) {
    seq_.clear();
    Fresh();
    Stream("app", 300, "a");
    at->Close();
    const CycleId id = Start();
    at->AwaitArrival();
    const auto cancelled = cycles_->Cancel(id);
    at->Open();
    ASSERT_TRUE(cancelled.ok()) << cancelled.status();
    EXPECT_EQ(store_->LatestVersion()->id, 1);
    EXPECT_EQ(store_->CountChats()->unread, 0);
    EXPECT_EQ(models_->active()->generation, 0);
    EXPECT_FALSE(std::filesystem::exists(JoinPath(folder_, "checkpoints/1")));
    EXPECT_TRUE(cycles_->Status({})->training_owed());
    EXPECT_TRUE(std::filesystem::exists(JoinPath(folder_, "dataset.json")));
  }
}

TEST_F(CycleTest, Rule3CancelAfterThePromotionIsRefused) {
  Stream("app", 300, "a");
  std::atomic<bool> reached{false}, released{false};
  Subscription watch = cycles_->Watch([&] {
    const auto progress = store_->RunningCycle();
    if (!progress.ok() || !*progress || (*progress)->cycle.stage < Stage::kPromote ||
        reached.exchange(true))
      return;
    while (!released) std::this_thread::yield();
  });
  const CycleId id = Start();
  while (!reached) std::this_thread::yield();
  absl::Status status = cycles_->Cancel(id).status();
  released = true;
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("already in service"));
  EXPECT_EQ(Await(id).state(), v1::CYCLE_STATE_FINISHED);
  status = cycles_->Cancel(id).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(cycles_->Cancel(99).status().code(), absl::StatusCode::kNotFound);
}

// What a restart finds committed cannot be cancelled either.
TEST_F(CycleTest, Rule3CancelAfterThePromotionIsRefusedAfterARestartToo) {
  Stream("app", 300, "a");
  StopAfterCommitOf(Stage::kPromote);
  Open();
  EXPECT_EQ(cycles_->Cancel(1).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(Await(1).state(), v1::CYCLE_STATE_FINISHED);
}

// Also in the moment between the start of the server's calls and that of its cycles, and while a
// cycle whose end could not be stored waits.
TEST_F(CycleTest, Rule3CancelAfterThePromotionIsRefusedWhileNothingRunsItToo) {
  Stream("app", 300, "a");
  StopAfterCommitOf(Stage::kPromote);
  EXPECT_EQ(cycles_->Cancel(1).status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->GetCycle(1)->state, CycleState::kRunning);
  Open();
  EXPECT_EQ(Await(1).state(), v1::CYCLE_STATE_FINISHED);
  EXPECT_FALSE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, Rule3ACancelWhoseEndCannotBeStoredIsNotForgotten) {
  Stream("app", 300, "a");
  world_.at_train.Close();
  const CycleId id = Start();
  world_.at_train.AwaitArrival();
  Forbid("no_end", "UPDATE OF state ON cycles");
  const absl::Status refused = cycles_->Cancel(id).status();
  world_.at_train.Open();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("its end could not be stored: "));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("constraint failed"));
  Allow("no_end");
  const int trainings = world_.trainings;
  for (int i = 0; i < 300 && cycles_->Get(id)->state() == v1::CYCLE_STATE_RUNNING; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
    EXPECT_TRUE(cycles_->LookIfDue().ok());
  }
  EXPECT_EQ(cycles_->Get(id)->state(), v1::CYCLE_STATE_CANCELLED);
  EXPECT_EQ(world_.trainings, trainings) << "it was not taken up again";
  EXPECT_TRUE(cycles_->Status({})->training_owed());
}

// Rule 27 follows the cycle's end; a crash between the two is made up for, with the cycle's own
// config.
TEST_F(CycleTest, Rule27WhatACrashAfterTheEndLeftUndoneIsDoneAtTheNextOpen) {
  const auto texts = [&] {
    int n = 0;
    for (const ChatRecord& chat : NewestChats()) n += !chat.is_retired;
    return n;
  };
  Stream("app", 30, "a");
  RunCycle(true);
  ASSERT_EQ(texts(), 30);
  config_.mutable_chat_log()->set_max_chats(10);
  Open();
  Stream("app", 5, "b");
  StopAfterCommitOf(Stage::kScore);
  // The cycle's end is committed, and then the process dies.
  ASSERT_TRUE(store_->EndCycle(2, CycleState::kFailed, "failed on purpose", {}).ok());
  ASSERT_EQ(texts(), 35);
  config_.mutable_chat_log()->set_max_chats(1);
  Open();
  EXPECT_EQ(texts(), 10 + 5) << "the cycle's own limit for read chats, and what is unread";
}

TEST_F(CycleTest, Rule7AFailedTrainingMakesNoCandidateAndIsOwed) {
  Stream("app", 300, "a");
  const v1::Cycle good = RunCycle();
  Stream("app", 50, "b");
  world_.train_result = Status(Code::kFailedPrecondition, "loss is nan at step 4");
  const v1::Cycle failed = RunCycle();
  EXPECT_EQ(failed.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(failed.error(), HasSubstr("training failed: loss is nan at step 4"));
  EXPECT_THAT(failed.candidate_digest(), IsEmpty());
  EXPECT_EQ(failed.to_version(), 2u);
  EXPECT_EQ(models_->active()->digest, good.candidate_digest());
  EXPECT_FALSE(std::filesystem::exists(JoinPath(folder_, "checkpoints/2")));
  const auto status = cycles_->Status({});
  EXPECT_TRUE(status->training_owed());
  EXPECT_THAT(status->problems(), Contains(HasSubstr("loss is nan")));
  // The next one makes up for it.
  world_.train_result = Status::Ok();
  world_.quality = 0.4;
  EXPECT_TRUE(RunCycle().summary().promoted());
  EXPECT_FALSE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, Rule7AFileThatCannotBeWrittenAfterThePromotionOwesNoTraining) {
  Stream("app", 300, "a");
  std::filesystem::create_directory(JoinPath(folder_, "enhancement_log.json"));
  const v1::Cycle failed = RunCycle();
  EXPECT_EQ(failed.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(failed.error(), HasSubstr("enhancement_log.json"));
  EXPECT_EQ(models_->active()->digest, failed.candidate_digest());
  EXPECT_FALSE(cycles_->Status({})->training_owed());
}

// Between the rename of what was trained and the commit that makes it a candidate.
TEST_F(CycleTest, Rule7WhatBecameNoCandidateLeavesNoFiles) {
  Stream("app", 300, "a");
  Forbid("no_candidate", "INSERT ON models");
  const v1::Cycle failed = RunCycle();
  EXPECT_EQ(failed.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(failed.error(), HasSubstr("constraint failed"));
  EXPECT_TRUE(std::filesystem::is_empty(JoinPath(folder_, "artifacts")));
  Allow("no_candidate");
  EXPECT_TRUE(RunCycle().summary().promoted());
}

// A trainer that gives something else each time, killed between the rename and the commit.
TEST_F(CycleTest, Rule7WhatAnInterruptedPublishingLeftGoesWhenItIsTrainedAgain) {
  Stream("app", 300, "a");
  const CycleId id = StopInTraining();
  const std::string staging = *artifacts_->MakeStaging(StagingName(id));
  std::ofstream(staging + "/model.bin") << "of the run before";
  const std::string before = *artifacts_->Publish(StagingName(id), "fake");
  Open();
  EXPECT_TRUE(Await(id).summary().promoted());
  EXPECT_FALSE(std::filesystem::exists(artifacts_->Dir(before)));
}

TEST_F(CycleTest, Rule1AFrozenConfigThatCannotBeReadFailsTheCycleAndRetiresNothing) {
  const auto retired = [&] {
    int n = 0;
    for (const ChatRecord& chat : NewestChats()) n += chat.is_retired;
    return n;
  };
  Stream("app", 30, "a");
  RunCycle(true);
  Stream("app", 5, "b");
  StopAfterCommitOf(Stage::kScore);
  CloseAll();
  Sql("UPDATE cycles SET config = '{' WHERE id = 2");
  Open();
  const v1::Cycle failed = Await(2);
  EXPECT_EQ(failed.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(failed.error(), HasSubstr("config"));
  EXPECT_EQ(retired(), 0);
  // Nor does it keep the server from starting where putting away is still owed.
  CloseAll();
  Sql("DELETE FROM meta WHERE name = 'cycle.put_away'");
  Open();
  EXPECT_TRUE(store_->GetMeta("cycle.put_away")->has_value());
  EXPECT_EQ(retired(), 0);
}

TEST_F(CycleTest, Rule7ATrainerThatDiesFailsTheCycleAlone) {
  Stream("app", 300, "a");
  world_.train_result = Status(Code::kUnavailable, "amooz-plugin-host ended with signal 11");
  EXPECT_THAT(RunCycle().error(), HasSubstr("signal 11"));
  EXPECT_TRUE(cycles_->Get(1).ok());
}

TEST_F(CycleTest, Rule7TooFewNewExamplesAreNotTrainedOn) {
  Stream("app", 300, "a");
  RunCycle();
  Stream("app", 5, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_FALSE(summary.trained());
  EXPECT_THAT(summary.training_reason(), StartsWith("too_few_new_examples"));
  EXPECT_THAT(summary.promotion_reason(), StartsWith("no_candidate"));
  EXPECT_EQ(world_.trainings, 1);
}

TEST_F(CycleTest, Rule7NoTrainingRowsIsAClearRefusal) {
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_FALSE(summary.trained());
  EXPECT_THAT(summary.training_reason(), StartsWith("no_training_rows"));
}

TEST_F(CycleTest, Rule7NoTrainLeavesTrainingOwed) {
  Stream("app", 300, "a");
  const v1::CycleSummary summary = RunCycle(/*skip_training=*/true).summary();
  EXPECT_FALSE(summary.trained());
  EXPECT_THAT(summary.training_reason(), StartsWith("skipped"));
  EXPECT_TRUE(cycles_->Status({})->training_owed());
}

}  // namespace
}  // namespace amooz::cycle
