#include "sdk/host/instance.h"

#include <limits>

#include "sdk/host/config.h"

namespace amooz::host {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

amooz_str Str(std::string_view text) { return {text.data(), text.size()}; }

// Runs f(ctx), which calls one C function, as the call `call`. CallHandle's end is what makes a
// late use of ctx harmless.
template <typename F>
Status AsCall(CallContext* call, F&& f) {
  std::int32_t code = AMOOZ_OK;
  {
    const CallHandle handle(call);
    code = f(handle.get());
  }
  call->DeleteScratchDir();
  return call->Outcome(code);
}

// Where create and destroy lie is the same in all four vtables: abi.h pins it.
const amooz_scorer_vtable* AnyVtable(const amooz_plugin* plugin) {
  return static_cast<const amooz_scorer_vtable*>(plugin->vtable);
}

void CopyResources(const amooz_resources& from, ResourcesMessage* out) {
  *out = {from.memory_bytes, from.device_bytes, from.disk_bytes, from.seconds};
}

// A job in C form; borrows from `message`.
class CJob {
 public:
  explicit CJob(const JobMessage& message)
      : base_{sizeof(amooz_artifact), Str(message.base_dir), Str("")},
        job_{sizeof(amooz_job),       message.base_dir.empty() ? nullptr : &base_,
             Str(message.output_dir), Str(message.checkpoint_dir),
             Str(message.job_digest), message.seed,
             message.cpu_threads,     0,
             message.max_seconds,     message.memory_bytes} {}
  CJob(const CJob&) = delete;
  CJob& operator=(const CJob&) = delete;
  const amooz_job* get() const { return &job_; }

 private:
  amooz_artifact base_;
  amooz_job job_;
};

// A generate request in C form; borrows from `message`.
class CRequest {
 public:
  explicit CRequest(const GenerateMessage& message) {
    for (const TurnMessage& turn : message.context) turns_.Add(turn.role, turn.text);
    for (const std::string_view text : message.stop) stop_.push_back(Str(text));
    request_.struct_size = sizeof(request_);
    request_.context = turns_.Finish();
    request_.n_context = turns_.size();
    request_.instruction = Str(message.instruction);
    request_.stop = stop_.empty() ? nullptr : stop_.data();
    request_.n_stop = stop_.size();
    request_.options_json = Str(message.options_json);
    request_.repetition_penalty = 1;
    request_.top_p = 1;
    request_.temperature = 1;
    Set(message.max_tokens, AMOOZ_SET_MAX_TOKENS, &request_.max_tokens);
    Set(message.min_tokens, AMOOZ_SET_MIN_TOKENS, &request_.min_tokens);
    Set(message.temperature, AMOOZ_SET_TEMPERATURE, &request_.temperature);
    Set(message.top_p, AMOOZ_SET_TOP_P, &request_.top_p);
    Set(message.top_k, AMOOZ_SET_TOP_K, &request_.top_k);
    Set(message.repetition_penalty, AMOOZ_SET_REPETITION_PENALTY, &request_.repetition_penalty);
    Set(message.no_repeat_ngram_size, AMOOZ_SET_NO_REPEAT_NGRAM_SIZE,
        &request_.no_repeat_ngram_size);
    Set(message.seed, AMOOZ_SET_SEED, &request_.seed);
  }
  CRequest(const CRequest&) = delete;
  CRequest& operator=(const CRequest&) = delete;
  const amooz_generate_request* get() const { return &request_; }

 private:
  template <typename T>
  void Set(const std::optional<T>& value, std::uint64_t bit, T* field) {
    if (!value.has_value()) return;
    *field = *value;
    request_.set_mask |= bit;
  }
  TurnArray turns_;
  std::vector<amooz_str> stop_;
  amooz_generate_request request_{};
};

}  // namespace

Result<std::unique_ptr<Instance>> Instance::Create(const amooz_plugin* plugin,
                                                   const std::string& config_json,
                                                   CallContext* call) {
  const ConfigDocument config(config_json);
  amooz_instance* instance = nullptr;
  AMOOZ_RETURN_IF_ERROR(AsCall(call, [&](amooz_ctx* ctx) {
    return AnyVtable(plugin)->create(HostTable(), ctx, config.handle(), &instance);
  }));
  if (instance == nullptr) {
    return Status(Code::kInternal, "a bug in the plugin: create returned OK and no instance");
  }
  return std::unique_ptr<Instance>(new Instance(plugin, instance));
}

Instance::~Instance() { AnyVtable(plugin_)->destroy(instance_); }

Status Instance::Score(const ExampleArray& items, std::vector<double>* scores, CallContext* call) {
  scores->assign(items.size(), kNaN);
  return AsCall(call, [&](amooz_ctx* ctx) {
    return vtable<amooz_scorer_vtable>()->score(instance_, ctx, items.data(), items.size(),
                                                scores->data());
  });
}

Status Instance::Vary(std::uint64_t count, std::uint64_t seed, CallContext* call) {
  return AsCall(call, [&](amooz_ctx* ctx) {
    return vtable<amooz_variation_vtable>()->generate(instance_, ctx, count, seed);
  });
}

Status Instance::Plan(const JobMessage& job, ResourcesMessage* out, CallContext* call) {
  const auto* trainer = vtable<amooz_trainer_vtable>();
  *out = {};
  if (!AMOOZ_HAS(trainer, plan)) return Status::Ok();
  const CJob c_job(job);
  amooz_resources resources{};
  resources.struct_size = sizeof(resources);
  AMOOZ_RETURN_IF_ERROR(AsCall(call, [&](amooz_ctx* ctx) {
    return trainer->plan(instance_, ctx, c_job.get(), &resources);
  }));
  CopyResources(resources, out);
  return Status::Ok();
}

Status Instance::Estimate(const std::string& artifact_dir, ResourcesMessage* out,
                          CallContext* call) {
  const auto* runtime = vtable<amooz_runtime_vtable>();
  *out = {};
  if (!AMOOZ_HAS(runtime, estimate)) return Status::Ok();
  const amooz_artifact artifact{sizeof(amooz_artifact), Str(artifact_dir), Str("")};
  amooz_resources resources{};
  resources.struct_size = sizeof(resources);
  AMOOZ_RETURN_IF_ERROR(AsCall(call, [&](amooz_ctx* ctx) {
    return runtime->estimate(instance_, ctx, &artifact, &resources);
  }));
  CopyResources(resources, out);
  return Status::Ok();
}

Status Instance::Train(const JobMessage& job, CallContext* call) {
  const CJob c_job(job);
  return AsCall(call, [&](amooz_ctx* ctx) {
    return vtable<amooz_trainer_vtable>()->train(instance_, ctx, c_job.get());
  });
}

Status Instance::Load(const LoadMessage& load, amooz_model** out, CallContext* call) {
  const amooz_artifact artifact{sizeof(amooz_artifact), Str(load.artifact_dir), Str("")};
  *out = nullptr;
  AMOOZ_RETURN_IF_ERROR(AsCall(call, [&](amooz_ctx* ctx) {
    return vtable<amooz_runtime_vtable>()->load(instance_, ctx, &artifact, Str(load.device),
                                                load.cpu_threads, out);
  }));
  if (*out == nullptr) {
    return Status(Code::kInternal, "a bug in the plugin: load returned OK and no model");
  }
  return Status::Ok();
}

void Instance::Unload(amooz_model* model) {
  vtable<amooz_runtime_vtable>()->unload(instance_, model);
}

Status Instance::Generate(amooz_model* model, const GenerateMessage& request, GenerateReply* out,
                          CallContext* call) {
  const CRequest c_request(request);
  amooz_generate_result result{};
  result.struct_size = sizeof(result);
  AMOOZ_RETURN_IF_ERROR(AsCall(call, [&](amooz_ctx* ctx) {
    return vtable<amooz_runtime_vtable>()->generate(instance_, ctx, model, c_request.get(),
                                                    &result);
  }));
  *out = {result.finish_reason, result.prompt_tokens, result.reply_tokens};
  return Status::Ok();
}

Status Instance::Evaluate(amooz_model* model, const ExampleArray& examples, EvaluateReply* out,
                          CallContext* call) {
  const auto* runtime = vtable<amooz_runtime_vtable>();
  if (!AMOOZ_HAS(runtime, evaluate)) {
    return Status(Code::kUnimplemented, "this model runtime has no likelihood to evaluate");
  }
  out->nll.assign(examples.size(), kNaN);
  out->tokens.assign(examples.size(), 0);
  return AsCall(call, [&](amooz_ctx* ctx) {
    return runtime->evaluate(instance_, ctx, model, examples.data(), examples.size(),
                             out->nll.data(), out->tokens.data());
  });
}

}  // namespace amooz::host
