// Plugins as the host's C++ sees them: load one, in this process or in a child amooz-plugin-host,
// and call it. The same interface serves both placements; callers cannot tell them apart but by the
// failure UNAVAILABLE of a dead child.
//
// Example:
//   AMOOZ_ASSIGN_OR_RETURN(auto plugin, host::OpenPlugin({.path = "/lib/heuristic_scorer.so",
//                          .kind = host::Kind::kScorer, .config_json = "{}", .placement =
//                          host::Placement::kInProcess}));
//   AMOOZ_ASSIGN_OR_RETURN(auto outcome, plugin->scorer()->Score(examples, {}));
//
// Guarantees: 1. OpenPlugin validates config against the plugin's schema before the plugin sees
// it. 2. No exception leaves. 3. A hosted plugin that dies fails the calls under way with
// UNAVAILABLE, its last stderr lines and its signal in the message; the caller's process is
// untouched. 4. In-process libraries are never unloaded; one that calls exit() in a call ends this
// process with a message and exit code 1, never with success. 5. Destroying a hosted instance ends
// its child (socket closed, then SIGTERM after the grace, then SIGKILL; sooner where it was told to
// stop, see OpenOptions) and what the child started in its process group; no child outlives this
// process.
#ifndef AMOOZ_SDK_HOST_PLUGIN_H_
#define AMOOZ_SDK_HOST_PLUGIN_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "sdk/base/clock.h"
#include "sdk/base/status.h"

namespace amooz::host {

enum class Kind : std::int32_t { kScorer = 1, kVariation = 2, kTrainer = 3, kRuntime = 4 };
std::string_view KindName(Kind kind);  // "scorer", "variation", "trainer", "runtime"

enum class Placement { kInProcess, kProcess };

// What a .so says of one of its plugins.
struct Descriptor {
  Kind kind = Kind::kScorer;
  std::string name, version, vendor, license;
  std::string config_schema_json;
  std::uint64_t caps = 0;  // AMOOZ_CAP_*
  std::uint32_t abi_minor_built = 0, abi_minor_required = 0;
  std::int32_t stop_grace_ms = 2000;
  std::int32_t max_concurrency = 1;
  bool has_evaluate = false;        // runtimes
  std::string artifact_format;      // trainers
  std::string reads_formats;        // runtimes
  std::string path;                 // absolute
  std::string sha256;               // hex, of the file
  std::vector<std::string> needed;  // the ELF NEEDED list
};
std::vector<std::string> CapabilityNames(std::uint64_t caps);  // "concurrent", ...

// NOT_FOUND: there is no `path`. FAILED_PRECONDITION: it is no regular file; opening a FIFO that
// somebody named .so would wait for ever.
Status CheckPluginFile(const std::string& path);

// Asks a child `amooz-plugin-host --describe`; never dlopens in this process. NOT_FOUND: no such
// file. FAILED_PRECONDITION: not a plugin, or another ABI (the message says which), or one that
// takes longer than 30 s, or timeout_ms, to load. INTERNAL: amooz-plugin-host cannot be started.
Result<std::vector<Descriptor>> Describe(const std::string& path);
Result<std::vector<Descriptor>> DescribeWithin(const std::string& path, int timeout_ms);
std::string DescriptorsToJson(const std::vector<Descriptor>& descriptors);  // pretty-printed array

// Checks config_json against schema_json (the subset of ABI.md) and fills in defaults. Returns the
// complete config. INVALID_ARGUMENT names the JSON pointer, what is wrong, and for an unknown key
// the nearest known one.
Result<std::string> ValidateConfig(std::string_view schema_json, std::string_view config_json);

// ---- What crosses ----
struct Turn {
  std::int32_t role = 1;  // AMOOZ_ROLE_*
  std::string text;
  bool operator==(const Turn&) const = default;
};
struct Example {
  std::string instruction, response;
  std::vector<Turn> context;
  std::int32_t split = 0;            // AMOOZ_SPLIT_*
  std::int32_t origin = 0;           // AMOOZ_ORIGIN_*
  std::int32_t response_author = 0;  // AMOOZ_AUTHOR_*
  std::optional<double> score;       // 0..1
  std::string meta_json;
};
// Borrowed form, for batches of texts that live elsewhere (the store's rows) without a copy.
struct ExampleView {
  std::string_view instruction, response;
  std::span<const Turn> context;
  std::int32_t split = 0, origin = 0, response_author = 0;
  std::optional<double> score;
};

// A call can be stopped from any thread through this; share it between caller and canceller.
class StopToken {
 public:
  static constexpr std::int32_t kPluginsOwnGrace = std::numeric_limits<std::int32_t>::max();

  // `most_grace_ms`: how long who is told to stop by it may take at most, if its own stop_grace_ms
  // is longer. A child that takes longer is killed.
  explicit StopToken(std::int32_t most_grace_ms = kPluginsOwnGrace)
      : most_grace_ms_(most_grace_ms) {}

  std::int32_t most_grace_ms() const { return most_grace_ms_; }
  // The first one counts. Async-signal-safe.
  void Stop() {
    std::int64_t never = 0;
    stopped_at_ns_.compare_exchange_strong(never, MonotonicNanos(), std::memory_order_relaxed);
  }
  bool stopped() const { return stopped_at_ns() != 0; }
  // CLOCK_MONOTONIC nanoseconds; 0: not stopped.
  std::int64_t stopped_at_ns() const { return stopped_at_ns_.load(std::memory_order_relaxed); }

 private:
  const std::int32_t most_grace_ms_;
  std::atomic<std::int64_t> stopped_at_ns_{0};
};

// What a plugin says while a call runs. Functions may be called from any thread, one at a time for
// one call.
struct Observer {
  std::function<void(std::uint64_t done, std::uint64_t total)> on_progress;
  std::function<void(std::string_view name, double value, std::int64_t step)> on_metric;
  std::function<void(std::int32_t level, std::string_view message)> on_log;
  std::function<void(std::string_view key, std::string_view value)> on_annotation;  // of the call
};
struct CallOptions {
  std::shared_ptr<StopToken> stop;     // null: cannot be stopped
  const Observer* observer = nullptr;  // must outlive the call
  std::int64_t timeout_ms =
      0;  // 0: none. Past it the call is stopped and fails with DEADLINE_EXCEEDED
};

// Where a generator or trainer pulls its examples from. One thread at a time for a split. `split`
// is AMOOZ_SPLIT_TRAIN or AMOOZ_SPLIT_VALIDATION.
class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  virtual std::uint64_t Count(std::int32_t split) = 0;
  // Example i of `split`, 0 <= i < Count(split). The pointer lives until the next Get of that
  // split.
  virtual const Example& Get(std::int32_t split, std::uint64_t i) = 0;
};
// The obvious one: two vectors.
class VectorExampleSource : public ExampleSource {
 public:
  VectorExampleSource(std::vector<Example> train, std::vector<Example> validation)
      : train_(std::move(train)), validation_(std::move(validation)) {}
  std::uint64_t Count(std::int32_t split) override { return Rows(split).size(); }
  const Example& Get(std::int32_t split, std::uint64_t i) override {
    return Rows(split)[static_cast<std::size_t>(i)];
  }

 private:
  const std::vector<Example>& Rows(std::int32_t split) const {
    return split == 2 ? validation_ : train_;
  }
  std::vector<Example> train_, validation_;
};

// ---- The four kinds ----
struct ScoreResult {
  std::optional<double> score;  // nullopt: abstained or failed
  bool vetoed = false;
  std::string veto_reason;
  std::string failure;  // of this item; "" if none
  std::vector<std::pair<std::string, std::string>> annotations;
};
class Scorer {
 public:
  virtual ~Scorer() = default;
  // One result an item, in order. Any batch size.
  virtual Result<std::vector<ScoreResult>> Score(std::span<const ExampleView> items,
                                                 const CallOptions& options) = 0;
};

struct GeneratedVariation {
  std::string instruction, response;
  std::int64_t source_index = -1;  // into the train split's order; -1 none
  std::string meta_json;
};
class VariationGenerator {
 public:
  virtual ~VariationGenerator() = default;
  // `offer` decides on each emitted pair: 0 kept, 1 exists already. Called one at a time. The host
  // refuses pairs that are not valid UTF-8, empty or over 1 MiB (a warning in the log), and stops
  // the generator once `count` are kept. source_index is -1 or less than the train split's count.
  using Offer = std::function<std::int32_t(const GeneratedVariation&)>;
  virtual Status Generate(std::uint64_t count, std::uint64_t seed, ExampleSource* source,
                          const Offer& offer, const CallOptions& options) = 0;
};

struct TrainJob {
  std::string base_dir;  // the base model's artifact folder; "" = from nothing
  std::string output_dir;
  std::string checkpoint_dir;
  std::string job_digest;
  std::uint64_t seed = 0;
  std::int32_t cpu_threads = 1;
  double max_seconds = 0;
  std::uint64_t memory_bytes = 0;
};
struct Resources {
  std::uint64_t memory_bytes = 0, device_bytes = 0, disk_bytes = 0;
  double seconds = 0;
};
class Trainer {
 public:
  virtual ~Trainer() = default;
  virtual Result<Resources> Plan(const TrainJob& job, ExampleSource* source,
                                 const CallOptions& options) = 0;
  // Fills job.output_dir. A non-finite `loss` or `validation_loss` metric stops the call:
  // FAILED_PRECONDITION whose message names the metric and the step. Hashing, fsync, manifest and
  // rename are the caller's (core/model).
  virtual Status Train(const TrainJob& job, ExampleSource* source, const CallOptions& options) = 0;
};

struct GenerateRequest {
  std::vector<Turn> context;
  std::string instruction;
  std::optional<std::int32_t> max_tokens, min_tokens, top_k, no_repeat_ngram_size;
  std::optional<double> temperature, top_p, repetition_penalty;
  std::optional<std::uint64_t> seed;
  std::vector<std::string> stop;
  std::string options_json;
};
struct GenerateResult {
  std::int32_t finish_reason = 1;  // AMOOZ_FINISH_*
  std::uint64_t prompt_tokens = 0, reply_tokens = 0;
};
struct EvaluateResult {
  std::optional<double> nll;  // nats, sum over the response and the end token; nullopt: failed
  std::uint64_t tokens = 0;
  std::string failure;
};
// A loaded model. Generate and Evaluate may overlap if the plugin is CONCURRENT (up to
// max_concurrency; further callers wait), else they take turns. Must be destroyed before its
// ModelRuntime.
class LoadedModel {
 public:
  virtual ~LoadedModel() = default;
  // on_chunk gets complete UTF-8 sequences without U+0000 in order and returns false to stop (the
  // result then is CANCELLED). It may block: the plugin is held back (a bounded number of chunks is
  // under way).
  using OnChunk = std::function<bool(std::string_view utf8)>;
  virtual Result<GenerateResult> Generate(const GenerateRequest& request, const OnChunk& on_chunk,
                                          const CallOptions& options) = 0;
  // Any number; sent to the plugin at most 64 at a time. A result below 0 is INTERNAL: a likelihood
  // is not above 1.
  virtual Result<std::vector<EvaluateResult>> Evaluate(std::span<const Example> examples,
                                                       const CallOptions& options) = 0;
};
class ModelRuntime {
 public:
  virtual ~ModelRuntime() = default;
  virtual Result<Resources> Estimate(const std::string& artifact_dir,
                                     const CallOptions& options) = 0;
  virtual Result<std::unique_ptr<LoadedModel>> Load(const std::string& artifact_dir,
                                                    const std::string& device,
                                                    std::int32_t cpu_threads,
                                                    const CallOptions& options) = 0;
};

// ---- Opening ----
struct OpenOptions {
  std::string path;  // absolute
  Kind kind = Kind::kScorer;
  std::string name;  // which plugin of that kind in the .so; "" = the only one
  std::string config_json = "{}";
  Placement placement = Placement::kProcess;  // trainers and runtimes: kInProcess is refused
  std::string expected_sha256;  // "" or hex: refused (FAILED_PRECONDITION) if the file differs
  std::string device = "cpu";
  std::int32_t nice = 0;         // hosted: added niceness of the child
  std::int32_t cpu_threads = 0;  // hosted: OMP/MKL thread limit of the child; 0 = not set
  // Lines that the child or plugin logs outside a call. May be null. [any thread]
  std::function<void(std::int32_t level, std::string_view line)> on_log;
  // Stops loading and creating it, as CallOptions::stop stops a call. Hosted, it also hastens the
  // end: models are no longer unloaded one by one, and a child that is being ended is killed once a
  // grace, at most most_grace_ms, has passed since the stop. Null: cannot be stopped.
  std::shared_ptr<StopToken> stop;
};

// One created instance. The accessor of its own kind is not null; the others are. Thread-safe.
class Plugin {
 public:
  virtual ~Plugin() = default;
  virtual const Descriptor& descriptor() const = 0;
  virtual Scorer* scorer() = 0;
  virtual VariationGenerator* variation() = 0;
  virtual Trainer* trainer() = 0;
  virtual ModelRuntime* runtime() = 0;
  // The child's process id; 0 if in-process.
  virtual std::int32_t pid() const = 0;
  // False once a hosted child has died.
  virtual bool alive() const = 0;
};
Result<std::unique_ptr<Plugin>> OpenPlugin(const OpenOptions& options);

// Where amooz-plugin-host is: $AMOOZ_PLUGIN_HOST, else ../libexec/amooz-plugin-host beside the
// executable's folder.
std::string PluginHostPath();
// Turns "torch" into <directory>/torch.so; an absolute path stays. INVALID_ARGUMENT for other
// relative paths.
Result<std::string> ResolvePluginPath(const std::string& name_or_path,
                                      const std::string& directory);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_PLUGIN_H_
