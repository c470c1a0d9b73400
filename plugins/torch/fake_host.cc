#include "plugins/torch/fake_host.h"

#include <limits>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "plugins/torch/runtime.h"
#include "plugins/torch/trainer.h"

namespace amooz::llama {
namespace {

using nlohmann::json;

struct Context {
  FakeCall* call;
  std::map<std::int32_t, std::size_t> next;
  std::unique_ptr<RawExamples> train, validation;
  std::mutex mutex;
};
Context* Of(amooz_ctx* ctx) { return reinterpret_cast<Context*>(ctx); }
amooz_ctx* Raw(Context* context) { return reinterpret_cast<amooz_ctx*>(context); }

std::string Text(amooz_str s) { return std::string(sdk::View(s)); }

// The schema's defaults under what `given` says.
json WithDefaults(const json& schema, const json& given) {
  if (schema.value("type", "") != "object") return given;
  json out = given;
  for (const auto& [name, property] : schema.at("properties").items()) {
    if (!out.contains(name) && property.contains("default")) out[name] = property.at("default");
    if (out.contains(name)) out[name] = WithDefaults(property, out[name]);
  }
  return out;
}

const json* Find(const amooz_config* cfg, amooz_str pointer) {
  const auto* config = reinterpret_cast<const json*>(cfg);
  const json::json_pointer at(Text(pointer));
  return config->contains(at) ? &config->at(at) : nullptr;
}

template <typename T, typename F>
std::int32_t Get(const amooz_config* cfg, amooz_str pointer, F is, T* out) {
  const json* value = Find(cfg, pointer);
  if (value == nullptr) return AMOOZ_NOT_FOUND;
  if (!is(*value)) return AMOOZ_INVALID_ARGUMENT;
  *out = value->get<T>();
  return AMOOZ_OK;
}

amooz_host MakeTable() {
  amooz_host host{};
  host.struct_size = sizeof(amooz_host);
  host.abi_major = AMOOZ_ABI_MAJOR;
  host.fail = [](amooz_ctx* ctx, std::int32_t code, amooz_str message) {
    Of(ctx)->call->code = code;
    Of(ctx)->call->message = Text(message);
  };
  host.fail_item = [](amooz_ctx* ctx, std::int64_t index, std::int32_t, amooz_str message) {
    const std::scoped_lock lock(Of(ctx)->mutex);
    Of(ctx)->call->item_failures[index] = Text(message);
  };
  host.should_stop = [](amooz_ctx* ctx) {
    const std::scoped_lock lock(Of(ctx)->mutex);
    return Of(ctx)->call->should_stop() ? 1 : 0;
  };
  host.deadline_ns = [](amooz_ctx*) { return std::int64_t{0}; };
  host.progress = [](amooz_ctx*, std::uint64_t, std::uint64_t) {};
  host.metric = [](amooz_ctx* ctx, amooz_str name, double value, std::int64_t step) {
    Of(ctx)->call->metrics.push_back({Text(name), value, step});
    Of(ctx)->call->on_metric(Of(ctx)->call->metrics.back());
  };
  host.log = [](amooz_ctx*, std::int32_t, amooz_str) {};
  host.annotate = [](amooz_ctx* ctx, std::int64_t, amooz_str key, amooz_str value) {
    Of(ctx)->call->annotations[Text(key)] = Text(value);
  };
  host.config_f64 = [](const amooz_config* cfg, amooz_str pointer, double* out) {
    return Get(
        cfg, pointer, [](const json& v) { return v.is_number(); }, out);
  };
  host.config_i64 = [](const amooz_config* cfg, amooz_str pointer, std::int64_t* out) {
    return Get(
        cfg, pointer, [](const json& v) { return v.is_number_integer(); }, out);
  };
  host.config_str = [](const amooz_config* cfg, amooz_str pointer, amooz_str* out) -> std::int32_t {
    const json* value = Find(cfg, pointer);
    if (value == nullptr) return AMOOZ_NOT_FOUND;
    *out = sdk::Str(value->get_ref<const std::string&>());
    return AMOOZ_OK;
  };
  host.example_count = [](amooz_ctx* ctx, std::int32_t split) {
    const FakeCall& call = *Of(ctx)->call;
    return std::uint64_t{split == AMOOZ_SPLIT_TRAIN ? call.train.size() : call.validation.size()};
  };
  host.rewind_examples = [](amooz_ctx* ctx, std::int32_t split) {
    Of(ctx)->next[split] = 0;
    return 0;
  };
  host.next_example = [](amooz_ctx* ctx, std::int32_t split, const amooz_example** out) {
    Context& context = *Of(ctx);
    const auto& rows =
        (split == AMOOZ_SPLIT_TRAIN ? context.train : context.validation)->pointers();
    if (context.next[split] == rows.size()) return 0;
    *out = rows[context.next[split]++];
    return 1;
  };
  host.emit_chunk = [](amooz_ctx* ctx, amooz_str utf8, const std::int32_t* ids, const float*,
                       std::size_t n) {
    FakeCall& call = *Of(ctx)->call;
    call.chunks.push_back(Text(utf8));
    call.text += call.chunks.back();
    call.tokens.insert(call.tokens.end(), ids, ids + n);
    return 0;
  };
  return host;
}

// Makes a context for `call` and calls f with it.
template <typename F>
auto With(FakeCall* call, F&& f) {
  Context context{call,
                  {},
                  std::make_unique<RawExamples>(call->train),
                  std::make_unique<RawExamples>(call->validation),
                  {}};
  return f(Raw(&context));
}

template <typename F>
auto WithJob(const FakePlugin::TrainJob& job, F&& f) {
  const amooz_artifact base{sizeof(amooz_artifact), sdk::Str(job.base), {}};
  const amooz_job raw{sizeof(amooz_job),    job.base.empty() ? nullptr : &base,
                      sdk::Str(job.output), sdk::Str(job.checkpoints),
                      sdk::Str(job.digest), job.seed,
                      job.threads,          0,
                      job.max_seconds,      0};
  return f(&raw);
}

}  // namespace

const amooz_host* FakeHostTable() {
  static const amooz_host kTable = MakeTable();
  return &kTable;
}

RawExamples::RawExamples(const std::vector<FakeExample>& examples)
    : turns_(examples.size()), turn_pointers_(examples.size()) {
  examples_.reserve(examples.size());
  for (std::size_t i = 0; i < examples.size(); ++i) {
    const FakeExample& from = examples[i];
    for (const FakeTurn& turn : from.context) {
      turns_[i].push_back({sizeof(amooz_turn), turn.role, 0, sdk::Str(turn.text)});
    }
    for (const amooz_turn& turn : turns_[i]) turn_pointers_[i].push_back(&turn);
    amooz_example raw{};
    raw.struct_size = sizeof(raw);
    raw.instruction = sdk::Str(from.instruction);
    raw.response = sdk::Str(from.response);
    raw.context = turn_pointers_[i].data();
    raw.n_context = turn_pointers_[i].size();
    raw.score = std::numeric_limits<double>::quiet_NaN();
    examples_.push_back(raw);
  }
  for (const amooz_example& raw : examples_) pointers_.push_back(&raw);
}

FakePlugin::FakePlugin(std::int32_t kind, const std::string& config_json) {
  const bool is_trainer = kind == AMOOZ_KIND_TRAINER;
  if (is_trainer) trainer_ = &sdk::Trainer<LlamaTrainer>::kVtable;
  if (!is_trainer) runtime_ = &sdk::Runtime<LlamaRuntime>::kVtable;
  const json schema = json::parse(is_trainer ? LlamaTrainer::kInfo.config_schema
                                             : LlamaRuntime::kInfo.config_schema);
  const json config = WithDefaults(schema, json::parse(config_json));
  FakeCall call;
  const std::int32_t code = With(&call, [&](amooz_ctx* ctx) {
    const auto create = is_trainer ? trainer_->create : runtime_->create;
    return create(FakeHostTable(), ctx, reinterpret_cast<const amooz_config*>(&config), &instance_);
  });
  if (code != AMOOZ_OK) throw std::runtime_error(call.message);
}

FakePlugin::~FakePlugin() {
  if (trainer_ != nullptr) trainer_->destroy(instance_);
  if (runtime_ != nullptr) runtime_->destroy(instance_);
}

std::int32_t FakePlugin::Train(const TrainJob& job, FakeCall* call) {
  return With(call, [&](amooz_ctx* ctx) {
    return WithJob(job, [&](const amooz_job* raw) { return trainer_->train(instance_, ctx, raw); });
  });
}

amooz_resources FakePlugin::Plan(const TrainJob& job, FakeCall* call) {
  amooz_resources out{sizeof(amooz_resources), 0, 0, 0, 0};
  With(call, [&](amooz_ctx* ctx) {
    return WithJob(job,
                   [&](const amooz_job* raw) { return trainer_->plan(instance_, ctx, raw, &out); });
  });
  return out;
}

amooz_model* FakePlugin::Load(const std::string& folder, int threads, FakeCall* call) {
  const amooz_artifact artifact{sizeof(amooz_artifact), sdk::Str(folder), {}};
  amooz_model* model = nullptr;
  const std::int32_t code = With(call, [&](amooz_ctx* ctx) {
    return runtime_->load(instance_, ctx, &artifact, sdk::Str("cpu"), threads, &model);
  });
  return code == AMOOZ_OK ? model : nullptr;
}

void FakePlugin::Unload(amooz_model* model) { runtime_->unload(instance_, model); }

FakePlugin::Reply FakePlugin::Generate(amooz_model* model, const std::string& instruction,
                                       const std::vector<FakeTurn>& turns,
                                       const std::function<void(amooz_generate_request*)>& set,
                                       FakeCall* call) {
  const std::vector<FakeExample> chat = {{instruction, "", turns}};
  const RawExamples context(chat);
  amooz_generate_request request{};
  request.struct_size = sizeof(request);
  request.instruction = sdk::Str(instruction);
  request.context = context.pointers()[0]->context;
  request.n_context = context.pointers()[0]->n_context;
  set(&request);
  Reply reply;
  reply.result.struct_size = sizeof(reply.result);
  reply.code = With(call, [&](amooz_ctx* ctx) {
    return runtime_->generate(instance_, ctx, model, &request, &reply.result);
  });
  return reply;
}

std::int32_t FakePlugin::Evaluate(amooz_model* model, const std::vector<FakeExample>& examples,
                                  std::vector<double>* nll, std::vector<std::uint64_t>* tokens,
                                  FakeCall* call) {
  const RawExamples raw(examples);
  nll->assign(examples.size(), std::numeric_limits<double>::quiet_NaN());
  tokens->assign(examples.size(), 0);
  return With(call, [&](amooz_ctx* ctx) {
    return runtime_->evaluate(instance_, ctx, model, raw.pointers().data(), examples.size(),
                              nll->data(), tokens->data());
  });
}

}  // namespace amooz::llama
