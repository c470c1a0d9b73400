#include "sdk/host/in_process.h"

#include <filesystem>
#include <map>
#include <utility>

#include "sdk/base/mutex.h"
#include "sdk/host/call_context.h"
#include "sdk/host/call_slots.h"
#include "sdk/host/descriptor.h"
#include "sdk/host/example_array.h"
#include "sdk/host/exit_guard.h"
#include "sdk/host/instance.h"
#include "sdk/host/library.h"
#include "sdk/host/naming.h"
#include "sdk/host/scratch.h"
#include "sdk/host/variation_gate.h"

namespace amooz::host {
namespace {

// Where the calls of one plugin make their scratch folders: made when the first asks for one,
// because most never do. Thread-safe.
class ScratchParent {
 public:
  // "" if it cannot be made.
  std::string path() {
    const MutexLock lock(&mutex_);
    if (folder_ == nullptr) {
      Result<std::unique_ptr<ScratchFolder>> made = ScratchFolder::Make();
      if (!made.ok()) return {};
      folder_ = *std::move(made);
    }
    return folder_->path();
  }

 private:
  Mutex mutex_;
  std::unique_ptr<ScratchFolder> folder_ AMOOZ_GUARDED_BY(mutex_);
};

// A call whose host functions act on the caller's own objects.
class LocalCall : public CallContext {
 public:
  // All must outlive the call.
  LocalCall(const OpenOptions& plugin, const CallOptions& options, std::int64_t deadline_ns,
            ScratchParent* scratch)
      : CallContext(deadline_ns, options.stop.get()),
        plugin_(plugin),
        scratch_(scratch),
        observer_(options.observer != nullptr ? *options.observer : kNobody) {}
  void set_source(ExampleSource* source) { source_ = source; }
  void set_gate(VariationGate* gate) { gate_ = gate; }

  void Progress(std::uint64_t done, std::uint64_t total) override {
    const MutexLock lock(&mutex_);
    if (observer_.on_progress) observer_.on_progress(done, total);
  }
  std::uint64_t ExampleCount(std::int32_t split) override {
    return source_ != nullptr && IsSplit(split) ? source_->Count(split) : 0;
  }
  std::int32_t NextExample(std::int32_t split, const amooz_example** out) override {
    if (ShouldStop()) return -1;
    Cursor* cursor = CursorOf(split);
    if (cursor->next >= ExampleCount(split)) return 0;
    cursor->current = std::make_unique<ExampleArray>(source_->Get(split, cursor->next));
    ++cursor->next;
    *out = cursor->current->data()[0];
    return 1;
  }
  std::int32_t RewindExamples(std::int32_t split) override {
    *CursorOf(split) = Cursor();
    return ShouldStop() ? -1 : 0;
  }
  std::int32_t EmitVariation(const GeneratedVariation& variation) override {
    return gate_ == nullptr || ShouldStop() ? 2 : gate_->Emit(variation);
  }
  // Runtimes are never in-process, so nobody reads chunks here.
  std::int32_t EmitChunk(std::string_view) override { return -1; }
  std::string_view Device() const override { return plugin_.device; }

 private:
  struct Cursor {
    std::uint64_t next = 0;
    std::unique_ptr<ExampleArray> current;
  };
  static const Observer kNobody;

  static bool IsSplit(std::int32_t split) {
    return split == AMOOZ_SPLIT_TRAIN || split == AMOOZ_SPLIT_VALIDATION;
  }
  Cursor* CursorOf(std::int32_t split) {
    return &cursors_[split == AMOOZ_SPLIT_VALIDATION ? 1 : 0];
  }
  void OnLog(std::int32_t level, std::string_view message) override {
    const MutexLock lock(&mutex_);
    if (observer_.on_log) {
      observer_.on_log(level, message);
    } else if (plugin_.on_log) {
      plugin_.on_log(level, message);
    }
  }
  void OnMetric(std::string_view name, double value, std::int64_t step) override {
    const MutexLock lock(&mutex_);
    if (observer_.on_metric) observer_.on_metric(name, value, step);
  }
  void OnCallAnnotation(std::string_view key, std::string_view value) override {
    const MutexLock lock(&mutex_);
    if (observer_.on_annotation) observer_.on_annotation(key, value);
  }
  std::string ScratchRoot() const override { return scratch_->path(); }

  const OpenOptions& plugin_;
  ScratchParent* const scratch_;
  const Observer& observer_;
  ExampleSource* source_ = nullptr;
  VariationGate* gate_ = nullptr;
  Cursor cursors_[2];
  Mutex mutex_;  // the observer hears one thing at a time
};

const Observer LocalCall::kNobody;

class InProcessPlugin : public Plugin, public Scorer, public VariationGenerator {
 public:
  InProcessPlugin(OpenOptions options, Descriptor descriptor)
      : options_(std::move(options)),
        descriptor_(std::move(descriptor)),
        slots_(descriptor_.max_concurrency) {}
  ~InProcessPlugin() override {
    const InsidePlugin inside(descriptor_.name);
    instance_.reset();
  }

  Status Create(const amooz_plugin* plugin, const std::string& config_json) {
    LocalCall call(options_, {options_.stop, nullptr, 0}, 0, &scratch_);
    const InsidePlugin inside(descriptor_.name);
    Result<std::unique_ptr<Instance>> instance = Instance::Create(plugin, config_json, &call);
    if (!instance.ok()) return OfPlugin(descriptor_.name, instance.status());
    instance_ = *std::move(instance);
    return Status::Ok();
  }

  const Descriptor& descriptor() const override { return descriptor_; }
  Scorer* scorer() override { return descriptor_.kind == Kind::kScorer ? this : nullptr; }
  VariationGenerator* variation() override {
    return descriptor_.kind == Kind::kVariation ? this : nullptr;
  }
  Trainer* trainer() override { return nullptr; }
  ModelRuntime* runtime() override { return nullptr; }
  std::int32_t pid() const override { return 0; }
  bool alive() const override { return true; }

  Result<std::vector<ScoreResult>> Score(std::span<const ExampleView> items,
                                         const CallOptions& options) override {
    const std::int64_t deadline_ns = DeadlineOf(options);
    const SlotHold slot(&slots_, options, deadline_ns);
    AMOOZ_RETURN_IF_ERROR(OfPlugin(descriptor_.name, slot.status()));
    LocalCall call(options_, options, deadline_ns, &scratch_);
    ItemNotes notes(items.size());
    call.set_notes(&notes);
    std::vector<double> scores;
    const InsidePlugin inside(descriptor_.name);
    AMOOZ_RETURN_IF_ERROR(
        OfPlugin(descriptor_.name, instance_->Score(ExampleArray(items), &scores, &call)));
    return ToScoreResults(scores, notes.Take());
  }

  Status Generate(std::uint64_t count, std::uint64_t seed, ExampleSource* source,
                  const Offer& offer, const CallOptions& options) override {
    const std::int64_t deadline_ns = DeadlineOf(options);
    const SlotHold slot(&slots_, options, deadline_ns);
    AMOOZ_RETURN_IF_ERROR(OfPlugin(descriptor_.name, slot.status()));
    LocalCall call(options_, options, deadline_ns, &scratch_);
    VariationGate gate(count, source == nullptr ? 0 : source->Count(AMOOZ_SPLIT_TRAIN), offer,
                       [&](const std::string& warning) { call.Log(AMOOZ_LOG_WARNING, warning); });
    call.set_source(source);
    call.set_gate(&gate);
    const InsidePlugin inside(descriptor_.name);
    return OfPlugin(descriptor_.name, gate.Outcome(instance_->Vary(count, seed, &call)));
  }

 private:
  const OpenOptions options_;
  const Descriptor descriptor_;
  CallSlots slots_;
  ScratchParent scratch_;
  std::unique_ptr<Instance> instance_;
};

}  // namespace

Result<std::unique_ptr<Plugin>> OpenInProcess(const OpenOptions& options) {
  Result<const Library*> loaded = [&] {
    const InsidePlugin inside(options.path);  // its constructors
    return LoadLibrary(options.path, options.expected_sha256);
  }();
  if (!loaded.ok()) return loaded.status();
  const Library* const library = *loaded;
  Result<std::size_t> index = FindDescriptor(library->descriptors, options.kind, options.name);
  if (!index.ok()) return AtPath(options.path, index.status());
  Descriptor descriptor = library->descriptors[*index];
  descriptor.path = options.path;
  Result<std::string> config = ValidateConfig(descriptor.config_schema_json, options.config_json);
  if (!config.ok()) return OfPlugin(descriptor.name, config.status());
  auto plugin = std::make_unique<InProcessPlugin>(options, std::move(descriptor));
  AMOOZ_RETURN_IF_ERROR(plugin->Create(library->set->plugins[*index], *config));
  return std::unique_ptr<Plugin>(std::move(plugin));
}

}  // namespace amooz::host
