#include "core/model/evaluation.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "core/base/status_macros.h"

namespace amooz {
namespace {

// As many as the ABI takes at once: progress and a stop are seen between two batches.
constexpr std::size_t kBatch = 64;

}  // namespace

absl::StatusOr<Evaluation> Evaluate(
    host::ModelRuntime* runtime, const std::string& dir, std::int32_t cpu_threads,
    std::span<const host::Example> rows, const host::CallOptions& options,
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<host::LoadedModel> model,
                   runtime->Load(dir, "cpu", cpu_threads, options));
  Evaluation evaluation;
  evaluation.nll.reserve(rows.size());
  for (std::size_t from = 0; from < rows.size(); from += kBatch) {
    if (options.stop->stopped()) return absl::CancelledError("stopped while measuring a model");
    const auto batch = rows.subspan(from, std::min(kBatch, rows.size() - from));
    ASSIGN_OR_RETURN(const auto results, model->Evaluate(batch, options));
    if (results.size() != batch.size()) {
      return absl::InternalError("the runtime measured another number of rows than it was given");
    }
    for (const host::EvaluateResult& result : results) {
      evaluation.nll.push_back(result.nll.value_or(std::numeric_limits<double>::quiet_NaN()));
      if (!result.nll && evaluation.first_failure.empty())
        evaluation.first_failure = result.failure;
    }
    if (on_progress) on_progress(from + batch.size(), rows.size());
  }
  return evaluation;
}

absl::StatusOr<Answers> Answer(
    host::ModelRuntime* runtime, const std::string& dir, std::int32_t cpu_threads,
    std::span<const host::Example> rows, std::uint64_t seed, const host::CallOptions& options,
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress) {
  ASSIGN_OR_RETURN(const std::unique_ptr<host::LoadedModel> model,
                   runtime->Load(dir, "cpu", cpu_threads, options));
  Answers answers;
  for (const host::Example& row : rows) {
    if (options.stop->stopped()) return absl::CancelledError("stopped while measuring a model");
    host::GenerateRequest request;
    request.context = row.context;
    request.instruction = row.instruction;
    request.temperature = 0;
    request.seed = seed;
    std::string reply;
    const auto result = model->Generate(
        request,
        [&reply](std::string_view piece) {
          reply += piece;
          return true;
        },
        options);
    if (result.ok()) {
      answers.replies.emplace_back(std::move(reply));
    } else if (options.stop->stopped() || result.status().code() == Code::kUnavailable ||
               result.status().code() == Code::kDeadlineExceeded) {
      return ToAbsl(result.status());  // stopped, or the child is dead or hangs: no row does better
    } else {
      answers.replies.emplace_back();
      if (answers.first_failure.empty()) answers.first_failure = result.status().message();
    }
    if (on_progress) on_progress(answers.replies.size(), rows.size());
  }
  return answers;
}

}  // namespace amooz
