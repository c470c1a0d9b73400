// Whole cycles with a real store, real files and fake plugins: what they make of chats, when they
// start, and what they tell. Each test names the rule that it holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "core/cycle/cycle_testing.h"

namespace amooz::cycle {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

// ---- A whole cycle ----

TEST_F(CycleTest, AFirstCycleTrainsAndPromotesAndASecondIsBetter) {
  Stream("app", 400, "a");
  const v1::Cycle first = RunCycle();
  EXPECT_EQ(first.state(), v1::CYCLE_STATE_FINISHED) << first.error();
  const v1::CycleSummary& one = first.summary();
  EXPECT_TRUE(one.trained());
  EXPECT_TRUE(one.promoted()) << one.promotion_reason();
  EXPECT_THAT(one.promotion_reason(), StartsWith("beats_baselines"));
  EXPECT_FALSE(one.has_held_out_before());
  EXPECT_GE(one.held_out_rows(), 20u);
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());

  world_.quality = 0.4;
  Stream("app", 100, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_TRUE(second.summary().promoted()) << second.summary().promotion_reason();
  EXPECT_THAT(second.summary().promotion_reason(), StartsWith("better"));
  EXPECT_LT(second.summary().held_out_after(), second.summary().held_out_before());
  EXPECT_EQ(models_->active()->digest, second.candidate_digest());
  EXPECT_GT(second.summary().server_cpu_seconds(), 0);
}

TEST_F(CycleTest, Rule11TheSummaryBalancesAndRule8EachChatHasOneDecision) {
  ASSERT_TRUE(
      Import({{"imported", "p7 imported"}, {"imported", "p7 imported"}, {"other", "p7 other"}})
          .ok());
  Stream("app", 30, "good");
  Stream("app", 5, "low", "p4");
  Stream("app", 3, "silent", "none");
  Stream("app", 2, "barred", "veto");
  std::vector<NewChat> more = {OneChat("app", "question good 0", "p7 answer good 0", 1),
                               OneChat("app", " IMPORTED ", "p7 imported\n", 2)};
  ASSERT_TRUE(store_->AppendChats(more).ok());
  world_.variations = 4;
  const v1::CycleSummary summary = RunCycle(/*skip_training=*/true).summary();
  EXPECT_EQ(summary.original_size(), 3u);
  EXPECT_EQ(summary.found_in_chats(), 31u);
  EXPECT_EQ(summary.added_variations(), 4u);
  EXPECT_EQ(summary.duplicates_removed(),
            2u);  // the import's own (rule 10) and the chat that repeats it
  EXPECT_EQ(summary.added_from_chats(), 30u);
  EXPECT_EQ(summary.final_size(), 36u);
  EXPECT_EQ(summary.growth(), 33);
  EXPECT_EQ(summary.chats_read(), 42u);
  EXPECT_EQ(Rows().size(), 36u);

  std::map<std::string, int> outcomes;
  for (const Decision& decision : DecisionsOf(1)) {
    ++outcomes[StrCat(OutcomeName(decision.outcome), " ", decision.reason)];
  }
  EXPECT_EQ(outcomes["accepted "], 30);
  EXPECT_EQ(outcomes["low_quality "], 5);
  EXPECT_EQ(outcomes["low_quality no_score"], 3);
  EXPECT_EQ(outcomes["vetoed too_short"], 2);
  EXPECT_EQ(outcomes["duplicate_of_chat "], 1);
  EXPECT_EQ(outcomes["duplicate_of_example "], 1);
}

TEST_F(CycleTest, Rule1TheChatsAreOrderedByTimeProducerAndSeq) {
  std::vector<NewChat> chats = {
      OneChat("b", "3", "p7 third", 20), OneChat("b", "4", "p7 fourth", 20),
      OneChat("a", "2", "p7 second", 20), OneChat("z", "1", "p7 first", 10)};
  ASSERT_TRUE(store_->AppendChats(chats).ok());
  RunCycle(true);
  std::vector<std::string> responses;
  for (const Example& row : Rows()) responses.push_back(row.response);
  EXPECT_THAT(responses, ElementsAre("p7 first", "p7 second", "p7 third", "p7 fourth"));
}

TEST_F(CycleTest, Rule1TheSeedComesFromTheConfigAndTheNumberOrTheRequest) {
  const v1::Cycle first = RunCycle(true), second = RunCycle(true);
  EXPECT_NE(first.seed(), second.seed());
  v1::StartCycleRequest request;
  request.set_skip_training(true);
  request.set_seed(2);
  const v1::Cycle third = Await(cycles_->Start(request)->id());
  Fresh();
  EXPECT_EQ(RunCycle(true).seed(), first.seed());
  RunCycle(true);
  EXPECT_EQ(Await(cycles_->Start(request)->id()).seed(), third.seed());
}

TEST_F(CycleTest, Rule9AcceptedTextsAreStrippedAndImportedOnesKeptByteForByte) {
  ASSERT_TRUE(Import({{" raw\n", "\tp7 raw "}}).ok());
  const std::vector<NewChat> chats = {OneChat("app", "\u00a0asked ", "p7 said\x1c", 1)};
  ASSERT_TRUE(store_->AppendChats(chats).ok());
  RunCycle(true);
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].instruction, " raw\n");
  EXPECT_EQ(rows[0].response, "\tp7 raw ");
  EXPECT_EQ(rows[1].instruction, "asked");
  EXPECT_EQ(rows[1].response, "p7 said");
}

TEST_F(CycleTest, Rule12AcceptedButLeftOutByTheCapIsSaid) {
  config_.mutable_cycle()->set_max_dataset_size(10);
  Open();
  Stream("app", 10, "best");
  RunCycle(true);
  Stream("app", 3, "worse", "p5");
  const v1::Cycle cycle = RunCycle(true);
  EXPECT_EQ(cycle.summary().evicted(), 3u);
  EXPECT_EQ(cycle.summary().final_size(), 10u);
  for (const Decision& decision : DecisionsOf(2)) {
    EXPECT_EQ(decision.outcome, Outcome::kAccepted);
    EXPECT_FALSE(decision.example_id.has_value());
    EXPECT_TRUE(decision.evicted_in.has_value());
  }
}

TEST_F(CycleTest, Rules17And18NobodyButTheGateSeesHeldOutRows) {
  Stream("app", 400, "a");
  RunCycle(true);
  Stream("app", 50, "b");
  world_.variations = 9;
  RunCycle();
  std::set<std::string> held_out, validation;
  for (const Example& row : Rows()) {
    if (row.split == Split::kHeldOut) held_out.insert(row.response);
    if (row.split == Split::kValidation) validation.insert(row.response);
    if (row.origin == Origin::kVariation) {
      EXPECT_NE(row.split, Split::kHeldOut);
    }
  }
  ASSERT_THAT(held_out, Not(IsEmpty()));
  EXPECT_THAT(world_.trained_on, Not(IsEmpty()));
  for (const std::string& response : world_.trained_on) EXPECT_FALSE(held_out.contains(response));
  for (const std::string& response : world_.validated_on)
    EXPECT_TRUE(validation.contains(response));
  ASSERT_THAT(world_.offered, Not(IsEmpty()));
  for (const std::string& response : world_.offered) {
    EXPECT_FALSE(held_out.contains(response));
    EXPECT_FALSE(validation.contains(response));
  }
}

// ---- One at a time ----

TEST_F(CycleTest, Rule5ASecondStartIsRefusedWithTheRunningOnesId) {
  Stream("app", 30, "a");
  world_.at_score.Close();
  const CycleId id = Start();
  const absl::Status status = cycles_->Start({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(StrCat("cycle ", id, " is running")));
  world_.at_score.Open();
  EXPECT_EQ(Await(id).state(), v1::CYCLE_STATE_FINISHED);
  EXPECT_EQ(RunCycle().id(), static_cast<std::uint32_t>(id + 1));
}

TEST_F(CycleTest, Rule5AnImportIsRefusedUntilTheSnapshotAndFreeAfterIt) {
  Stream("app", 300, "a");
  world_.at_score.Close();
  world_.at_train.Close();
  const CycleId id = Start();
  world_.at_score.AwaitArrival();
  const absl::Status refused = Import({{"a", "b"}}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr(std::to_string(id)));
  world_.at_score.Open();
  world_.at_train.AwaitArrival();
  const auto imported = Import({{"a", "b"}});
  EXPECT_TRUE(imported.ok()) << imported.status();
  world_.at_train.Open();
  const v1::Cycle cycle = Await(id);
  EXPECT_TRUE(cycle.summary().promoted()) << cycle.summary().promotion_reason();
  EXPECT_EQ(cycle.to_version(), 1u);
  EXPECT_EQ(store_->LatestVersion()->id, 2);
}

TEST_F(CycleTest, Rule26TheSameFileAddsNothing) {
  const auto first = Import({{"a", "b"}, {"c", "d"}});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->imported(), 2u);
  EXPECT_EQ(first->version().made_by(), "import of rows.jsonl");
  const auto again = Import({{"a", "b"}, {"c", "d"}});
  EXPECT_TRUE(again->already_imported());
  EXPECT_EQ(again->imported(), 0u);
  EXPECT_EQ(store_->LatestVersion()->id, 1);
}

TEST_F(CycleTest, ImportRefusesABadRowAndNamesIt) {
  auto import = datasets_->BeginImport(std::string(64, 'a'), "x");
  v1::ImportedExample row;
  row.set_instruction(" ");
  row.set_response("b");
  row.set_line(12);
  EXPECT_THAT(std::string(import->Add(row).message()), HasSubstr("line 12: instruction is empty"));
  EXPECT_EQ(import->Commit().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(datasets_->BeginImport("abc", "x").ok());
}

// ---- The schedule ----

TEST_F(CycleTest, Rule6TheSchedulerLooksEveryIntervalAndStartsWithEnoughChats) {
  EXPECT_FALSE(*cycles_->LookIfDue());
  clock_.now_us += 3600 * kSecond;
  Stream("app", 19, "a");
  EXPECT_FALSE(*cycles_->LookIfDue());
  EXPECT_THAT(cycles_->GetSchedule()->last_look_result(), HasSubstr("19 unread chats"));
  Stream("app", 1, "b");
  EXPECT_FALSE(*cycles_->LookIfDue());  // not before the next look
  clock_.now_us += 3600 * kSecond;
  EXPECT_TRUE(*cycles_->LookIfDue());
  EXPECT_EQ(Await(1).trigger(), v1::CYCLE_TRIGGER_SCHEDULE);
}

TEST_F(CycleTest, Rule6OwedTrainingStartsACycleWithoutNewChats) {
  Stream("app", 300, "a");
  RunCycle(/*skip_training=*/true);
  clock_.now_us += 3600 * kSecond;
  EXPECT_TRUE(*cycles_->LookIfDue());
  EXPECT_TRUE(Await(2).summary().trained());
}

TEST_F(CycleTest, Rule6TheNextLookAndThePauseSurviveARestart) {
  clock_.now_us += 3600 * kSecond;
  EXPECT_FALSE(*cycles_->LookIfDue());
  const auto next = cycles_->GetSchedule()->next_look().seconds();
  clock_.now_us += 600 * kSecond;
  Open();
  EXPECT_EQ(cycles_->GetSchedule()->next_look().seconds(), next);
  v1::UpdateScheduleRequest request;
  request.set_paused(true);
  ASSERT_TRUE(cycles_->UpdateSchedule(request).ok());
  clock_.now_us += 100 * 3600 * kSecond;
  Open();
  EXPECT_TRUE(cycles_->GetSchedule()->paused());
  EXPECT_FALSE(cycles_->GetSchedule()->has_next_look());
  Stream("app", 50, "a");
  EXPECT_FALSE(*cycles_->LookIfDue());
  request.set_paused(false);
  ASSERT_TRUE(cycles_->UpdateSchedule(request).ok());
  EXPECT_TRUE(*cycles_->LookIfDue());  // overdue: one look, at once
  Await(1);
  EXPECT_FALSE(*cycles_->LookIfDue());
}

TEST_F(CycleTest, Rule6StartByHandIgnoresTheMinimum) {
  Stream("app", 1, "a");
  EXPECT_EQ(RunCycle().summary().chats_read(), 1u);
}

// ---- After the cycle ----

TEST_F(CycleTest, Rule27ReadChatsKeepTheirTextUpToMaxChats) {
  config_.mutable_chat_log()->set_max_chats(10);
  Open();
  Stream("app", 30, "a");
  RunCycle(true);
  int retired = 0;
  for (const ChatRecord& chat : NewestChats()) {
    retired += chat.is_retired;
    EXPECT_EQ(chat.is_retired, chat.key.seq <= 20);
    EXPECT_EQ(chat.outcome(), Outcome::kAccepted);
  }
  EXPECT_EQ(retired, 20);
}

TEST_F(CycleTest, Rule27ClearAfterTrainingKeepsNoReadTextAfterATraining) {
  config_.mutable_chat_log()->set_clear_after_training(true);
  Open();
  Stream("app", 300, "a");
  RunCycle(true);
  EXPECT_FALSE(store_->ListChats({}, 0, 1)->chats[0].is_retired);
  RunCycle();
  for (const ChatRecord& chat : NewestChats()) EXPECT_TRUE(chat.is_retired);
}

TEST_F(CycleTest, Rule29TheOriginalsFilesAreReplacedAfterEachCycle) {
  const auto read = [&](const std::string& name) {
    std::ifstream file(JoinPath(folder_, name));
    return nlohmann::ordered_json::parse(file);
  };
  const std::vector<NewChat> chats = {OneChat("app", "\"quoted\"", "p7 خط\nدوم\t\x01", 1)};
  ASSERT_TRUE(store_->AppendChats(chats).ok());
  RunCycle(true);
  Stream("app", 5, "a");
  RunCycle(true);
  const auto dataset = read("dataset.json");
  ASSERT_EQ(dataset.size(), 6u);
  EXPECT_EQ(dataset[0]["instruction"], "\"quoted\"");
  EXPECT_EQ(dataset[0]["response"], "p7 خط\nدوم\t\x01");
  const auto log = read("enhancement_log.json");
  ASSERT_EQ(log.size(), 2u);
  std::vector<std::string> names;
  for (const auto& [name, value] : log[1].items()) names.push_back(name);
  names.resize(6);
  EXPECT_THAT(names, ElementsAre("timestamp", "original_size", "final_size", "added_from_chats",
                                 "added_variations", "growth"));
  EXPECT_EQ(log[1]["original_size"], 1);
  EXPECT_EQ(log[1]["final_size"], 6);
  EXPECT_TRUE(log[1].contains("promotion_reason"));
}

TEST_F(CycleTest, EventsTellTheStagesInOrderAndAReconnectMissesNothing) {
  Stream("app", 300, "a");
  const CycleId id = RunCycle().id();
  const auto all = Events(id);
  std::vector<int> finished;
  std::uint32_t number = 0;
  for (const v1::CycleEvent& event : all) {
    EXPECT_EQ(event.number(), ++number);
    if (event.has_stage_finished()) finished.push_back(event.stage());
  }
  EXPECT_THAT(finished, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_TRUE(all.back().has_ended());
  const auto rest = cycles_->ReadEvents(id, 5, 3);
  ASSERT_EQ(rest->events.size(), 3u);
  EXPECT_EQ(rest->events[0].number(), 6u);
  EXPECT_FALSE(rest->is_over);
  EXPECT_TRUE(cycles_->ReadEvents(id, number, 10)->is_over);
  EXPECT_EQ(cycles_->ReadEvents(99, 0, 10).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CycleTest, TheReportHoldsWhatTheSummaryDoesNot) {
  Stream("app", 300, "a");
  Stream("app", 4, "low", "p3");
  world_.variations = 3;
  const CycleId id = RunCycle().id();
  const auto report = cycles_->Report(id);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->gate().candidate_digest(), report->cycle().candidate_digest());
  EXPECT_EQ(report->outcomes_size(), 2);
  EXPECT_EQ(report->score_histogram_size(), 2);
  EXPECT_EQ(report->training_loss_size(), 11);
  EXPECT_EQ(report->variations_size(), 3);
  EXPECT_EQ(report->dataset_growth_size(), 1);
  EXPECT_EQ(report->held_out_size(), 1);
  EXPECT_EQ(report->splits_size(), 4);
  EXPECT_EQ(report->stage_times_size(), 10);
  EXPECT_EQ(report->training_facts_size(), 2);
}

}  // namespace
}  // namespace amooz::cycle
