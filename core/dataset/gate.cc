#include "core/dataset/gate.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <numbers>
#include <numeric>
#include <vector>

namespace amooz::dataset {
namespace {

bool AllFinite(std::span<const double> values) {
  return std::all_of(values.begin(), values.end(), [](double v) { return std::isfinite(v); });
}

double Sum(std::span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

std::string Percent(double share) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.2f %%", 100 * share);
  return text;
}

std::string Figure(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.3f", value);
  return text;
}

void Decide(GateVerdict* verdict, bool passed, GateReason reason, std::string explanation) {
  verdict->passed = passed;
  verdict->reason = reason;
  verdict->explanation = std::move(explanation);
}

// Rule 21, on each row's cost: what a model pays for the response. Less is better.
void CompareWithActive(std::span<const double> active_cost, std::span<const double> candidate_cost,
                       double min_improvement, GateVerdict* verdict) {
  const auto n = static_cast<double>(verdict->rows);
  const double active_sum = Sum(active_cost);
  double difference_sum = 0;
  for (std::size_t i = 0; i < verdict->rows; ++i) {
    difference_sum += active_cost[i] - candidate_cost[i];
  }
  const double mean = difference_sum / n;
  double squares = 0;
  for (std::size_t i = 0; i < verdict->rows; ++i) {
    const double off = active_cost[i] - candidate_cost[i] - mean;
    squares += off * off;
  }
  const double standard_error = std::sqrt(squares / (n - 1)) / std::sqrt(n);
  const double gain = active_sum > 0 ? difference_sum / active_sum : 0;
  verdict->relative_gain = gain;
  verdict->mean_difference = mean;
  verdict->standard_error = standard_error;
  if (mean <= 0) {
    Decide(verdict, false, GateReason::kWorse,
           "the candidate is not better on the held-out rows (gain " + Percent(gain) + ")");
  } else if (gain < min_improvement) {
    Decide(verdict, false, GateReason::kBelowMinImprovement,
           "the gain of " + Percent(gain) + " is below gate.min_improvement, " +
               Percent(min_improvement));
  } else if (!(mean > standard_error)) {
    Decide(verdict, false, GateReason::kWithinNoise,
           "the gain of " + Percent(gain) + " is not larger than its standard error");
  } else {
    Decide(verdict, true, GateReason::kBetter,
           Percent(gain) + " better on " + std::to_string(verdict->rows) + " held-out rows");
  }
}

void CompareWithBaselines(const Measurements& measured, GateVerdict* verdict) {
  const double candidate = Sum(measured.candidate_nll);
  const std::string figures = "byte-unigram " + Figure(*verdict->unigram_bits_per_byte) +
                              ", byte-bigram " + Figure(*verdict->bigram_bits_per_byte) +
                              ", candidate " + Figure(verdict->candidate_bits_per_byte) +
                              " bits per byte";
  if (candidate < measured.unigram_nll && candidate < measured.bigram_nll) {
    Decide(verdict, true, GateReason::kBeatsBaselines,
           "the first model beats both baselines: " + figures);
  } else {
    Decide(verdict, false, GateReason::kBelowBaselines,
           "the first model does not beat both baselines: " + figures);
  }
}

void CompareWithBlindReplies(GateVerdict* verdict) {
  const std::string figures = "replies given blindly " + Figure(*verdict->blind_similarity) +
                              ", candidate " + Figure(*verdict->candidate_similarity) +
                              " similarity to the responses";
  if (*verdict->candidate_similarity > *verdict->blind_similarity) {
    Decide(verdict, true, GateReason::kBeatsBaselines,
           "the first model beats the baseline: " + figures);
  } else {
    Decide(verdict, false, GateReason::kBelowBaselines,
           "the first model does not beat the baseline: " + figures);
  }
}

bool HasEnoughRows(bool has_active_model, GateVerdict* verdict) {
  const std::size_t needed = has_active_model ? kMinHeldOutRows : kMinHeldOutRowsFirstModel;
  if (verdict->rows >= needed) return true;
  Decide(verdict, false, GateReason::kTooFewHeldOut,
         std::to_string(verdict->rows) + " held-out rows, " + std::to_string(needed) +
             " are needed: add examples or raise cycle.held_out_share");
  return false;
}

std::vector<double> Costs(std::span<const double> similarities) {
  std::vector<double> costs;
  costs.reserve(similarities.size());
  for (const double similarity : similarities) costs.push_back(1 - similarity);
  return costs;
}

}  // namespace

std::string_view GateReasonName(GateReason reason) {
  switch (reason) {
    case GateReason::kBetter:
      return "better";
    case GateReason::kWorse:
      return "worse";
    case GateReason::kBelowMinImprovement:
      return "below_min_improvement";
    case GateReason::kWithinNoise:
      return "within_noise";
    case GateReason::kTooFewHeldOut:
      return "too_few_held_out";
    case GateReason::kNotFinite:
      return "not_finite";
    case GateReason::kBeatsBaselines:
      return "beats_baselines";
    case GateReason::kBelowBaselines:
      return "below_baselines";
  }
  return "unknown";
}

double BitsPerByte(double nll_sum, std::uint64_t bytes) {
  return bytes == 0 ? 0 : nll_sum / std::numbers::ln2 / static_cast<double>(bytes);
}

GateVerdict DecideGate(const Measurements& measured, bool has_active_model,
                       double min_improvement) {
  GateVerdict verdict;
  verdict.rows = measured.candidate_nll.size();
  verdict.candidate_bits_per_byte =
      BitsPerByte(Sum(measured.candidate_nll), measured.response_bytes);
  if (has_active_model) {
    verdict.active_bits_per_byte = BitsPerByte(Sum(measured.active_nll), measured.response_bytes);
  } else {
    verdict.unigram_bits_per_byte = BitsPerByte(measured.unigram_nll, measured.response_bytes);
    verdict.bigram_bits_per_byte = BitsPerByte(measured.bigram_nll, measured.response_bytes);
  }
  // First, for no gate.mode overrules it.
  if (!AllFinite(measured.candidate_nll) || !AllFinite(measured.active_nll)) {
    Decide(&verdict, false, GateReason::kNotFinite,
           "a likelihood on the held-out rows is not a finite number");
    return verdict;
  }
  if (!HasEnoughRows(has_active_model, &verdict)) return verdict;
  if (has_active_model) {
    CompareWithActive(measured.active_nll, measured.candidate_nll, min_improvement, &verdict);
  } else {
    CompareWithBaselines(measured, &verdict);
  }
  return verdict;
}

GateVerdict DecideGateByReplies(const ReplyMeasurements& measured, bool has_active_model,
                                double min_improvement) {
  GateVerdict verdict;
  verdict.rows = measured.candidate.size();
  if (!AllFinite(measured.candidate) || !AllFinite(measured.active)) {
    Decide(&verdict, false, GateReason::kNotFinite,
           "a model gave no reply to the prompt of a held-out row");
    return verdict;
  }
  if (!HasEnoughRows(has_active_model, &verdict)) return verdict;
  const auto n = static_cast<double>(verdict.rows);
  verdict.candidate_similarity = Sum(measured.candidate) / n;
  if (has_active_model) {
    verdict.active_similarity = Sum(measured.active) / n;
    CompareWithActive(Costs(measured.active), Costs(measured.candidate), min_improvement, &verdict);
  } else {
    verdict.blind_similarity = measured.blind / n;
    CompareWithBlindReplies(&verdict);
  }
  return verdict;
}

}  // namespace amooz::dataset
