#include <algorithm>
#include <utility>

#include "core/base/status_macros.h"
#include "core/cycle/model_stages.h"
#include "core/dataset/baselines.h"
#include "core/dataset/canonical.h"
#include "core/model/evaluation.h"

namespace amooz::cycle {
namespace {

struct HeldOut {
  std::vector<host::Example> rows;
  std::uint64_t response_bytes = 0;
  std::string digest;
  dataset::ByteBaselines baselines;  // fitted on the train rows
};

absl::StatusOr<HeldOut> ReadHeldOut(Store* store, VersionId version) {
  HeldOut held_out;
  dataset::DatasetDigest digest;
  RETURN_IF_ERROR(store->VisitVersion(version, [&](Example&& row) {
    if (row.split == Split::kTrain) held_out.baselines.Add(row.response);
    if (row.split == Split::kHeldOut) {
      digest.Add(row.instruction, row.response, row.context, row.split, row.origin);
      held_out.response_bytes += row.response.size();
      held_out.rows.push_back(ToHost(row));
    }
    return absl::OkStatus();
  }));
  held_out.digest = digest.FinishHex();
  return held_out;
}

class Measurer {
 public:
  Measurer(const ModelCalls& calls, host::ModelRuntime* runtime, const HeldOut& held_out,
           std::size_t models)
      : calls_(calls),
        runtime_(runtime),
        held_out_(held_out),
        total_(models * held_out.rows.size()) {}

  absl::StatusOr<std::vector<double>> Measure(const std::string& digest) {
    const absl::Status whole = calls_.artifacts->Verify(digest).status();
    if (!whole.ok()) return whole;
    ASSIGN_OR_RETURN(Evaluation evaluation,
                     amooz::Evaluate(runtime_, calls_.artifacts->Dir(digest),
                                     CpuThreads(calls_.config), held_out_.rows, calls_.plugins.stop,
                                     [&](std::uint64_t done, std::uint64_t) {
                                       calls_.plugins.events->Progress(Stage::kEvaluate,
                                                                       done_ + done, total_);
                                     }));
    done_ += held_out_.rows.size();
    if (!evaluation.first_failure.empty()) {
      calls_.plugins.events->Log(
          Stage::kEvaluate, 2,
          "model " + digest.substr(0, 12) + " failed on a row: " + evaluation.first_failure);
    }
    return std::move(evaluation.nll);
  }

 private:
  const ModelCalls& calls_;
  host::ModelRuntime* const runtime_;
  const HeldOut& held_out_;
  const std::uint64_t total_;
  std::uint64_t done_ = 0;
};

void Report(const dataset::GateVerdict& verdict, const HeldOut& held_out, v1::CycleReport* so_far) {
  v1::GateResult* gate = so_far->mutable_gate();
  v1::CycleSummary* summary = so_far->mutable_cycle()->mutable_summary();
  gate->set_rows(static_cast<std::uint32_t>(verdict.rows));
  gate->set_bytes(static_cast<std::uint32_t>(held_out.response_bytes));
  gate->set_held_out_digest(held_out.digest);
  gate->set_candidate_bits_per_byte(verdict.candidate_bits_per_byte);
  if (verdict.active_bits_per_byte) gate->set_active_bits_per_byte(*verdict.active_bits_per_byte);
  if (verdict.relative_gain) gate->set_relative_gain(*verdict.relative_gain);
  if (verdict.mean_difference) gate->set_mean_difference(*verdict.mean_difference);
  if (verdict.standard_error) gate->set_standard_error(*verdict.standard_error);
  if (verdict.unigram_bits_per_byte)
    gate->set_byte_unigram_bits_per_byte(*verdict.unigram_bits_per_byte);
  if (verdict.bigram_bits_per_byte)
    gate->set_byte_bigram_bits_per_byte(*verdict.bigram_bits_per_byte);
  gate->set_passed(verdict.passed);
  gate->set_reason(std::string(dataset::GateReasonName(verdict.reason)));
  summary->set_held_out_rows(gate->rows());
  summary->set_held_out_bytes(gate->bytes());
  summary->set_held_out_digest(held_out.digest);
  if (verdict.rows > 0) {
    summary->set_held_out_after(verdict.candidate_bits_per_byte);
    if (verdict.active_bits_per_byte) summary->set_held_out_before(*verdict.active_bits_per_byte);
  }
  summary->set_promotion_reason(gate->reason() + ": " + verdict.explanation);
}

// gate.mode report_only: the figures are reported, and a model whose likelihoods are numbers goes
// into service.
void ApplyMode(const std::string& mode, dataset::GateReason reason, v1::CycleReport* so_far) {
  v1::GateResult* gate = so_far->mutable_gate();
  if (mode != "report_only" || gate->passed() || reason == dataset::GateReason::kNotFinite) return;
  gate->set_passed(true);
  gate->set_reason("report_only");
  v1::CycleSummary* summary = so_far->mutable_cycle()->mutable_summary();
  summary->set_promotion_reason(
      "report_only: gate.mode asks for no more; the gate would have refused (" +
      summary->promotion_reason() + ")");
}

}  // namespace

absl::Status Evaluate(const ModelCalls& calls, const std::string& candidate,
                      v1::CycleReport* so_far) {
  const auto runtime =
      std::find_if(calls.plugins.plugins->begin(), calls.plugins.plugins->end(),
                   [](const FrozenPlugin& one) { return one.kind == host::Kind::kRuntime; });
  if (runtime == calls.plugins.plugins->end()) {
    return absl::FailedPreconditionError("no model runtime is configured (serving.runtime)");
  }
  ASSIGN_OR_RETURN(const ActiveModel active, calls.store->GetActiveModel());
  ASSIGN_OR_RETURN(const HeldOut held_out, ReadHeldOut(calls.store, calls.version));
  const bool has_active = !active.digest.empty();
  std::vector<double> candidate_nll, active_nll;
  if (!held_out.rows.empty()) {
    OpenExtras extras;
    extras.nice = static_cast<std::int32_t>(calls.config.training().nice());
    ASSIGN_OR_RETURN(const auto plugin, calls.plugins.catalog->Open(*runtime, extras));
    Measurer measurer(calls, plugin->runtime(), held_out, has_active ? 2 : 1);
    ASSIGN_OR_RETURN(candidate_nll, measurer.Measure(candidate));
    if (has_active) {
      ASSIGN_OR_RETURN(active_nll, measurer.Measure(active.digest));
    }
  }
  dataset::Measurements measured;
  measured.candidate_nll = candidate_nll;
  measured.active_nll = active_nll;
  measured.response_bytes = held_out.response_bytes;
  for (const host::Example& row : held_out.rows) {
    measured.unigram_nll += held_out.baselines.UnigramNll(row.response);
    measured.bigram_nll += held_out.baselines.BigramNll(row.response);
  }
  const double min_improvement = calls.config.gate().min_improvement();
  const dataset::GateVerdict verdict = dataset::DecideGate(measured, has_active, min_improvement);
  Report(verdict, held_out, so_far);
  so_far->mutable_gate()->set_active_digest(active.digest);
  so_far->mutable_gate()->set_candidate_digest(candidate);
  so_far->mutable_gate()->set_min_improvement(min_improvement);
  ApplyMode(calls.config.gate().mode(), verdict.reason, so_far);
  return absl::OkStatus();
}

}  // namespace amooz::cycle
