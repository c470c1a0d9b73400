// What a model makes of held-out rows: loads it through the runtime's child and measures (rules 21
// and 22), or lets it answer.
#ifndef AMOOZ_CORE_MODEL_EVALUATION_H_
#define AMOOZ_CORE_MODEL_EVALUATION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sdk/host/plugin.h"

namespace amooz {

struct Evaluation {
  std::vector<double>
      nll;  // a row, nats, the end token's cost included; NaN where the runtime failed
  std::string first_failure;  // what it said of the first row that failed
};

// `dir` is a verified artifact. `options`, with a stop, are each call's (a load, some rows).
// `on_progress(done, total)` may be empty. CANCELLED if stopped.
absl::StatusOr<Evaluation> Evaluate(
    host::ModelRuntime* runtime, const std::string& dir, std::int32_t cpu_threads,
    std::span<const host::Example> rows, const host::CallOptions& options,
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress);

// What a model answers to the rows' prompts, with the likeliest token at each step (temperature 0).
struct Answers {
  std::vector<std::optional<std::string>> replies;  // a row; nullopt where the runtime failed
  std::string first_failure;                        // what it said of the first row that failed
};

// For runtimes without a likelihood. As Evaluate.
absl::StatusOr<Answers> Answer(
    host::ModelRuntime* runtime, const std::string& dir, std::int32_t cpu_threads,
    std::span<const host::Example> rows, std::uint64_t seed, const host::CallOptions& options,
    const std::function<void(std::uint64_t, std::uint64_t)>& on_progress);

}  // namespace amooz

#endif  // AMOOZ_CORE_MODEL_EVALUATION_H_
