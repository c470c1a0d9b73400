#include <algorithm>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/dataset_stages.h"
#include "core/cycle/model_stages.h"
#include "core/dataset/baselines.h"
#include "core/dataset/canonical.h"
#include "core/dataset/reply_similarity.h"
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

// Measures models, one after the other, on the same rows.
class Measurer {
 public:
  Measurer(const ModelCalls& calls, host::ModelRuntime* runtime, const HeldOut& held_out,
           std::size_t models)
      : calls_(calls),
        runtime_(runtime),
        held_out_(held_out),
        total_(models * held_out.rows.size()) {}

  // Nats a row.
  absl::StatusOr<std::vector<double>> Likelihoods(const std::string& digest) {
    RETURN_IF_ERROR(Verify(digest));
    auto evaluation = amooz::Evaluate(
        runtime_, calls_.artifacts->Dir(digest), CpuThreads(calls_.config), held_out_.rows,
        LimitedCall(calls_.plugins, host::Placement::kProcess), OnProgress());
    if (!evaluation.ok()) return Failure(evaluation.status());
    EndModel(digest, evaluation->first_failure);
    return std::move(evaluation->nll);
  }

  // Of the model's reply to the row's response, a row; NaN where there is none.
  absl::StatusOr<std::vector<double>> Similarities(const std::string& digest) {
    RETURN_IF_ERROR(Verify(digest));
    const auto answers = amooz::Answer(
        runtime_, calls_.artifacts->Dir(digest), CpuThreads(calls_.config), held_out_.rows,
        calls_.seed, LimitedCall(calls_.plugins, host::Placement::kProcess), OnProgress());
    if (!answers.ok()) return Failure(answers.status());
    EndModel(digest, answers->first_failure);
    std::vector<double> similarities;
    for (std::size_t i = 0; i < held_out_.rows.size(); ++i) {
      const std::optional<std::string>& reply = answers->replies[i];
      similarities.push_back(reply ? dataset::ReplySimilarity(*reply, held_out_.rows[i].response)
                                   : std::numeric_limits<double>::quiet_NaN());
    }
    return similarities;
  }

 private:
  absl::Status Verify(const std::string& digest) {
    return calls_.artifacts->Verify(digest).status();
  }
  absl::Status Failure(const absl::Status& status) const {
    return absl::Status(status.code(),
                        StrCat(status.message(), OverdueText(status, calls_.plugins)));
  }
  std::function<void(std::uint64_t, std::uint64_t)> OnProgress() {
    return [this](std::uint64_t done, std::uint64_t) {
      calls_.plugins.events->Progress(Stage::kEvaluate, done_ + done, total_);
    };
  }
  void EndModel(const std::string& digest, const std::string& first_failure) {
    done_ += held_out_.rows.size();
    if (first_failure.empty()) return;
    calls_.plugins.events->Log(
        Stage::kEvaluate, 2,
        "model " + digest.substr(0, 12) + " failed on a row: " + first_failure);
  }

  const ModelCalls& calls_;
  host::ModelRuntime* const runtime_;
  const HeldOut& held_out_;
  const std::uint64_t total_;
  std::uint64_t done_ = 0;
};

// ---- The two measures. No rows: neither plugin nor model is touched. ----

struct Contest {
  std::string candidate;
  std::string active;  // "": a first model
  double min_improvement = 0;
  bool has_active() const { return !active.empty(); }
};

absl::StatusOr<dataset::GateVerdict> ByLikelihood(const Contest& contest, const HeldOut& held_out,
                                                  Measurer* measurer) {
  std::vector<double> candidate, active;
  if (measurer != nullptr) {
    ASSIGN_OR_RETURN(candidate, measurer->Likelihoods(contest.candidate));
    if (contest.has_active()) {
      ASSIGN_OR_RETURN(active, measurer->Likelihoods(contest.active));
    }
  }
  dataset::Measurements measured;
  measured.candidate_nll = candidate;
  measured.active_nll = active;
  measured.response_bytes = held_out.response_bytes;
  for (const host::Example& row : held_out.rows) {
    measured.unigram_nll += held_out.baselines.UnigramNll(row.response);
    measured.bigram_nll += held_out.baselines.BigramNll(row.response);
  }
  return dataset::DecideGate(measured, contest.has_active(), contest.min_improvement);
}

// What train rows' responses, spread evenly over the dataset and given without a look at the
// prompts, come to: the baseline of a first model that has no likelihood.
absl::StatusOr<double> BlindSimilarity(Store* store, VersionId version, const HeldOut& held_out) {
  ASSIGN_OR_RETURN(const DatasetVersion info, store->GetVersion(version));
  const auto train_rows = static_cast<std::uint64_t>(info.rows.train);
  const std::uint64_t n = held_out.rows.size();
  double sum = 0;
  std::uint64_t at = 0, given = 0;
  RETURN_IF_ERROR(store->VisitVersion(version, [&](Example&& row) {
    if (row.split != Split::kTrain) return absl::OkStatus();
    for (; given < n && given * train_rows / n == at; ++given) {
      sum += dataset::ReplySimilarity(row.response, held_out.rows[given].response);
    }
    ++at;
    return absl::OkStatus();
  }));
  return sum;
}

absl::StatusOr<dataset::GateVerdict> ByReplies(const ModelCalls& calls, const Contest& contest,
                                               const HeldOut& held_out, Measurer* measurer) {
  ASSIGN_OR_RETURN(const std::vector<double> candidate, measurer->Similarities(contest.candidate));
  std::vector<double> active;
  dataset::ReplyMeasurements measured;
  if (contest.has_active()) {
    ASSIGN_OR_RETURN(active, measurer->Similarities(contest.active));
  } else {
    ASSIGN_OR_RETURN(measured.blind, BlindSimilarity(calls.store, calls.version, held_out));
  }
  measured.candidate = candidate;
  measured.active = active;
  return dataset::DecideGateByReplies(measured, contest.has_active(), contest.min_improvement);
}

void Report(const dataset::GateVerdict& verdict, const HeldOut& held_out, bool is_by_replies,
            v1::CycleReport* so_far) {
  v1::GateResult* gate = so_far->mutable_gate();
  v1::CycleSummary* summary = so_far->mutable_cycle()->mutable_summary();
  gate->set_rows(static_cast<std::uint32_t>(verdict.rows));
  gate->set_bytes(static_cast<std::uint32_t>(held_out.response_bytes));
  gate->set_held_out_digest(held_out.digest);
  gate->set_measure(is_by_replies ? "reply_similarity" : "bits_per_byte");
  gate->set_candidate_bits_per_byte(verdict.candidate_bits_per_byte);
  if (verdict.active_bits_per_byte) gate->set_active_bits_per_byte(*verdict.active_bits_per_byte);
  if (verdict.relative_gain) gate->set_relative_gain(*verdict.relative_gain);
  if (verdict.mean_difference) gate->set_mean_difference(*verdict.mean_difference);
  if (verdict.standard_error) gate->set_standard_error(*verdict.standard_error);
  if (verdict.unigram_bits_per_byte)
    gate->set_byte_unigram_bits_per_byte(*verdict.unigram_bits_per_byte);
  if (verdict.bigram_bits_per_byte)
    gate->set_byte_bigram_bits_per_byte(*verdict.bigram_bits_per_byte);
  if (verdict.candidate_similarity)
    gate->set_candidate_reply_similarity(*verdict.candidate_similarity);
  if (verdict.active_similarity) gate->set_active_reply_similarity(*verdict.active_similarity);
  if (verdict.blind_similarity) gate->set_blind_reply_similarity(*verdict.blind_similarity);
  gate->set_passed(verdict.passed);
  gate->set_reason(std::string(dataset::GateReasonName(verdict.reason)));
  summary->set_held_out_rows(gate->rows());
  summary->set_held_out_bytes(gate->bytes());
  summary->set_held_out_digest(held_out.digest);
  if (verdict.rows > 0 && !is_by_replies) {
    summary->set_held_out_after(verdict.candidate_bits_per_byte);
    if (verdict.active_bits_per_byte) summary->set_held_out_before(*verdict.active_bits_per_byte);
  }
  summary->set_promotion_reason(gate->reason() + ": " + verdict.explanation);
}

// The candidate was measured, but what it would replace could not be: a person decides.
void RefuseForDamage(const Model& active, const std::string& candidate, v1::CycleReport* so_far) {
  v1::GateResult* gate = so_far->mutable_gate();
  gate->set_passed(false);
  gate->set_reason("active_damaged");
  so_far->mutable_cycle()->mutable_summary()->set_promotion_reason(
      StrCat("active_damaged: nothing can be compared with the active model: ", active.failure,
             "; amooz model promote ", candidate.substr(0, 12), " puts the new one into service"));
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

absl::StatusOr<std::optional<ActiveModel>> WholeActiveModel(const ModelCalls& calls, Stage stage) {
  ASSIGN_OR_RETURN(ActiveModel active, calls.store->GetActiveModel());
  if (active.digest.empty()) return std::nullopt;
  const absl::Status status = calls.artifacts->Verify(active.digest).status();
  if (!absl::IsDataLoss(status)) {
    RETURN_IF_ERROR(status);
    return active;
  }
  const std::string failure(status.message());
  calls.plugins.events->Log(stage, 2, "the active model is left out: " + failure);
  RETURN_IF_ERROR(calls.store->SetModelFailure(active.digest, failure));
  return std::nullopt;
}

absl::Status Evaluate(const ModelCalls& calls, const std::string& candidate,
                      v1::CycleReport* so_far) {
  const auto runtime =
      std::find_if(calls.plugins.plugins->begin(), calls.plugins.plugins->end(),
                   [](const FrozenPlugin& one) { return one.kind == host::Kind::kRuntime; });
  if (runtime == calls.plugins.plugins->end()) {
    return absl::FailedPreconditionError("no model runtime is configured (serving.runtime)");
  }
  ASSIGN_OR_RETURN(const ActiveModel active, calls.store->GetActiveModel());
  ASSIGN_OR_RETURN(const auto whole_active, WholeActiveModel(calls, Stage::kEvaluate));
  ASSIGN_OR_RETURN(const HeldOut held_out, ReadHeldOut(calls.store, calls.version));
  const Contest contest{.candidate = candidate,
                        .active = whole_active ? whole_active->digest : "",
                        .min_improvement = calls.config.gate().min_improvement()};
  std::unique_ptr<host::Plugin> plugin;
  std::optional<Measurer> measurer;
  if (!held_out.rows.empty()) {
    OpenExtras extras;
    extras.nice = static_cast<std::int32_t>(calls.config.training().nice());
    extras.stop = calls.plugins.stop;
    ASSIGN_OR_RETURN(plugin, calls.plugins.catalog->Open(*runtime, extras));
    measurer.emplace(calls, plugin->runtime(), held_out, contest.has_active() ? 2 : 1);
  }
  const bool is_by_replies = plugin != nullptr && !plugin->descriptor().has_evaluate;
  dataset::GateVerdict verdict;
  if (is_by_replies) {
    ASSIGN_OR_RETURN(verdict, ByReplies(calls, contest, held_out, &*measurer));
  } else {
    ASSIGN_OR_RETURN(verdict, ByLikelihood(contest, held_out, measurer ? &*measurer : nullptr));
  }
  Report(verdict, held_out, is_by_replies, so_far);
  if (!active.digest.empty() && !whole_active) {
    ASSIGN_OR_RETURN(const Model damaged, calls.store->GetModel(active.digest));
    RefuseForDamage(damaged, candidate, so_far);
  }
  so_far->mutable_gate()->set_active_digest(active.digest);
  so_far->mutable_gate()->set_candidate_digest(candidate);
  so_far->mutable_gate()->set_min_improvement(contest.min_improvement);
  ApplyMode(calls.config.gate().mode(), verdict.reason, so_far);
  return absl::OkStatus();
}

}  // namespace amooz::cycle
