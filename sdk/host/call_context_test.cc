// Calls without a plugin: handles, outcomes, notes and gates.
#include "sdk/host/call_context.h"

#include <gmock/gmock.h>

#include <cmath>
#include <limits>
#include <optional>
#include <thread>
#include <vector>

#include "sdk/base/clock.h"
#include "sdk/host/variation_gate.h"

namespace amooz::host {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class RecordingCall : public CallContext {
 public:
  explicit RecordingCall(std::int64_t deadline_ns = 0) : CallContext(deadline_ns, nullptr) {}
  void Progress(std::uint64_t, std::uint64_t) override {}
  std::uint64_t ExampleCount(std::int32_t) override { return 0; }
  std::int32_t NextExample(std::int32_t, const amooz_example**) override { return 0; }
  std::int32_t RewindExamples(std::int32_t) override { return 0; }
  std::int32_t EmitVariation(const GeneratedVariation&) override { return 2; }
  std::int32_t EmitChunk(std::string_view) override { return 0; }
  std::string_view Device() const override { return "cpu"; }
  std::vector<std::string> logs;

 private:
  void OnLog(std::int32_t, std::string_view message) override { logs.emplace_back(message); }
  void OnMetric(std::string_view, double, std::int64_t) override {}
  void OnCallAnnotation(std::string_view, std::string_view) override {}
  std::string ScratchRoot() const override { return testing::TempDir(); }
};

amooz_str Str(std::string_view text) { return {text.data(), text.size()}; }

TEST(CallHandle, AHandleWhoseCallHasEndedIsIgnored) {
  RecordingCall first;
  amooz_ctx* stale = nullptr;
  {
    const CallHandle handle(&first);
    stale = handle.get();
    HostTable()->log(stale, AMOOZ_LOG_INFO, Str("in time"));
  }
  HostTable()->log(stale, AMOOZ_LOG_INFO, Str("late"));
  RecordingCall second;
  const CallHandle reused(&second);
  HostTable()->log(stale, AMOOZ_LOG_INFO, Str("into another's call"));
  EXPECT_THAT(first.logs, ElementsAre("in time"));
  EXPECT_THAT(second.logs, IsEmpty());
  EXPECT_EQ(HostTable()->should_stop(stale), 1);
  EXPECT_EQ(HostTable()->next_example(stale, 1, nullptr), -1);
  EXPECT_EQ(HostTable()->emit_chunk(nullptr, Str("x"), nullptr, nullptr, 0), -1);
}

TEST(CallHandle, ManyThreadsMayUseACallThatEndsUnderThem) {
  for (int round = 0; round < 50; ++round) {
    std::vector<std::thread> threads;
    {
      RecordingCall call;
      const CallHandle handle(&call);
      for (int i = 0; i < 4; ++i) {
        threads.emplace_back([ctx = handle.get()] {
          for (int n = 0; n < 1000; ++n) HostTable()->should_stop(ctx);
        });
      }
    }
    for (std::thread& thread : threads) thread.join();
  }
}

TEST(Outcome, TheCodeDecides) {
  RecordingCall call;
  EXPECT_TRUE(call.Outcome(AMOOZ_OK).ok());
  EXPECT_EQ(call.Outcome(AMOOZ_INTERNAL).ToString(), "INTERNAL: (no message)");
  EXPECT_EQ(call.Outcome(99).code(), Code::kUnknown);
  EXPECT_EQ(call.Outcome(-1).code(), Code::kUnknown);
  call.Fail(AMOOZ_INTERNAL, "first");
  call.Fail(AMOOZ_INTERNAL, "last");
  EXPECT_EQ(call.Outcome(AMOOZ_DATA_LOSS).ToString(), "DATA_LOSS: last");
  EXPECT_TRUE(call.Outcome(AMOOZ_OK).ok());
  EXPECT_THAT(call.logs, ElementsAre(HasSubstr("a bug in the plugin")));
}

TEST(Outcome, ADivergedLossDecidesWhateverThePluginReturns) {
  RecordingCall call;
  call.Metric("learning_rate", std::numeric_limits<double>::infinity(), 1);
  EXPECT_FALSE(call.ShouldStop());
  call.Metric("validation_loss", std::numeric_limits<double>::infinity(), 7);
  EXPECT_TRUE(call.ShouldStop());
  EXPECT_THAT(call.Outcome(AMOOZ_OK).ToString(),
              HasSubstr("FAILED_PRECONDITION: validation_loss became infinite at step 7"));
}

TEST(Outcome, PastTheDeadlineOnlyAFailureOfItsOwnCountsMore) {
  RecordingCall call(MonotonicNanos() - 1);
  EXPECT_TRUE(call.ShouldStop());
  EXPECT_EQ(call.Outcome(AMOOZ_OK).code(), Code::kDeadlineExceeded);
  EXPECT_EQ(call.Outcome(AMOOZ_CANCELLED).code(), Code::kDeadlineExceeded);
  EXPECT_EQ(call.Outcome(AMOOZ_DATA_LOSS).code(), Code::kDataLoss);
}

TEST(Outcome, ADeadlineOfThePluginsOwnIsNotTheCalls) {
  RecordingCall call(MonotonicNanos() + std::int64_t{3600} * 1'000'000'000);
  call.Fail(AMOOZ_DEADLINE_EXCEEDED, "the judge does not answer");
  EXPECT_EQ(call.Outcome(AMOOZ_DEADLINE_EXCEEDED).ToString(), "ABORTED: the judge does not answer");
}

TEST(Texts, AreCleanedAndCut) {
  RecordingCall call;
  call.Log(AMOOZ_LOG_INFO, "bad \xFF byte");
  call.Log(AMOOZ_LOG_INFO, std::string(100'000, 'x'));
  EXPECT_EQ(call.logs[0], "bad \uFFFD byte");
  EXPECT_EQ(call.logs[1].size(), 65'536u);
}

TEST(ItemNotes, BelongToTheirItemsAndStrangersAreRefused) {
  ItemNotes notes(2);
  EXPECT_TRUE(notes.Add(1, ItemNotes::Kind::kAnnotation, "points", "5"));
  EXPECT_TRUE(notes.Add(0, ItemNotes::Kind::kVeto, "", "too_short"));
  EXPECT_TRUE(notes.Add(1, ItemNotes::Kind::kAnnotation, "issues", std::string(9000, 'x')));
  EXPECT_FALSE(notes.Add(2, ItemNotes::Kind::kVeto, "", "no such item"));
  EXPECT_FALSE(notes.Add(-7, ItemNotes::Kind::kVeto, "", "no such item"));
  const double scores[] = {0.5, std::numeric_limits<double>::quiet_NaN()};
  const std::vector<ScoreResult> results = ToScoreResults(scores, notes.Take());
  EXPECT_TRUE(results[0].vetoed);
  EXPECT_EQ(results[0].score, 0.5);
  EXPECT_EQ(results[1].score, std::nullopt);
  EXPECT_EQ(results[1].annotations[0].second, "5");
  EXPECT_EQ(results[1].annotations[1].second.size(), ItemNotes::kMaxTextBytes);
}

TEST(ToScoreResults, RefusesWhatIsNoScore) {
  const double scores[] = {0, 1, -0.001, 1.001, std::numeric_limits<double>::infinity()};
  const std::vector<ScoreResult> results = ToScoreResults(scores, {});
  EXPECT_EQ(results[0].score, 0);
  EXPECT_EQ(results[1].score, 1);
  for (std::size_t i = 2; i < 5; ++i) {
    EXPECT_FALSE(results[i].score.has_value());
    EXPECT_THAT(results[i].failure, HasSubstr("outside 0..1"));
  }
}

TEST(ToEvaluateResults, AMissingLikelihoodIsAFailure) {
  const double nll[] = {1.5, std::numeric_limits<double>::quiet_NaN()};
  const std::uint64_t tokens[] = {3, 4};
  const auto results = ToEvaluateResults("rt", nll, tokens, {});
  ASSERT_TRUE(results.ok());
  EXPECT_EQ((*results)[0].nll, 1.5);
  EXPECT_EQ((*results)[0].tokens, 3u);
  EXPECT_THAT((*results)[1].failure,
              AllOf(HasSubstr("plugin 'rt' gave NaN and no reason"), HasSubstr("train it again")));
}

TEST(ToEvaluateResults, ALikelihoodAboveOneIsABugOfThePlugin) {
  const double rounded[] = {-1e-6};
  const double wrong[] = {2.0, -5.0};
  const std::uint64_t tokens[] = {3, 4};
  EXPECT_EQ(ToEvaluateResults("rt", rounded, tokens, {})->at(0).nll, 0.0);
  const auto results = ToEvaluateResults("rt", wrong, tokens, {});
  EXPECT_EQ(results.status().code(), Code::kInternal);
  EXPECT_THAT(results.status().message(), HasSubstr("-5.000000"));
}

TEST(VariationGate, ASourceThatIsNoneOfTheExamplesIsDropped) {
  std::vector<std::string> warnings;
  std::vector<std::int64_t> sources;
  const VariationGenerator::Offer offer = [&](const GeneratedVariation& variation) {
    sources.push_back(variation.source_index);
    return 0;
  };
  VariationGate gate(9, 3, offer, [&](const std::string& w) { warnings.push_back(w); });
  for (const std::int64_t source : {0, 2, 3, -1, -5}) gate.Emit({"q", "a", source, ""});
  EXPECT_THAT(sources, ElementsAre(0, 2, -1, -1, -1));
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("example 3"), HasSubstr("example -5")));
}

TEST(VariationGate, AFloodOfWarningsIsCutOff) {
  std::vector<std::string> warnings;
  const VariationGenerator::Offer offer = [](const GeneratedVariation&) { return 0; };
  VariationGate gate(9, 0, offer, [&](const std::string& w) { warnings.push_back(w); });
  for (int i = 0; i < 1000; ++i) gate.Emit({"", "a", -1, ""});
  EXPECT_EQ(warnings.size(), 21u);
  EXPECT_THAT(warnings.back(), HasSubstr("further warnings"));
}

TEST(VariationGate, StopsAtItsCountAndWarnsOnceOfMore) {
  std::vector<std::string> warnings;
  int offered = 0;
  const VariationGenerator::Offer offer = [&](const GeneratedVariation&) {
    return offered++ == 0 ? 1 : 0;
  };
  VariationGate gate(2, 0, offer, [&](const std::string& w) { warnings.push_back(w); });
  const GeneratedVariation pair{"q", "a", -1, ""};
  EXPECT_EQ(gate.Emit(pair), 1) << "exists already: does not count";
  EXPECT_EQ(gate.Outcome(Status(Code::kCancelled, "")).code(), Code::kCancelled);
  EXPECT_EQ(gate.Emit(pair), 0);
  EXPECT_EQ(gate.Emit(pair), 0);
  EXPECT_EQ(gate.Emit(pair), 2);
  EXPECT_EQ(gate.Emit(pair), 2);
  EXPECT_EQ(offered, 3);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("more variations")));
  EXPECT_TRUE(gate.Outcome(Status(Code::kCancelled, "")).ok());
  EXPECT_EQ(gate.Outcome(Status(Code::kInternal, "x")).code(), Code::kInternal);
}

}  // namespace
}  // namespace amooz::host
