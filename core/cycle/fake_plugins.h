// Plugins for tests of the cycle: in this process, with knobs, deterministic.
//
// A chat's response tells the fake scorer what to say: "p5 ..." is 5 of 7 points, "veto ..." a veto
// with 7 points, "none ..." an abstention. A fake model is a file "quality=Q": each byte of a
// held-out response costs Q nats.
#ifndef AMOOZ_CORE_CYCLE_FAKE_PLUGINS_H_
#define AMOOZ_CORE_CYCLE_FAKE_PLUGINS_H_

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <map>
#include <memory>
#include <set>
#include <sstream>
#include <string>
#include <vector>

#include "amooz/sdk/abi.h"
#include "core/plugin/plugin_catalog.h"
#include "sdk/base/files.h"
#include "sdk/base/mutex.h"
#include "sdk/base/sha256.h"
#include "sdk/host/plugin.h"

namespace amooz::cycle {

// Where a test lets a plugin wait, until the cycle is stopped or the gate is opened.
class Turnstile {
 public:
  void Close() {
    MutexLock lock(&mutex_);
    is_closed_ = true;
  }
  void Open() {
    MutexLock lock(&mutex_);
    is_closed_ = false;
    changed_.SignalAll();
  }
  void AwaitArrival() {
    MutexLock lock(&mutex_);
    while (!has_arrived_) changed_.Wait(&mutex_);
  }
  void Pass(const host::CallOptions& options) {
    MutexLock lock(&mutex_);
    has_arrived_ = true;
    changed_.SignalAll();
    while (is_closed_ && !(options.stop && options.stop->stopped())) {
      changed_.WaitFor(&mutex_, std::chrono::milliseconds(5));
    }
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool is_closed_ AMOOZ_GUARDED_BY(mutex_) = false;
  bool has_arrived_ AMOOZ_GUARDED_BY(mutex_) = false;
};

// Shared by all fake plugins of a test.
struct FakeWorld {
  Turnstile at_score, at_vary, at_train, at_evaluate;
  std::set<std::string> missing;              // kinds whose file is gone
  double quality = 0.5;                       // of the next model; lower is better
  std::uint64_t variations = 0;               // that the generator writes
  std::string scorer_fails_on;                // an instruction
  std::size_t scorer_fails_from = 1'000'000;  // items in a batch
  int generator_warnings = 0;
  std::string tokenizer_fact;
  std::string trainer_schema = "{}";
  Status train_result;  // what a training ends with
  bool dies_after_checkpoint = false;
  bool nan_on_one_row = false;
  // False: the runtime has no likelihood; a reply then is the first (1 - quality) of the response
  // that FakeModel finds in `responses` by its prompt.
  bool has_evaluate = true;
  std::map<std::string, std::string> responses;

  // What they saw.
  int trainings = 0, scorings = 0;
  std::vector<std::string> trained_on, validated_on, offered;
  std::string base_dir, trainer_config;
  std::uint64_t first_step = 0;
};

class FakeScorer : public host::Scorer {
 public:
  explicit FakeScorer(FakeWorld* world) : world_(world) {}
  Result<std::vector<host::ScoreResult>> Score(std::span<const host::ExampleView> items,
                                               const host::CallOptions& options) override {
    world_->at_score.Pass(options);
    if (options.stop->stopped()) return Status(Code::kCancelled, "stopped");
    ++world_->scorings;
    std::vector<host::ScoreResult> results;
    if (items.size() >= world_->scorer_fails_from) return Status(Code::kInternal, "too many");
    for (const host::ExampleView& item : items) {
      if (item.instruction == world_->scorer_fails_on) {
        return Status(Code::kInternal, "cannot read this");
      }
      host::ScoreResult result;
      if (item.response.starts_with("veto")) {
        result.score = 1;
        result.vetoed = true;
        result.veto_reason = "too_short";
        result.annotations.emplace_back("issues", "too_short");
      } else if (!item.response.starts_with("none")) {
        result.score = (item.response[1] - '0') / 7.0;
      }
      results.push_back(result);
    }
    return results;
  }

 private:
  FakeWorld* const world_;
};

class FakeGenerator : public host::VariationGenerator {
 public:
  using OnLog = std::function<void(std::int32_t level, std::string_view line)>;
  FakeGenerator(FakeWorld* world, OnLog on_log) : world_(world), on_log_(std::move(on_log)) {}
  Status Generate(std::uint64_t count, std::uint64_t, host::ExampleSource* source,
                  const Offer& offer, const host::CallOptions& options) override {
    world_->at_vary.Pass(options);
    if (options.stop->stopped()) return Status(Code::kCancelled, "stopped");
    for (int i = 0; i < world_->generator_warnings; ++i) on_log_(AMOOZ_LOG_WARNING, "a warning");
    world_->offered.clear();
    for (std::uint64_t i = 0; i < source->Count(1); ++i)
      world_->offered.push_back(source->Get(1, i).response);
    std::uint64_t kept = 0;
    for (std::uint64_t i = 0; i < source->Count(1) && kept < std::min(count, world_->variations);
         ++i) {
      const host::Example& example = source->Get(1, i);
      host::GeneratedVariation made;
      made.instruction = "varied " + example.instruction;
      made.response = example.response + " varied";
      made.source_index = static_cast<std::int64_t>(i);
      kept += offer(made) == 0;
    }
    return Status::Ok();
  }

 private:
  FakeWorld* const world_;
  const OnLog on_log_;
};

class FakeTrainer : public host::Trainer {
 public:
  static constexpr std::uint64_t kSteps = 10, kCheckpointAt = 6;
  FakeTrainer(FakeWorld* world, std::string config) : world_(world), config_(std::move(config)) {}
  Result<host::Resources> Plan(const host::TrainJob&, host::ExampleSource*,
                               const host::CallOptions&) override {
    return host::Resources();
  }
  Status Train(const host::TrainJob& job, host::ExampleSource* source,
               const host::CallOptions& options) override {
    ++world_->trainings;
    world_->base_dir = job.base_dir;
    world_->trainer_config = config_;
    world_->trained_on = Responses(source, 1);
    world_->validated_on = Responses(source, 2);
    const std::string checkpoint = JoinPath(job.checkpoint_dir, job.job_digest);
    const std::uint64_t start = std::filesystem::exists(checkpoint) ? kCheckpointAt : 0;
    world_->first_step = start;
    for (std::uint64_t step = start; step <= kSteps; ++step) {
      if (options.observer->on_progress) options.observer->on_progress(step, kSteps);
      options.observer->on_metric("loss", 1.0 / static_cast<double>(step + 1),
                                  static_cast<std::int64_t>(step));
      if (step == kCheckpointAt) {
        std::ofstream(checkpoint) << step;
        world_->at_train.Pass(options);
      }
      if (options.stop->stopped()) return Status(Code::kCancelled, "stopped");
    }
    if (!world_->train_result.ok()) return world_->train_result;
    options.observer->on_annotation("started_from", job.base_dir.empty() ? "cold" : "base");
    options.observer->on_annotation("stop_reason", "epochs");
    if (!world_->tokenizer_fact.empty()) {
      options.observer->on_annotation("tokenizer", world_->tokenizer_fact);
      options.observer->on_annotation("training_text_bytes", "1000");
    }
    std::ofstream(job.output_dir + "/model.txt")
        << "quality=" << world_->quality << "\njob=" << job.job_digest << "\n";
    return Status::Ok();
  }

 private:
  static std::vector<std::string> Responses(host::ExampleSource* source, std::int32_t split) {
    std::vector<std::string> responses;
    for (std::uint64_t i = 0; i < source->Count(split); ++i)
      responses.push_back(source->Get(split, i).response);
    return responses;
  }
  FakeWorld* const world_;
  const std::string config_;
};

class FakeModel : public host::LoadedModel {
 public:
  FakeModel(FakeWorld* world, double quality) : world_(world), quality_(quality) {}
  Result<host::GenerateResult> Generate(const host::GenerateRequest& request,
                                        const OnChunk& on_chunk,
                                        const host::CallOptions& options) override {
    world_->at_evaluate.Pass(options);
    if (options.stop->stopped()) return Status(Code::kCancelled, "stopped");
    if (world_->nan_on_one_row) return Status(Code::kInternal, "no reply on purpose");
    const std::string& whole = world_->responses[request.instruction];
    const auto size = static_cast<std::size_t>((1 - quality_) * static_cast<double>(whole.size()));
    on_chunk(whole.substr(0, size));
    return host::GenerateResult();
  }
  Result<std::vector<host::EvaluateResult>> Evaluate(std::span<const host::Example> examples,
                                                     const host::CallOptions& options) override {
    world_->at_evaluate.Pass(options);
    if (options.stop->stopped()) return Status(Code::kCancelled, "stopped");
    std::vector<host::EvaluateResult> results;
    for (const host::Example& example : examples) {
      host::EvaluateResult result;
      result.nll = quality_ * static_cast<double>(example.response.size());
      if (world_->nan_on_one_row && results.empty()) result.nll.reset();
      results.push_back(result);
    }
    return results;
  }

 private:
  FakeWorld* const world_;
  const double quality_;
};

class FakeRuntime : public host::ModelRuntime {
 public:
  explicit FakeRuntime(FakeWorld* world) : world_(world) {}
  Result<host::Resources> Estimate(const std::string&, const host::CallOptions&) override {
    return host::Resources();
  }
  Result<std::unique_ptr<host::LoadedModel>> Load(const std::string& dir, const std::string&,
                                                  std::int32_t, const host::CallOptions&) override {
    std::ifstream file(dir + "/model.txt");
    std::string line;
    std::getline(file, line);
    const double quality = std::strtod(line.c_str() + std::string("quality=").size(), nullptr);
    return std::unique_ptr<host::LoadedModel>(std::make_unique<FakeModel>(world_, quality));
  }

 private:
  FakeWorld* const world_;
};

class FakePlugin : public host::Plugin {
 public:
  FakePlugin(FakeWorld* world, const host::OpenOptions& options)
      : scorer_(world),
        generator_(world, options.on_log),
        trainer_(world, options.config_json),
        runtime_(world) {
    descriptor_.kind = options.kind;
    descriptor_.name = options.name;
    descriptor_.has_evaluate = world->has_evaluate;
  }
  const host::Descriptor& descriptor() const override { return descriptor_; }
  host::Scorer* scorer() override { return &scorer_; }
  host::VariationGenerator* variation() override { return &generator_; }
  host::Trainer* trainer() override { return &trainer_; }
  host::ModelRuntime* runtime() override { return &runtime_; }
  std::int32_t pid() const override { return 0; }
  bool alive() const override { return true; }

 private:
  host::Descriptor descriptor_;
  FakeScorer scorer_;
  FakeGenerator generator_;
  FakeTrainer trainer_;
  FakeRuntime runtime_;
};

// Paths are /fake/<kind>.so.
inline PluginCatalog::Loader FakeLoader(FakeWorld* world) {
  PluginCatalog::Loader loader;
  loader.digest = [world](const std::string& path) -> Result<std::string> {
    if (world->missing.contains(std::filesystem::path(path).stem().string())) {
      return Status(Code::kNotFound, "no such file");
    }
    return ToHex(Sha256Of(path));
  };
  loader.describe = [world](const std::string& path) -> Result<std::vector<host::Descriptor>> {
    host::Descriptor descriptor;
    descriptor.name = std::filesystem::path(path).stem().string();
    for (const host::Kind kind : {host::Kind::kScorer, host::Kind::kVariation, host::Kind::kTrainer,
                                  host::Kind::kRuntime}) {
      if (descriptor.name == host::KindName(kind)) descriptor.kind = kind;
    }
    descriptor.artifact_format = "fake";
    descriptor.reads_formats = "fake";
    if (descriptor.kind == host::Kind::kTrainer)
      descriptor.config_schema_json = world->trainer_schema;
    return std::vector<host::Descriptor>{descriptor};
  };
  loader.validate = [](std::string_view, std::string_view config) -> Result<std::string> {
    return std::string(config);
  };
  loader.open = [world](const host::OpenOptions& options) -> Result<std::unique_ptr<host::Plugin>> {
    return std::unique_ptr<host::Plugin>(std::make_unique<FakePlugin>(world, options));
  };
  return loader;
}

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_FAKE_PLUGINS_H_
