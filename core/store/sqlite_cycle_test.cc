#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/store/store_testing.h"

namespace amooz::store {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class CycleTest : public StoreTest {
 protected:
  NewModel Candidate(const std::string& digest) {
    return {.digest = digest,
            .base_digest = "",
            .trainer = "torch",
            .artifact_format = "f",
            .size_bytes = 10,
            .training_json = "{}"};
  }
  // From collect to evaluate, nothing read.
  CycleId UpToEvaluate(const std::string& digest) {
    const CycleId id = Begin().cycle.id;
    EXPECT_TRUE(store_->CommitSnapshot(At(id, Stage::kSnapshot), {}).ok());
    EXPECT_TRUE(store_->CommitTrain(At(id, Stage::kTrain), Candidate(digest)).ok());
    EXPECT_TRUE(store_->CommitEvaluate(At(id, Stage::kEvaluate), "{\"passed\":true}").ok());
    return id;
  }
  std::vector<Stage> Journaled(const CycleProgress& progress) {
    std::vector<Stage> stages;
    for (const JournalEntry& entry : progress.journal) stages.push_back(entry.stage);
    return stages;
  }
};

TEST_F(CycleTest, Rule1_CollectFreezesRangesConfigPluginsAndSeed) {
  AppendAll(Chats(ProducerOf("a"), 3, 2));
  ProducerOf("silent");
  const CycleProgress begun = Begin();
  AppendAll(Chats(1, 5, 4));  // later chats are the next cycle's
  Reopen();
  const auto progress = store_->RunningCycle().value();
  ASSERT_TRUE(progress.has_value());
  EXPECT_EQ(progress->cycle.id, 1);
  EXPECT_EQ(progress->cycle.seed, 7U);
  EXPECT_EQ(progress->cycle.config_json, "{\"a\":1}");
  EXPECT_THAT(progress->ranges, ElementsAre(ProducerRange{1, 0, 4}));
  EXPECT_EQ(begun.ranges, progress->ranges);
  EXPECT_THAT(Journaled(*progress), ElementsAre(Stage::kCollect));
  EXPECT_EQ(store_->ReadChats(progress->ranges)->size(), 2U);
}

TEST_F(CycleTest, Rule5_ASecondStartIsRefusedWithTheRunningOnesId) {
  const CycleId id = Begin().cycle.id;
  const absl::Status status =
      store_->BeginCycle({.seed_of = [](CycleId) { return std::uint64_t{0}; }}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("cycle 1 is running"));
  ASSERT_TRUE(store_->EndCycle(id, CycleState::kFailed, "why", {}).ok());
  EXPECT_EQ(Begin().cycle.id, 2);
  EXPECT_EQ(store_->GetCycle(1)->error, "why");
}

TEST_F(CycleTest, Rule2_JournalSurvivesARestartAndItsResultsGoWithTheCycle) {
  const CycleId id = Begin().cycle.id;
  const std::string result("\0binary\xff", 8);
  ASSERT_TRUE(store_->CommitStage(At(id, Stage::kScore, result)).ok());
  Reopen();
  const CycleProgress progress = *store_->RunningCycle().value();
  EXPECT_THAT(Journaled(progress), ElementsAre(Stage::kCollect, Stage::kScore));
  EXPECT_EQ(progress.journal[1].result, result);
  EXPECT_EQ(progress.cycle.stage, Stage::kScore);
  ASSERT_TRUE(store_->EndCycle(id, CycleState::kCancelled, "", {}).ok());
  EXPECT_EQ(store_->RunningCycle().value(), std::nullopt);
  const CycleProgress over = store_->GetCycleProgress(id).value();
  EXPECT_THAT(Journaled(over), ElementsAre(Stage::kCollect, Stage::kScore));
  EXPECT_EQ(over.journal[1].result, "");
}

TEST_F(CycleTest, AStageIsCommittedOnceAndInOrder) {
  const CycleId id = Begin().cycle.id;
  ASSERT_TRUE(store_->CommitStage(At(id, Stage::kSelect)).ok());
  EXPECT_EQ(store_->CommitStage(At(id, Stage::kSelect)).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->CommitStage(At(id, Stage::kScore)).code(),
            absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(store_->CommitStage(At(99, Stage::kVary)).code(), absl::StatusCode::kNotFound);
  ASSERT_TRUE(store_->FinishCycle(At(id, Stage::kReport), "{\"n\":1}").ok());
  EXPECT_EQ(store_->GetCycle(id)->summary_json, "{\"n\":1}");
  EXPECT_EQ(store_->GetCycle(id)->state, CycleState::kFinished);
  EXPECT_EQ(store_->CommitStage(At(id, Stage::kReport)).code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(CycleTest, Rule3_SnapshotShowsDecisionsDatasetAndCursorsAtOnce) {
  AppendAll(Chats(ProducerOf("p"), 1, 3));
  const CycleProgress progress = Begin();
  Snapshot snapshot{.decisions = DecideAll(progress, Outcome::kAccepted),
                    .change = VersionChange{.base_version = 0, .added = {Row(1)}, .digest = "d"}};
  snapshot.decisions[0].example_id = 1;
  snapshot.decisions[0].score = 0.75;
  snapshot.decisions[0].points = 5.25;
  snapshot.decisions[0].of = 7;
  snapshot.decisions[0].needed = 5;
  snapshot.decisions[1].evicted_in = 1;
  snapshot.decisions[2].outcome = Outcome::kDuplicateOfChat;
  snapshot.decisions[2].duplicate_of_chat = snapshot.decisions[0].chat_id;
  snapshot.decisions[2].issues = "too_long,repetitive";
  EXPECT_EQ(store_->CountChats()->unread, 3);
  std::swap(snapshot.decisions[0], snapshot.decisions[2]);  // any order
  const DatasetVersion version =
      store_->CommitSnapshot(At(progress.cycle.id, Stage::kSnapshot), snapshot).value();
  EXPECT_EQ(version.id, 1);
  EXPECT_EQ(version.cycle_id, progress.cycle.id);
  EXPECT_EQ(store_->CountChats()->unread, 0);
  EXPECT_EQ(store_->ListProducers().value()[0].cursor, 3);
  const Cycle cycle = store_->GetCycle(progress.cycle.id).value();
  EXPECT_EQ(cycle.version, 1);
  EXPECT_EQ(cycle.dataset_digest, "d");

  const ChatExplanation accepted = store_->ExplainChat({"p", 1}).value();
  EXPECT_EQ(accepted.chat.decision->points, 5.25);
  EXPECT_EQ(accepted.chat.decision->score, 0.75);
  EXPECT_EQ(accepted.example->id, 1);
  EXPECT_EQ(store_->ExplainChat({"p", 2})->chat.decision->evicted_in, 1);
  const ChatExplanation duplicate = store_->ExplainChat({"p", 3}).value();
  EXPECT_EQ(duplicate.duplicate_of_chat, (ChatKey{"p", 1}));
  EXPECT_EQ(duplicate.chat.decision->issues, "too_long,repetitive");
  EXPECT_EQ(duplicate.chat.decision->score, std::nullopt);
  const std::vector<Decision> decisions = store_->ListDecisions(progress.cycle.id).value();
  ASSERT_EQ(decisions.size(), 3U);
  EXPECT_LT(decisions[0].chat_id, decisions[1].chat_id);
}

TEST_F(CycleTest, Rule8_ASnapshotThatForgetsAChatIsRefusedWhole) {
  AppendAll(Chats(ProducerOf("p"), 1, 3));
  const CycleProgress progress = Begin();
  std::vector<Decision> decisions = DecideAll(progress, Outcome::kVetoed);
  decisions.pop_back();
  const StageCommit commit = At(progress.cycle.id, Stage::kSnapshot);
  EXPECT_FALSE(store_->CommitSnapshot(commit, {.decisions = decisions}).ok());
  decisions.push_back({.chat_id = 1000});  // right in number, not in kind
  EXPECT_FALSE(store_->CommitSnapshot(commit, {.decisions = decisions}).ok());
  EXPECT_EQ(store_->CountChats()->unread, 3);
  EXPECT_EQ(store_->ExplainChat({"p", 1})->chat.decision, std::nullopt);
}

TEST_F(CycleTest, Rule3_FailureBeforeSnapshotLeavesChatsUnread) {
  AppendAll(Chats(ProducerOf("p"), 1, 3));
  const CycleId id = Begin().cycle.id;
  ASSERT_TRUE(store_->CommitStage(At(id, Stage::kMerge, "x")).ok());
  ASSERT_TRUE(store_->EndCycle(id, CycleState::kFailed, "a plugin died", {}).ok());
  EXPECT_EQ(store_->CountChats()->unread, 3);
  EXPECT_THAT(Begin().ranges, ElementsAre(ProducerRange{1, 0, 3}));
}

TEST_F(CycleTest, EventsAreNumberedWithoutGapsAcrossRestarts) {
  const CycleId id = Begin().cycle.id;
  const NewEvent event{.stage = Stage::kScore, .kind = "log", .payload = "{}", .time_us = 0};
  EXPECT_EQ(store_->AppendEvents(id, {event, event}).value(), 1);
  StageCommit commit = At(id, Stage::kScore);
  commit.events = {event};
  ASSERT_TRUE(store_->CommitStage(commit).ok());
  Reopen();
  EXPECT_EQ(store_->AppendEvents(id, {event}).value(), 4);
  EXPECT_EQ(store_->AppendEvents(id, {}).value(), 5);
  const std::vector<CycleEvent> events = store_->ReadEvents(id, 1, 2).value();
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0].number, 2);
  EXPECT_EQ(events[1].number, 3);
  EXPECT_EQ(events[0].time_us, clock_.now_us);
  EXPECT_EQ(store_->AppendEvents(7, {event}).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CycleTest, TheGatesCandidateIsPromoted) {
  const CycleId id = UpToEvaluate("aaaa1");
  EXPECT_EQ(store_->GetModel("aaaa1")->state, ModelState::kCandidate);
  EXPECT_EQ(store_->GetModel("aaaa1")->gate_json, "{\"passed\":true}");
  const PromoteOutcome outcome =
      store_
          ->CommitPromote(At(id, Stage::kPromote),
                          PromotionRequest{.digest = "aaaa1", .expected_active = ""})
          .value();
  EXPECT_FALSE(outcome.active_changed);
  EXPECT_EQ(outcome.promotion->generation, 1);
  EXPECT_EQ(outcome.promotion->cycle_id, id);
  EXPECT_EQ(store_->GetActiveModel()->digest, "aaaa1");
  EXPECT_EQ(store_->GetModel("active")->state, ModelState::kActive);
}

TEST_F(CycleTest, Rule24_AChangedActiveModelStopsThePromotionAndTrainingIsOwed) {
  Import({.base_version = 0, .added = {Row(1)}, .digest = "d"});
  const CycleId first = UpToEvaluate("aaaa1");
  ASSERT_TRUE(store_->CommitPromote(At(first, Stage::kPromote), std::nullopt).ok());
  ASSERT_TRUE(store_->FinishCycle(At(first, Stage::kReport), "{}").ok());
  EXPECT_EQ(store_->LastTrainedVersion().value(), 1);
  Import({.base_version = 1, .added = {Row(2)}, .digest = "e"});
  const CycleId second = UpToEvaluate("bbbb2");
  EXPECT_EQ(store_->LastTrainedVersion().value(), 2);
  ASSERT_TRUE(store_->ChangeActiveModel({.digest = "aaaa1"}).ok());
  const PromoteOutcome outcome =
      store_
          ->CommitPromote(At(second, Stage::kPromote),
                          PromotionRequest{.digest = "bbbb2", .expected_active = ""})
          .value();
  EXPECT_TRUE(outcome.active_changed);
  EXPECT_EQ(outcome.promotion, std::nullopt);
  EXPECT_EQ(store_->GetActiveModel()->digest, "aaaa1");
  EXPECT_EQ(store_->GetModel("bbbb2")->state, ModelState::kRejected);
  EXPECT_EQ(store_->LastTrainedVersion().value(), 1);
}

TEST_F(CycleTest, ACandidateWhoseCycleFailsIsRejected) {
  const CycleId id = UpToEvaluate("aaaa1");
  ASSERT_TRUE(store_->EndCycle(id, CycleState::kFailed, "x", {}).ok());
  EXPECT_EQ(store_->GetModel("aaaa1")->state, ModelState::kRejected);
}

TEST_F(CycleTest, EqualWeightsKeepTheirRowAndAnActiveModelStaysActive) {
  const CycleId first = UpToEvaluate("aaaa1");
  ASSERT_TRUE(store_
                  ->CommitPromote(At(first, Stage::kPromote),
                                  PromotionRequest{.digest = "aaaa1", .expected_active = ""})
                  .ok());
  ASSERT_TRUE(store_->FinishCycle(At(first, Stage::kReport), "{}").ok());
  const CycleId second = UpToEvaluate("aaaa1");
  ASSERT_TRUE(store_->CommitPromote(At(second, Stage::kPromote), std::nullopt).ok());
  EXPECT_EQ(store_->GetModel("aaaa1")->state, ModelState::kActive);
  EXPECT_EQ(store_->ListModels(0, 10)->size(), 1U);
}

TEST_F(CycleTest, ListsNewestFirst) {
  ReadEverything();
  ReadEverything();
  const std::vector<Cycle> cycles = store_->ListCycles(0, 10).value();
  ASSERT_EQ(cycles.size(), 2U);
  EXPECT_EQ(cycles[0].id, 2);
  EXPECT_EQ(store_->ListCycles(2, 10)->size(), 1U);
  EXPECT_EQ(store_->GetCycle(3).status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace amooz::store
