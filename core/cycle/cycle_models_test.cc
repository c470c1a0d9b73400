// What a cycle makes of models: from which it trains, which it measures, which goes into service
// (rules 19 to 24).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <cmath>
#include <fstream>

#include "core/cycle/cycle_testing.h"

namespace amooz::cycle {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// ---- Models ----

TEST_F(CycleTest, Rule19TheCandidateStartsFromTheActiveModelAlsoAfterARollback) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  EXPECT_THAT(world_.base_dir, IsEmpty());
  world_.quality = 0.4;
  Stream("app", 50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_EQ(world_.base_dir, artifacts_->Dir(first.candidate_digest()));
  EXPECT_EQ(models_->Get(second.candidate_digest())->model().base_digest(),
            first.candidate_digest());
  ASSERT_TRUE(models_->Rollback("").ok());
  Stream("app", 50, "c");
  RunCycle();
  EXPECT_EQ(world_.base_dir, artifacts_->Dir(first.candidate_digest()));
}

TEST_F(CycleTest, Rule20AfterARejectedRenewalTheTokenizerStaysUntilTheTextGrewByHalf) {
  world_.trainer_schema =
      R"({"properties": {"tokenizer": {"properties": {"renew_over_bytes": {"type": "integer"}}}}})";
  Open();
  Stream("app", 300, "a");
  RunCycle();
  EXPECT_THAT(world_.trainer_config, Not(HasSubstr("renew_over_bytes")));
  world_.tokenizer_fact = "renewed";
  world_.quality = 0.9;
  Stream("app", 50, "b");
  EXPECT_FALSE(RunCycle().summary().promoted());
  world_.tokenizer_fact = "kept";
  Stream("app", 50, "c");
  RunCycle();
  EXPECT_THAT(world_.trainer_config, HasSubstr("\"renew_over_bytes\":1500"));
  world_.quality = 0.3;
  Stream("app", 50, "d");
  EXPECT_TRUE(RunCycle().summary().promoted());
  Stream("app", 50, "e");
  RunCycle();
  EXPECT_THAT(world_.trainer_config, Not(HasSubstr("renew_over_bytes")));
}

TEST_F(CycleTest, Rule21AWorseCandidateIsRejectedAndTheActiveModelStays) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  world_.quality = 0.6;
  Stream("app", 50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_FALSE(second.summary().promoted());
  EXPECT_THAT(second.summary().promotion_reason(), StartsWith("worse"));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
  EXPECT_EQ(models_->Get(second.candidate_digest())->model().state(), v1::MODEL_STATE_REJECTED);
  EXPECT_FALSE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, Rule21ANonFiniteLikelihoodRejects) {
  Stream("app", 300, "a");
  world_.nan_on_one_row = true;
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_FALSE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("not_finite"));
}

// ---- A runtime without a likelihood (docs/decisions/0006) ----

class ReplyGateTest : public CycleTest {
 protected:
  ReplyGateTest() { world_.has_evaluate = false; }
  // As Stream, and the fake model knows the responses.
  void StreamKnown(int n, const std::string& label) {
    Stream("app", n, label);
    for (int i = 0; i < n; ++i) {
      world_.responses[StrCat("question ", label, " ", i)] = StrCat("p7 answer ", label, " ", i);
    }
  }
};

TEST_F(ReplyGateTest, RepliesToHeldOutPromptsAreCompared) {
  StreamKnown(400, "a");
  world_.quality = 0.05;  // a reply lacks its end
  const v1::Cycle first = RunCycle();
  EXPECT_EQ(first.state(), v1::CYCLE_STATE_FINISHED) << first.error();
  EXPECT_THAT(first.summary().promotion_reason(), StartsWith("beats_baselines"));
  EXPECT_FALSE(first.summary().has_held_out_after());
  v1::GateResult gate = cycles_->Report(first.id())->gate();
  EXPECT_EQ(gate.measure(), "reply_similarity");
  EXPECT_GT(gate.candidate_reply_similarity(), gate.blind_reply_similarity());
  EXPECT_LT(gate.candidate_reply_similarity(), 1);
  EXPECT_FALSE(gate.has_byte_unigram_bits_per_byte() && gate.byte_unigram_bits_per_byte() > 0);

  world_.quality = 0;  // replies as people kept them
  StreamKnown(50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_THAT(second.summary().promotion_reason(), StartsWith("better"));
  gate = cycles_->Report(second.id())->gate();
  EXPECT_DOUBLE_EQ(gate.candidate_reply_similarity(), 1);
  EXPECT_LT(gate.active_reply_similarity(), 1);
  EXPECT_GT(gate.mean_difference(), 0);

  world_.quality = 0.5;
  StreamKnown(50, "c");
  EXPECT_THAT(RunCycle().summary().promotion_reason(), StartsWith("worse"));
  EXPECT_EQ(models_->active()->digest, second.candidate_digest());
}

TEST_F(ReplyGateTest, AFirstModelMustBeatRepliesGivenBlindly) {
  StreamKnown(400, "a");
  world_.quality = 0.9;
  EXPECT_THAT(RunCycle().summary().promotion_reason(), StartsWith("below_baselines"));
  EXPECT_EQ(models_->active()->generation, 0);
}

TEST_F(ReplyGateTest, AMissingReplyRejects) {
  StreamKnown(400, "a");
  world_.nan_on_one_row = true;
  const v1::Cycle cycle = RunCycle();
  EXPECT_THAT(cycle.summary().promotion_reason(), StartsWith("not_finite"));
  bool is_said = false;
  for (const v1::CycleEvent& event : Events(cycle.id())) {
    is_said = is_said || event.log().message().find("no reply on purpose") != std::string::npos;
  }
  EXPECT_TRUE(is_said);
}

TEST_F(ReplyGateTest, Rule3ACancelIsSeenBetweenTwoReplies) {
  StreamKnown(400, "a");
  world_.at_evaluate.Close();
  const CycleId id = Start();
  world_.at_evaluate.AwaitArrival();
  const auto cancelled = cycles_->Cancel(id);
  ASSERT_TRUE(cancelled.ok()) << cancelled.status();
  EXPECT_THAT(cancelled->error(), HasSubstr("during evaluate: the dataset stands"));
  EXPECT_TRUE(cycles_->Status({})->training_owed());
}

// ---- The gate's refusals ----

TEST_F(CycleTest, Rule21TooFewHeldOutReplaceNoActiveModel) {
  config_.mutable_cycle()->set_min_new_examples_to_train(10);
  Open();
  Stream("app", 60, "a");  // 12 held out: enough for a first model
  EXPECT_TRUE(RunCycle().summary().promoted());
  world_.quality = 0.1;
  Stream("app", 21, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  ASSERT_LT(summary.held_out_rows(), 20u);
  EXPECT_TRUE(summary.trained()) << summary.training_reason();
  EXPECT_FALSE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("too_few_held_out"));
  EXPECT_THAT(summary.promotion_reason(), HasSubstr("held_out_share"));
}

TEST_F(CycleTest, Rule21InReportOnlyModeTheGateReportsAndDoesNotBar) {
  config_.mutable_gate()->set_mode("report_only");
  Open();
  Stream("app", 300, "a");
  RunCycle();
  world_.quality = 0.6;
  Stream("app", 50, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_TRUE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("report_only"));
}

TEST_F(CycleTest, Rule21InReportOnlyModeANonFiniteLikelihoodBarsAlsoWithFewHeldOutRows) {
  config_.mutable_gate()->set_mode("report_only");
  config_.mutable_cycle()->set_min_new_examples_to_train(10);
  Open();
  Stream("app", 60, "a");  // 12 held out
  const v1::Cycle first = RunCycle();
  ASSERT_TRUE(first.summary().promoted());
  world_.quality = std::nan("");
  Stream("app", 21, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  ASSERT_LT(summary.held_out_rows(), 20u);
  EXPECT_FALSE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("not_finite"));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
}

TEST_F(CycleTest, Rule23AFirstModelMustBeatTheBaselines) {
  Stream("app", 300, "a");
  world_.quality = 9;
  const v1::Cycle cycle = RunCycle();
  EXPECT_FALSE(cycle.summary().promoted());
  EXPECT_THAT(cycle.summary().promotion_reason(), StartsWith("below_baselines"));
  const v1::GateResult gate = cycles_->Report(cycle.id())->gate();
  EXPECT_GT(gate.byte_unigram_bits_per_byte(), gate.byte_bigram_bits_per_byte());
  EXPECT_EQ(models_->active()->generation, 0);
}

TEST_F(CycleTest, Rule24AnActiveModelThatChangedMeanwhileStopsThePromotionAndTrainingIsOwed) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  world_.quality = 0.4;
  Stream("app", 50, "b");
  RunCycle();
  world_.quality = 0.3;
  Stream("app", 50, "c");
  std::atomic<bool> has_rolled_back{false};
  const Subscription watch = cycles_->Watch([&] {
    const auto progress = store_->RunningCycle();
    if (!progress.ok() || !*progress || (*progress)->cycle.stage != Stage::kEvaluate) return;
    if (!has_rolled_back.exchange(true)) {
      EXPECT_TRUE(models_->Rollback("").ok());
    }
  });
  const v1::Cycle third = RunCycle();
  EXPECT_TRUE(has_rolled_back);
  EXPECT_FALSE(third.summary().promoted());
  EXPECT_THAT(third.summary().promotion_reason(), StartsWith("active_changed"));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
  EXPECT_TRUE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, NothingReplacesADamagedActiveModelByItselfButACandidateIsMade) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  std::ofstream(JoinPath(artifacts_->Dir(first.candidate_digest()), "model.txt")) << "tampered";
  Stream("app", 50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_EQ(second.state(), v1::CYCLE_STATE_FINISHED) << second.error();
  EXPECT_EQ(world_.base_dir, "") << "trained from nothing";
  EXPECT_FALSE(second.summary().promoted());
  EXPECT_THAT(second.summary().promotion_reason(), StartsWith("active_damaged"));
  EXPECT_THAT(second.summary().promotion_reason(), HasSubstr("amooz model promote"));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
  EXPECT_THAT(models_->Get("active")->model().failure(), HasSubstr("model.txt"));
  ASSERT_TRUE(models_->Promote(second.candidate_digest()).ok()) << "the remedy";
  EXPECT_EQ(models_->active()->digest, second.candidate_digest());
}

}  // namespace
}  // namespace amooz::cycle
