// Whether a candidate may replace the active model (rules 21 to 23). Pure: numbers in, verdict out.
#ifndef AMOOZ_CORE_DATASET_GATE_H_
#define AMOOZ_CORE_DATASET_GATE_H_

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace amooz::dataset {

inline constexpr std::size_t kMinHeldOutRows = 20;           // to replace an active model
inline constexpr std::size_t kMinHeldOutRowsFirstModel = 5;  // to promote a first one

enum class GateReason {
  kBetter,
  kWorse,                // no gain at all
  kBelowMinImprovement,  // a gain, but smaller than gate.min_improvement
  kWithinNoise,          // a gain that the spread of the rows does not bear out
  kTooFewHeldOut,
  kNotFinite,
  kBeatsBaselines,
  kBelowBaselines,
};
// "better", "within_noise", ...: what the report says.
std::string_view GateReasonName(GateReason reason);

// Per held-out row, in the same order: nats over the response and the end token (rule 22).
struct Measurements {
  std::span<const double> candidate_nll;
  std::span<const double> active_nll;      // empty if there is no active model
  std::uint64_t response_bytes = 0;        // of all rows
  double unigram_nll = 0, bigram_nll = 0;  // sums; read only if there is no active model
};

// The same where the runtime has no likelihood (docs/decisions/0006): how similar each reply to a
// held-out prompt is to the row's response, 0 to 1; NaN where there was no reply.
struct ReplyMeasurements {
  std::span<const double> candidate;
  std::span<const double> active;  // empty if there is no active model
  double blind = 0;  // sum for train rows' responses given blindly; read only if there is no active
                     // model
};

struct GateVerdict {
  bool passed = false;
  GateReason reason = GateReason::kTooFewHeldOut;
  std::string explanation;  // one sentence for people; names the remedy where there is one
  std::size_t rows = 0;
  double candidate_bits_per_byte = 0;
  std::optional<double> active_bits_per_byte, unigram_bits_per_byte, bigram_bits_per_byte;
  // Means; set by DecideGateByReplies alone, which leaves bits per byte unset (0).
  std::optional<double> candidate_similarity, active_similarity, blind_similarity;
  std::optional<double> relative_gain;    // sum of d / sum of the active model's cost
  std::optional<double> mean_difference;  // cost a row: nats, or similarity
  std::optional<double> standard_error;   // s(d) / sqrt(n), s with n - 1
};

// Bits per byte; 0 for no bytes.
double BitsPerByte(double nll_sum, std::uint64_t bytes);

// has_active_model: whether something serves now (its nll may be missing where there are no rows).
GateVerdict DecideGate(const Measurements& measured, bool has_active_model, double min_improvement);
// The same rules 21 and 23 with 1 - similarity as a row's cost. A first model must be better than
// the blind replies.
GateVerdict DecideGateByReplies(const ReplyMeasurements& measured, bool has_active_model,
                                double min_improvement);

}  // namespace amooz::dataset

#endif  // AMOOZ_CORE_DATASET_GATE_H_
