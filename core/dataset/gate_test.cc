#include "core/dataset/gate.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

namespace amooz::dataset {
namespace {

GateVerdict Compare(const std::vector<double>& active, const std::vector<double>& candidate,
                    double min_improvement = 0.002) {
  Measurements measured;
  measured.active_nll = active;
  measured.candidate_nll = candidate;
  measured.response_bytes = 1000;
  return DecideGate(measured, /*has_active_model=*/true, min_improvement);
}

GateVerdict First(const std::vector<double>& candidate, double unigram, double bigram) {
  Measurements measured;
  measured.candidate_nll = candidate;
  measured.response_bytes = 1000;
  measured.unigram_nll = unigram;
  measured.bigram_nll = bigram;
  return DecideGate(measured, /*has_active_model=*/false, 0.002);
}

// Twenty rows whose differences to the active model's are given by `d`, repeated.
std::vector<double> Minus(const std::vector<double>& active, const std::vector<double>& d) {
  std::vector<double> candidate;
  for (std::size_t i = 0; i < active.size(); ++i) candidate.push_back(active[i] - d[i % d.size()]);
  return candidate;
}

const std::vector<double> kActive(20, 100.0);

TEST(Gate, Rule21PromotesAGainThatIsLargeAndSteady) {
  const GateVerdict verdict = Compare(kActive, Minus(kActive, {1.0, 1.5}));
  EXPECT_TRUE(verdict.passed);
  EXPECT_EQ(verdict.reason, GateReason::kBetter);
  EXPECT_NEAR(*verdict.relative_gain, 0.0125, 1e-12);
  EXPECT_NEAR(*verdict.mean_difference, 1.25, 1e-12);
  // s with n - 1 of ten 1.0 and ten 1.5, by sqrt(20).
  EXPECT_NEAR(*verdict.standard_error, std::sqrt(20 * 0.0625 / 19) / std::sqrt(20.0), 1e-12);
}

TEST(Gate, Rule21RefusesAGainBelowTheMinimum) {
  EXPECT_EQ(Compare(kActive, Minus(kActive, {0.199})).reason, GateReason::kBelowMinImprovement);
  EXPECT_TRUE(Compare(kActive, Minus(kActive, {0.2001})).passed);
}

TEST(Gate, Rule21RefusesAGainWithinTheNoise) {
  // One row in twenty is much better, the others a little worse: mean d below its standard error.
  std::vector<double> d(20, -0.5);
  d[7] = 20;
  const GateVerdict verdict = Compare(kActive, Minus(kActive, d));
  EXPECT_EQ(verdict.reason, GateReason::kWithinNoise);
  EXPECT_GT(*verdict.relative_gain, 0.002);
}

TEST(Gate, Rule21RefusesNoGainEvenWhereNoneIsAskedFor) {
  EXPECT_EQ(Compare(kActive, kActive, 0).reason, GateReason::kWorse);
  EXPECT_EQ(Compare(kActive, Minus(kActive, {-1}), 0).reason, GateReason::kWorse);
}

TEST(Gate, Rule21RejectsANonFiniteLikelihoodOfEitherModel) {
  for (const double bad :
       {std::numeric_limits<double>::quiet_NaN(), std::numeric_limits<double>::infinity(),
        -std::numeric_limits<double>::infinity()}) {
    std::vector<double> candidate = Minus(kActive, {5});
    candidate[3] = bad;
    EXPECT_EQ(Compare(kActive, candidate).reason, GateReason::kNotFinite);
    std::vector<double> active = kActive;
    active[19] = bad;
    EXPECT_EQ(Compare(active, Minus(kActive, {5})).reason, GateReason::kNotFinite);
    EXPECT_EQ(First(candidate, 1e9, 1e9).reason, GateReason::kNotFinite);
  }
}

TEST(Gate, Rule21NeedsTwentyRowsToReplaceAModelAndSaysTheRemedy) {
  const std::vector<double> active(19, 100.0);
  const GateVerdict verdict = Compare(active, Minus(active, {50}));
  EXPECT_FALSE(verdict.passed);
  EXPECT_EQ(verdict.reason, GateReason::kTooFewHeldOut);
  EXPECT_NE(verdict.explanation.find("held_out_share"), std::string::npos);
  EXPECT_EQ(Compare({}, {}).reason, GateReason::kTooFewHeldOut);
}

TEST(Gate, Rule21NeedsFiveRowsForAFirstModel) {
  EXPECT_EQ(First(std::vector<double>(4, 1.0), 100, 100).reason, GateReason::kTooFewHeldOut);
  EXPECT_TRUE(First(std::vector<double>(5, 1.0), 100, 100).passed);
}

TEST(Gate, Rule22ReportsBitsPerByte) {
  const GateVerdict verdict = Compare(kActive, Minus(kActive, {10}));
  EXPECT_NEAR(*verdict.active_bits_per_byte, 2000 / std::log(2.0) / 1000, 1e-12);
  EXPECT_NEAR(verdict.candidate_bits_per_byte, 1800 / std::log(2.0) / 1000, 1e-12);
}

TEST(Gate, Rule23AFirstModelMustBeatBothBaselines) {
  const std::vector<double> candidate(5, 10.0);
  EXPECT_EQ(First(candidate, 51, 51).reason, GateReason::kBeatsBaselines);
  EXPECT_EQ(First(candidate, 49, 51).reason, GateReason::kBelowBaselines);
  EXPECT_EQ(First(candidate, 51, 49).reason, GateReason::kBelowBaselines);
  EXPECT_EQ(First(candidate, 50, 51).reason, GateReason::kBelowBaselines);
  const GateVerdict verdict = First(candidate, 51, 60);
  EXPECT_NEAR(*verdict.unigram_bits_per_byte, 51 / std::log(2.0) / 1000, 1e-12);
  EXPECT_NEAR(*verdict.bigram_bits_per_byte, 60 / std::log(2.0) / 1000, 1e-12);
  EXPECT_FALSE(verdict.active_bits_per_byte.has_value());
}

RC_GTEST_PROP(GateProperty, Rule21AtMostOneOfTwoModelsReplacesTheOther, ()) {
  const auto n = *rc::gen::inRange<std::size_t>(20, 60);
  const auto positive = rc::gen::map(rc::gen::inRange(1, 100000), [](int v) { return v / 100.0; });
  const auto a = *rc::gen::container<std::vector<double>>(n, positive);
  const auto b = *rc::gen::container<std::vector<double>>(n, positive);
  RC_ASSERT(!(Compare(a, b).passed && Compare(b, a).passed));
}

// ---- Without likelihoods ----

GateVerdict CompareReplies(const std::vector<double>& active,
                           const std::vector<double>& candidate) {
  return DecideGateByReplies({.candidate = candidate, .active = active}, true, 0.002);
}

TEST(Gate, WithoutLikelihoodsMoreSimilarRepliesWin) {
  const std::vector<double> low(20, 0.5);
  std::vector<double> high(20, 0.6);
  high[3] = 0.7;
  const GateVerdict better = CompareReplies(low, high);
  EXPECT_TRUE(better.passed);
  EXPECT_EQ(better.reason, GateReason::kBetter);
  EXPECT_NEAR(*better.active_similarity, 0.5, 1e-12);
  EXPECT_NEAR(*better.candidate_similarity, 0.605, 1e-12);
  EXPECT_NEAR(*better.mean_difference, 0.105, 1e-12);
  EXPECT_NEAR(*better.relative_gain, 0.21, 1e-12);
  EXPECT_FALSE(better.active_bits_per_byte.has_value());
  EXPECT_EQ(CompareReplies(high, low).reason, GateReason::kWorse);
  EXPECT_EQ(CompareReplies(high, high).reason, GateReason::kWorse);
}

TEST(Gate, WithoutLikelihoodsAMissingReplyRejectsAndFewRowsReplaceNothing) {
  std::vector<double> candidate(20, 0.9);
  candidate[19] = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(CompareReplies(std::vector<double>(20, 0.5), candidate).reason, GateReason::kNotFinite);
  EXPECT_EQ(CompareReplies(std::vector<double>(19, 0.1), std::vector<double>(19, 0.9)).reason,
            GateReason::kTooFewHeldOut);
}

TEST(Gate, WithoutLikelihoodsAFirstModelMustBeatBlindReplies) {
  const std::vector<double> replies(5, 0.4);
  const auto first = [&](double blind) {
    return DecideGateByReplies({.candidate = replies, .active = {}, .blind = blind}, false, 0.002);
  };
  EXPECT_EQ(first(1.9).reason, GateReason::kBeatsBaselines);
  EXPECT_EQ(first(2.1).reason, GateReason::kBelowBaselines);
  EXPECT_NEAR(*first(2.0).blind_similarity, 0.4, 1e-12);
}

}  // namespace
}  // namespace amooz::dataset
