#include "sdk/host/hosted.h"

#include <algorithm>
#include <utility>

#include "sdk/host/build_id.h"
#include "sdk/host/call_slots.h"
#include "sdk/host/child_process.h"
#include "sdk/host/descriptor.h"
#include "sdk/host/item_notes.h"
#include "sdk/host/messages.h"
#include "sdk/host/naming.h"

namespace amooz::host {
namespace {

constexpr std::int64_t kStartTimeoutMs = 30'000;
constexpr std::int64_t kUnloadTimeoutMs = 30'000;
// What one frame to a child holds, unless one row alone is larger.
constexpr std::size_t kSentBytesAtOnce = std::size_t{4} << 20;
constexpr std::size_t kScoredAtOnce = 512;
constexpr std::size_t kEvaluatedAtOnce = 64;  // abi.h

// The rows from `first` on that go into one frame: at most `most`. There must be one.
template <typename Row>
Result<std::vector<ExampleMessage>> NextFrame(std::span<const Row> rows, std::size_t first,
                                              std::size_t most) {
  std::vector<ExampleMessage> some;
  std::size_t bytes = 0;
  for (const Row& row : rows.subspan(first, std::min(most, rows.size() - first))) {
    ExampleMessage next = ExampleMessage::From(row);
    bytes += next.frame_bytes();
    if (!some.empty() && bytes > kSentBytesAtOnce) break;
    some.push_back(std::move(next));
  }
  AMOOZ_RETURN_IF_ERROR(CheckFitsAFrame(some.front(), "row " + std::to_string(first + 1)));
  return some;
}

// A call of one instance: its slot among the plugin's calls, and its deadline.
class HostedCall {
 public:
  HostedCall(CallSlots* slots, const CallOptions& options)
      : options_(options), deadline_ns_(DeadlineOf(options)), slot_(slots, options, deadline_ns_) {
    upcalls.observer = options.observer;
  }
  const Status& status() const { return slot_.status(); }
  CallStart Start(ExampleSource* source = nullptr) {
    upcalls.source = source;
    if (source == nullptr) return {deadline_ns_, 0, 0};
    return {deadline_ns_, source->Count(AMOOZ_SPLIT_TRAIN), source->Count(AMOOZ_SPLIT_VALIDATION)};
  }
  template <typename M>
  Result<std::string> Send(ChildProcess* child, FrameType type, const M& message) {
    AMOOZ_RETURN_IF_ERROR(StillWanted(options_, deadline_ns_));
    return child->Call(type, Encode(message), upcalls, options_, deadline_ns_);
  }

  Upcalls upcalls;

 private:
  const CallOptions options_;
  const std::int64_t deadline_ns_;
  const SlotHold slot_;
};

JobMessage ToMessage(const CallStart& start, const TrainJob& job) {
  return {start,
          job.base_dir,
          job.output_dir,
          job.checkpoint_dir,
          job.job_digest,
          job.seed,
          std::max(job.cpu_threads, std::int32_t{1}),
          job.max_seconds,
          job.memory_bytes};
}

Result<Resources> ToResources(const Result<std::string>& value) {
  if (!value.ok()) return value.status();
  ResourcesMessage message;
  AMOOZ_RETURN_IF_ERROR(Decode(*value, &message));
  return Resources{message.memory_bytes, message.device_bytes, message.disk_bytes, message.seconds};
}

class HostedPlugin;

class HostedModel : public LoadedModel {
 public:
  HostedModel(HostedPlugin* plugin, std::uint64_t id) : plugin_(plugin), id_(id) {}
  ~HostedModel() override;
  Result<GenerateResult> Generate(const GenerateRequest& request, const OnChunk& on_chunk,
                                  const CallOptions& options) override;
  Result<std::vector<EvaluateResult>> Evaluate(std::span<const Example> examples,
                                               const CallOptions& options) override;

 private:
  // Measures the examples from `first` on, as many as one frame takes.
  Result<std::vector<EvaluateResult>> EvaluateSome(std::span<const Example> examples,
                                                   std::size_t first, HostedCall* call);
  HostedPlugin* const plugin_;
  const std::uint64_t id_;
};

class HostedPlugin : public Plugin,
                     public Scorer,
                     public VariationGenerator,
                     public Trainer,
                     public ModelRuntime {
 public:
  HostedPlugin(Descriptor descriptor, std::unique_ptr<ChildProcess> child)
      : descriptor_(std::move(descriptor)),
        slots_(descriptor_.max_concurrency),
        child_(std::move(child)) {}

  const Descriptor& descriptor() const override { return descriptor_; }
  Scorer* scorer() override { return As<Scorer>(Kind::kScorer); }
  VariationGenerator* variation() override { return As<VariationGenerator>(Kind::kVariation); }
  Trainer* trainer() override { return As<Trainer>(Kind::kTrainer); }
  ModelRuntime* runtime() override { return As<ModelRuntime>(Kind::kRuntime); }
  std::int32_t pid() const override { return child_->pid(); }
  bool alive() const override { return child_->alive(); }

  ChildProcess* child() { return child_.get(); }
  CallSlots* slots() { return &slots_; }
  Status Named(const Status& status) const { return OfPlugin(descriptor_.name, status); }

  Result<std::vector<ScoreResult>> Score(std::span<const ExampleView> items,
                                         const CallOptions& options) override {
    HostedCall call(&slots_, options);
    AMOOZ_RETURN_IF_ERROR(Named(call.status()));
    std::vector<ScoreResult> results;
    results.reserve(items.size());
    while (results.size() < items.size()) {
      auto some = ScoreSome(items, results.size(), &call);
      if (!some.ok()) return Named(some.status());
      std::move(some->begin(), some->end(), std::back_inserter(results));
    }
    return results;
  }

  Status Generate(std::uint64_t count, std::uint64_t seed, ExampleSource* source,
                  const Offer& offer, const CallOptions& options) override {
    HostedCall call(&slots_, options);
    AMOOZ_RETURN_IF_ERROR(Named(call.status()));
    const CallStart start = call.Start(source);
    VariationGate gate(count, start.train_count, offer, [&](const std::string& warning) {
      if (options.observer != nullptr && options.observer->on_log) {
        options.observer->on_log(AMOOZ_LOG_WARNING, warning);
      } else {
        child()->Log(AMOOZ_LOG_WARNING, warning);
      }
    });
    call.upcalls.gate = &gate;
    const auto result = call.Send(child(), FrameType::kVary, VaryMessage{start, count, seed});
    return Named(gate.Outcome(result.status()));
  }

  Result<Resources> Plan(const TrainJob& job, ExampleSource* source,
                         const CallOptions& options) override {
    HostedCall call(&slots_, options);
    AMOOZ_RETURN_IF_ERROR(Named(call.status()));
    auto resources =
        ToResources(call.Send(child(), FrameType::kPlan, ToMessage(call.Start(source), job)));
    if (!resources.ok()) return Named(resources.status());
    return resources;
  }

  Status Train(const TrainJob& job, ExampleSource* source, const CallOptions& options) override {
    HostedCall call(&slots_, options);
    AMOOZ_RETURN_IF_ERROR(Named(call.status()));
    return Named(
        call.Send(child(), FrameType::kTrain, ToMessage(call.Start(source), job)).status());
  }

  Result<Resources> Estimate(const std::string& artifact_dir, const CallOptions& options) override {
    HostedCall call(&slots_, options);
    AMOOZ_RETURN_IF_ERROR(Named(call.status()));
    auto resources = ToResources(
        call.Send(child(), FrameType::kEstimate, EstimateMessage{call.Start(), artifact_dir}));
    if (!resources.ok()) return Named(resources.status());
    return resources;
  }

  Result<std::unique_ptr<LoadedModel>> Load(const std::string& artifact_dir,
                                            const std::string& device, std::int32_t cpu_threads,
                                            const CallOptions& options) override {
    HostedCall call(&slots_, options);
    AMOOZ_RETURN_IF_ERROR(Named(call.status()));
    const LoadMessage message{call.Start(), artifact_dir, device,
                              std::max(cpu_threads, std::int32_t{1})};
    const MutexLock one_load_at_a_time(&load_mutex_);
    const auto value = call.Send(child(), FrameType::kLoad, message);
    if (!value.ok()) return Named(value.status());
    LoadReply reply;
    AMOOZ_RETURN_IF_ERROR(Named(Decode(*value, &reply)));
    return std::unique_ptr<LoadedModel>(std::make_unique<HostedModel>(this, reply.model_id));
  }

  void Unload(std::uint64_t model_id) {
    HostedCall call(&slots_, {child()->stop(), nullptr, kUnloadTimeoutMs});
    // Calls that never end, or a stop: the child's own end frees the model.
    if (!call.status().ok()) return;
    const MutexLock one_load_at_a_time(&load_mutex_);
    // Where it fails the child is dead, and the model with it.
    static_cast<void>(
        call.Send(child(), FrameType::kUnload, UnloadMessage{call.Start(), model_id}));
  }

 private:
  template <typename T>
  T* As(Kind kind) {
    return descriptor_.kind == kind ? this : nullptr;
  }

  // Scores the items from `first` on, as many as one frame takes.
  Result<std::vector<ScoreResult>> ScoreSome(std::span<const ExampleView> items, std::size_t first,
                                             HostedCall* call) {
    ScoreMessage message{call->Start(), {}};
    AMOOZ_ASSIGN_OR_RETURN(message.items, NextFrame(items, first, kScoredAtOnce));
    AMOOZ_ASSIGN_OR_RETURN(const std::string value,
                           call->Send(child(), FrameType::kScore, message));
    ScoreReply reply;
    AMOOZ_RETURN_IF_ERROR(Decode(value, &reply));
    if (reply.scores.size() != message.items.size()) {
      return Status(Code::kInternal, "amooz-plugin-host gave another number of scores than asked");
    }
    return ToScoreResults(reply.scores, reply.notes);
  }

  const Descriptor descriptor_;
  CallSlots slots_;
  Mutex load_mutex_;
  const std::unique_ptr<ChildProcess> child_;
};

HostedModel::~HostedModel() { plugin_->Unload(id_); }

Result<GenerateResult> HostedModel::Generate(const GenerateRequest& request,
                                             const OnChunk& on_chunk, const CallOptions& options) {
  HostedCall call(plugin_->slots(), options);
  AMOOZ_RETURN_IF_ERROR(plugin_->Named(call.status()));
  GenerateMessage message{call.Start(),
                          id_,
                          {},
                          request.instruction,
                          request.max_tokens,
                          request.min_tokens,
                          request.top_k,
                          request.no_repeat_ngram_size,
                          request.temperature,
                          request.top_p,
                          request.repetition_penalty,
                          request.seed,
                          {request.stop.begin(), request.stop.end()},
                          request.options_json};
  for (const Turn& turn : request.context) message.context.push_back({turn.role, turn.text});
  call.upcalls.on_chunk = &on_chunk;
  const auto value = call.Send(plugin_->child(), FrameType::kGenerate, message);
  if (!value.ok()) return plugin_->Named(value.status());
  GenerateReply reply;
  AMOOZ_RETURN_IF_ERROR(plugin_->Named(Decode(*value, &reply)));
  if (reply.finish_reason == AMOOZ_FINISH_CANCELLED) {
    return plugin_->Named(Status(Code::kCancelled, "the reply was cancelled"));
  }
  return GenerateResult{reply.finish_reason, reply.prompt_tokens, reply.reply_tokens};
}

Result<std::vector<EvaluateResult>> HostedModel::Evaluate(std::span<const Example> examples,
                                                          const CallOptions& options) {
  HostedCall call(plugin_->slots(), options);
  AMOOZ_RETURN_IF_ERROR(plugin_->Named(call.status()));
  std::vector<EvaluateResult> results;
  results.reserve(examples.size());
  while (results.size() < examples.size()) {
    auto some = EvaluateSome(examples, results.size(), &call);
    if (!some.ok()) return plugin_->Named(some.status());
    std::move(some->begin(), some->end(), std::back_inserter(results));
  }
  return results;
}

Result<std::vector<EvaluateResult>> HostedModel::EvaluateSome(std::span<const Example> examples,
                                                              std::size_t first, HostedCall* call) {
  EvaluateMessage message{call->Start(), id_, {}};
  AMOOZ_ASSIGN_OR_RETURN(message.examples, NextFrame(examples, first, kEvaluatedAtOnce));
  AMOOZ_ASSIGN_OR_RETURN(const std::string value,
                         call->Send(plugin_->child(), FrameType::kEvaluate, message));
  EvaluateReply reply;
  AMOOZ_RETURN_IF_ERROR(Decode(value, &reply));
  const std::size_t n = message.examples.size();
  if (reply.nll.size() != n || reply.tokens.size() != n) {
    return Status(Code::kInternal, "amooz-plugin-host gave another number of results than asked");
  }
  return ToEvaluateResults(plugin_->descriptor().name, reply.nll, reply.tokens, reply.notes);
}

// Loads the library in the child; what it holds.
Result<std::vector<Descriptor>> SayHello(ChildProcess* child, const OpenOptions& options,
                                         const CallOptions& limits, std::int64_t deadline_ns) {
  const HelloMessage hello{std::string(BuildId()), options.path, options.expected_sha256,
                           options.device};
  AMOOZ_ASSIGN_OR_RETURN(const std::string value,
                         child->Call(FrameType::kHello, Encode(hello), {}, limits, deadline_ns));
  HelloReply reply;
  AMOOZ_RETURN_IF_ERROR(Decode(value, &reply));
  return DescriptorsFromJson(reply.descriptors_json);
}

}  // namespace

Result<std::unique_ptr<Plugin>> OpenHosted(const OpenOptions& options) {
  const CallOptions limits{options.stop, nullptr, kStartTimeoutMs};
  const std::int64_t deadline_ns = DeadlineOf(limits);
  AMOOZ_ASSIGN_OR_RETURN(std::unique_ptr<ChildProcess> child,
                         ChildProcess::Start({options.path, options.nice, options.cpu_threads,
                                              options.on_log, options.stop}));
  auto descriptors = SayHello(child.get(), options, limits, deadline_ns);
  if (!descriptors.ok()) return AtPath(options.path, descriptors.status());
  const auto index = FindDescriptor(*descriptors, options.kind, options.name);
  if (!index.ok()) return AtPath(options.path, index.status());
  Descriptor descriptor = (*descriptors)[*index];
  child->set_stop_grace_ms(descriptor.stop_grace_ms);
  auto config = ValidateConfig(descriptor.config_schema_json, options.config_json);
  if (!config.ok()) return OfPlugin(descriptor.name, config.status());
  const CreateMessage create{{deadline_ns, 0, 0}, static_cast<std::uint32_t>(*index), *config};
  const auto created = child->Call(FrameType::kCreate, Encode(create), {}, limits, deadline_ns);
  if (!created.ok()) return OfPlugin(descriptor.name, created.status());
  return std::unique_ptr<Plugin>(
      std::make_unique<HostedPlugin>(std::move(descriptor), std::move(child)));
}

}  // namespace amooz::host
