// The C++20 face of the plugin ABI: header-only, no other library. A scorer is a class and one
// macro:
//
//   struct Polite {
//     static constexpr amooz::sdk::Info kInfo{
//         .name = "polite", .version = "1.0.0", .vendor = "me", .license = "MIT"};
//     explicit Polite(const amooz::sdk::Config&) {}
//     double Score(const amooz::sdk::Example& example, const amooz::sdk::Item& item) {
//       if (example.response().find("please") == std::string_view::npos) {
//         return amooz::sdk::kAbstain;
//       }
//       item.Annotate("issues", "none");
//       return 1.0;
//     }
//   };
//   AMOOZ_PLUGINS(amooz::sdk::Scorer<Polite>)
//
// A class for each kind gives these members; T(const Config&) may throw Error:
//
//   Scorer<T>     double Score(const Example&, const Item&)
//             or  void Score(std::span<const Example>, std::span<double>, const Call&)  // a batch
//   Variation<T>  void Generate(std::uint64_t count, std::uint64_t seed, const Call&)
//   Trainer<T>    void Train(const Job&, const Call&)
//                 static constexpr const char* kArtifactFormat
//       optional  Resources Plan(const Job&, const Call&)
//   Runtime<T>    struct Model  // any class
//                 std::unique_ptr<Model> Load(const Artifact&, std::string_view device,
//                                             int cpu_threads, const Call&)
//                 GenerateResult Generate(Model&, const GenerateRequest&, const Call&)
//                 static constexpr const char* kReadsFormats
//       optional  void Evaluate(Model&, std::span<const Example>, std::span<double> nll,
//                               std::span<std::uint64_t> tokens, const Call&)
//       optional  Resources Estimate(const Artifact&, const Call&)
//
// Guarantees:
//   1. Nothing thrown leaves the plugin: Error keeps its code, std::bad_alloc becomes
//      RESOURCE_EXHAUSTED, any other std::exception INTERNAL, the rest UNKNOWN.
//   2. Views (Example, string_view) live as long as the C ABI says: until the call returns, or
//      until the next pull of the same split.
//   3. Nothing here keeps global mutable state.
#ifndef AMOOZ_SDK_PLUGIN_HPP_
#define AMOOZ_SDK_PLUGIN_HPP_

#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "amooz/sdk/abi.h"

namespace amooz::sdk {
inline namespace v1 {

// A score of kAbstain leaves the decision to the other scorers.
inline constexpr double kAbstain = std::numeric_limits<double>::quiet_NaN();

// Throw this from any member. `code` is one of AMOOZ_*; the message says what failed, on what, and
// what to do.
class Error : public std::runtime_error {
 public:
  Error(std::int32_t code, const std::string& message) : std::runtime_error(message), code_(code) {}
  std::int32_t code() const { return code_; }

 private:
  std::int32_t code_;
};

// What a plugin says of itself. Strings must be literals.
struct Info {
  const char* name = "";     // [a-z][a-z0-9_]{0,63}
  const char* version = "";  // semver
  const char* vendor = "";
  const char* license = "";  // SPDX
  const char* config_schema = R"({"type":"object","properties":{}})";
  std::uint64_t caps = 0;            // AMOOZ_CAP_*
  std::int32_t stop_grace_ms = 0;    // 0 = 2000
  std::int32_t max_concurrency = 1;  // with AMOOZ_CAP_CONCURRENT
};

inline std::string_view View(amooz_str s) {
  return s.size == 0 ? std::string_view() : std::string_view(s.data, s.size);
}
inline amooz_str Str(std::string_view s) { return {s.data(), s.size()}; }

struct Turn {
  std::int32_t role;  // AMOOZ_ROLE_*
  std::string_view text;
};

// A borrowed pair. Copying it copies a pointer.
class Example {
 public:
  explicit Example(const amooz_example* raw) : raw_(raw) {}
  std::string_view instruction() const { return View(raw_->instruction); }
  std::string_view response() const { return View(raw_->response); }
  std::size_t context_size() const { return raw_->n_context; }
  Turn context(std::size_t i) const {
    return {raw_->context[i]->role, View(raw_->context[i]->text)};
  }
  std::int32_t split() const { return raw_->split; }
  std::int32_t origin() const { return raw_->origin; }
  std::int32_t response_author() const { return raw_->response_author; }
  double score() const { return raw_->score; }
  std::string_view meta_json() const { return View(raw_->meta_json); }

 private:
  const amooz_example* raw_;
};

// The config that the host has validated against Info::config_schema, defaults filled in. Valid in
// the constructor only.
class Config {
 public:
  Config(const amooz_host* host, const amooz_config* raw) : host_(host), raw_(raw) {}
  // Each throws Error(INVALID_ARGUMENT) if `pointer` ("/length/min") is absent or of another type.
  double F64(std::string_view pointer) const { return Get<double>(host_->config_f64, pointer); }
  std::int64_t I64(std::string_view pointer) const {
    return Get<std::int64_t>(host_->config_i64, pointer);
  }
  bool Bool(std::string_view pointer) const {
    return Get<std::int32_t>(host_->config_bool, pointer) != 0;
  }
  std::string Str(std::string_view pointer) const {
    return std::string(View(Get<amooz_str>(host_->config_str, pointer)));
  }
  std::size_t Size(std::string_view pointer) const {
    return Get<std::size_t>(host_->config_size, pointer);
  }
  std::vector<std::string> Strings(std::string_view pointer) const {
    std::vector<std::string> out(Size(pointer));
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = Str(std::string(pointer) + "/" + std::to_string(i));
    return out;
  }
  bool Has(std::string_view pointer) const {
    double number = 0;
    return host_->config_f64(raw_, sdk::Str(pointer), &number) != AMOOZ_NOT_FOUND;
  }
  std::string_view json() const { return View(host_->config_json(raw_)); }

 private:
  template <typename T, typename F>
  T Get(F getter, std::string_view pointer) const {
    T out{};
    if (const std::int32_t code = getter(raw_, sdk::Str(pointer), &out); code != AMOOZ_OK) {
      throw Error(AMOOZ_INVALID_ARGUMENT,
                  "config " + std::string(pointer) +
                      (code == AMOOZ_NOT_FOUND ? " is missing" : " has another type"));
    }
    return out;
  }
  const amooz_host* host_;
  const amooz_config* raw_;
};

// One call of the host into the plugin. All members may be used from threads that are joined before
// the call returns.
class Call {
 public:
  Call(const amooz_host* host, amooz_ctx* ctx) : host_(host), ctx_(ctx) {}

  bool ShouldStop() const { return host_->should_stop(ctx_) != 0; }
  // Throws Error(CANCELLED) if the call is to end.
  void StopPoint() const {
    if (ShouldStop()) throw Error(AMOOZ_CANCELLED, "stopped by the host");
  }
  std::int64_t deadline_ns() const { return host_->deadline_ns(ctx_); }
  void Progress(std::uint64_t done, std::uint64_t total) const {
    host_->progress(ctx_, done, total);
  }
  void Metric(std::string_view name, double value, std::int64_t step) const {
    host_->metric(ctx_, Str(name), value, step);
  }
  void Log(std::int32_t level, std::string_view message) const {
    host_->log(ctx_, level, Str(message));
  }
  void Annotate(std::string_view key, std::string_view value) const {
    AnnotateItem(AMOOZ_CALL, key, value);
  }
  void AnnotateItem(std::int64_t index, std::string_view key, std::string_view value) const {
    host_->annotate(ctx_, index, Str(key), Str(value));
  }
  void Veto(std::int64_t index, std::string_view reason) const {
    host_->veto(ctx_, index, Str(reason));
  }
  void FailItem(std::int64_t index, std::int32_t code, std::string_view message) const {
    host_->fail_item(ctx_, index, code, Str(message));
  }

  std::uint64_t ExampleCount(std::int32_t split) const { return host_->example_count(ctx_, split); }
  // False at the end. Throws Error(CANCELLED) on stop. The example is borrowed until the next Next
  // or Rewind of `split`.
  bool Next(std::int32_t split, Example* out) const {
    const amooz_example* raw = nullptr;
    const std::int32_t got = host_->next_example(ctx_, split, &raw);
    if (got < 0) throw Error(AMOOZ_CANCELLED, "stopped by the host");
    if (got == 0) return false;
    *out = Example(raw);
    return true;
  }
  void Rewind(std::int32_t split) const {
    if (host_->rewind_examples(ctx_, split) < 0)
      throw Error(AMOOZ_CANCELLED, "stopped by the host");
  }
  // Rewinds `split`, then calls f(index, Example) for each.
  template <typename F>
  void ForEachExample(std::int32_t split, F&& f) const {
    Rewind(split);
    Example example(nullptr);
    for (std::int64_t i = 0; Next(split, &example); ++i) f(i, example);
  }

  enum class Emitted { kKept, kExists, kStop };
  Emitted EmitVariation(std::string_view instruction, std::string_view response,
                        std::int64_t source_index, std::string_view meta_json = {}) const {
    switch (host_->emit_variation(ctx_, Str(instruction), Str(response), source_index,
                                  Str(meta_json))) {
      case 0:
        return Emitted::kKept;
      case 1:
        return Emitted::kExists;
      default:
        return Emitted::kStop;
    }
  }
  // False: stop. `logprobs` is empty or as long as `tokens`.
  bool EmitChunk(std::string_view utf8, std::span<const std::int32_t> tokens,
                 std::span<const float> logprobs = {}) const {
    return host_->emit_chunk(ctx_, Str(utf8), tokens.data(),
                             logprobs.empty() ? nullptr : logprobs.data(), tokens.size()) == 0;
  }
  std::string ScratchDir() const { return std::string(View(host_->scratch_dir(ctx_))); }
  std::string Device() const { return std::string(View(host_->device(ctx_))); }

 private:
  const amooz_host* host_;
  amooz_ctx* ctx_;
};

// One item of a scorer's batch.
class Item {
 public:
  Item(const Call* call, std::int64_t index) : call_(call), index_(index) {}
  void Veto(std::string_view reason) const { call_->Veto(index_, reason); }
  void Annotate(std::string_view key, std::string_view value) const {
    call_->AnnotateItem(index_, key, value);
  }
  void Fail(std::int32_t code, std::string_view message) const {
    call_->FailItem(index_, code, message);
  }
  const Call& call() const { return *call_; }

 private:
  const Call* call_;
  std::int64_t index_;
};

struct Artifact {
  std::string dir;
  std::string base_dir;
};

struct Resources {
  std::uint64_t memory_bytes = 0;
  std::uint64_t device_bytes = 0;
  std::uint64_t disk_bytes = 0;
  double seconds = 0;
};

struct Job {
  const Artifact* base = nullptr;  // null: from nothing
  std::string output_dir;
  std::string checkpoint_dir;
  std::string job_digest;
  std::uint64_t seed = 0;
  int cpu_threads = 1;
  double max_seconds = 0;
  std::uint64_t memory_bytes = 0;
};

struct GenerateRequest {
  std::vector<Turn> context;
  std::string_view instruction;
  std::vector<std::string_view> stop;
  std::string_view options_json;
  const amooz_generate_request* raw = nullptr;
  // The caller's value if it set that field, else `fallback` (the artifact's own).
  template <typename T, typename U>
  T Or(std::uint64_t bit, U amooz_generate_request::*field, T fallback) const {
    return (raw->set_mask & bit) != 0 ? static_cast<T>(raw->*field) : fallback;
  }
};

struct GenerateResult {
  std::int32_t finish_reason = AMOOZ_FINISH_END;
  std::uint64_t prompt_tokens = 0;
  std::uint64_t reply_tokens = 0;
};

namespace internal {

// Runs f; turns anything thrown into a code and a message to the host.
template <typename F>
std::int32_t Fence(const amooz_host* host, amooz_ctx* ctx, F&& f) noexcept {
  const auto fail = [&](std::int32_t code, const char* what) {
    host->fail(ctx, code, Str(what));
    return code;
  };
  try {
    f();
    return AMOOZ_OK;
  } catch (const Error& e) {
    return fail(e.code() == AMOOZ_OK ? AMOOZ_INTERNAL : e.code(), e.what());
  } catch (const std::bad_alloc&) {
    return fail(AMOOZ_RESOURCE_EXHAUSTED, "out of memory");
  } catch (const std::exception& e) {
    return fail(AMOOZ_INTERNAL, e.what());
  } catch (...) {
    return fail(AMOOZ_UNKNOWN, "something that is not a std::exception was thrown");
  }
}

template <typename T>
struct Holder {
  const amooz_host* host;
  T plugin;
};

template <typename T>
Holder<T>* Held(amooz_instance* instance) {
  return reinterpret_cast<Holder<T>*>(instance);
}

template <typename T>
std::int32_t Create(const amooz_host* host, amooz_ctx* ctx, const amooz_config* cfg,
                    amooz_instance** out) noexcept {
  return Fence(host, ctx, [&] {
    // NOLINTNEXTLINE(bugprone-unhandled-exception-at-new): the fence handles it.
    *out = reinterpret_cast<amooz_instance*>(new Holder<T>{host, T(Config(host, cfg))});
  });
}

template <typename T>
void Destroy(amooz_instance* instance) noexcept {
  delete Held<T>(instance);
}

template <typename T>
constexpr amooz_plugin Describe(std::int32_t kind, const void* vtable) {
  constexpr Info info = T::kInfo;
  return {sizeof(amooz_plugin),
          AMOOZ_ABI_MINOR,
          0,
          kind,
          info.stop_grace_ms,
          info.name,
          info.version,
          info.vendor,
          info.license,
          info.config_schema,
          info.caps,
          info.max_concurrency,
          0,
          vtable};
}

inline Artifact ToArtifact(const amooz_artifact* raw) {
  return {std::string(View(raw->dir)), std::string(View(raw->base_dir))};
}

inline void FromResources(const Resources& from, amooz_resources* out) {
  const std::size_t size = out->struct_size;
  if (size >= offsetof(amooz_resources, seconds) + sizeof(out->seconds)) {
    *out = {size, from.memory_bytes, from.device_bytes, from.disk_bytes, from.seconds};
  }
}

inline std::vector<Example> ToExamples(const amooz_example* const* items, std::size_t n) {
  std::vector<Example> out;
  out.reserve(n);
  for (std::size_t i = 0; i < n; ++i) out.emplace_back(items[i]);
  return out;
}

// Calls f(Job) with `raw` in C++ form.
template <typename F>
void WithJob(const amooz_job* raw, F&& f) {
  Job job{nullptr,
          std::string(View(raw->output_dir)),
          std::string(View(raw->checkpoint_dir)),
          std::string(View(raw->job_digest)),
          raw->seed,
          raw->cpu_threads,
          raw->max_seconds,
          raw->memory_bytes};
  Artifact base;
  if (raw->base != nullptr) {
    base = ToArtifact(raw->base);
    job.base = &base;
  }
  f(job);
}

}  // namespace internal

template <typename T>
struct Scorer {
  static std::int32_t Score(amooz_instance* instance, amooz_ctx* ctx,
                            const amooz_example* const* items, std::size_t n,
                            double* scores) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      const Call call(held->host, ctx);
      if constexpr (requires(T & t, const Example& e, const Item& item) { t.Score(e, item); }) {
        for (std::size_t i = 0; i < n; ++i) {
          call.StopPoint();
          scores[i] =
              held->plugin.Score(Example(items[i]), Item(&call, static_cast<std::int64_t>(i)));
        }
      } else {
        const std::vector<Example> examples = internal::ToExamples(items, n);
        held->plugin.Score(std::span<const Example>(examples), std::span<double>(scores, n), call);
      }
    });
  }
  static constexpr amooz_scorer_vtable kVtable{sizeof(amooz_scorer_vtable), &internal::Create<T>,
                                               &internal::Destroy<T>, &Score};
  static constexpr amooz_plugin kPlugin = internal::Describe<T>(AMOOZ_KIND_SCORER, &kVtable);
};

template <typename T>
struct Variation {
  static std::int32_t Generate(amooz_instance* instance, amooz_ctx* ctx, std::uint64_t count,
                               std::uint64_t seed) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx,
                           [&] { held->plugin.Generate(count, seed, Call(held->host, ctx)); });
  }
  static constexpr amooz_variation_vtable kVtable{
      sizeof(amooz_variation_vtable), &internal::Create<T>, &internal::Destroy<T>, &Generate};
  static constexpr amooz_plugin kPlugin = internal::Describe<T>(AMOOZ_KIND_VARIATION, &kVtable);
};

template <typename T>
struct Trainer {
  static std::int32_t Plan(amooz_instance* instance, amooz_ctx* ctx, const amooz_job* raw,
                           amooz_resources* out) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      if constexpr (requires(T & t, const Job& j, const Call& c) { t.Plan(j, c); }) {
        internal::WithJob(raw, [&](const Job& job) {
          internal::FromResources(held->plugin.Plan(job, Call(held->host, ctx)), out);
        });
      }
    });
  }
  static std::int32_t Train(amooz_instance* instance, amooz_ctx* ctx,
                            const amooz_job* raw) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      internal::WithJob(raw,
                        [&](const Job& job) { held->plugin.Train(job, Call(held->host, ctx)); });
    });
  }
  static constexpr amooz_trainer_vtable kVtable{sizeof(amooz_trainer_vtable),
                                                &internal::Create<T>,
                                                &internal::Destroy<T>,
                                                &Plan,
                                                &Train,
                                                T::kArtifactFormat};
  static constexpr amooz_plugin kPlugin = internal::Describe<T>(AMOOZ_KIND_TRAINER, &kVtable);
};

template <typename T>
struct Runtime {
  using Model = typename T::Model;
  static Model* Loaded(amooz_model* model) { return reinterpret_cast<Model*>(model); }

  static std::int32_t Estimate(amooz_instance* instance, amooz_ctx* ctx,
                               const amooz_artifact* artifact, amooz_resources* out) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      if constexpr (requires(T & t, const Artifact& a, const Call& c) { t.Estimate(a, c); }) {
        internal::FromResources(
            held->plugin.Estimate(internal::ToArtifact(artifact), Call(held->host, ctx)), out);
      }
    });
  }
  static std::int32_t Load(amooz_instance* instance, amooz_ctx* ctx, const amooz_artifact* artifact,
                           amooz_str device, std::int32_t cpu_threads, amooz_model** out) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      std::unique_ptr<Model> model = held->plugin.Load(internal::ToArtifact(artifact), View(device),
                                                       cpu_threads, Call(held->host, ctx));
      *out = reinterpret_cast<amooz_model*>(model.release());
    });
  }
  static void Unload(amooz_instance*, amooz_model* model) noexcept { delete Loaded(model); }
  static std::int32_t Generate(amooz_instance* instance, amooz_ctx* ctx, amooz_model* model,
                               const amooz_generate_request* raw,
                               amooz_generate_result* out) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      GenerateRequest request;
      request.raw = raw;
      request.instruction = View(raw->instruction);
      request.options_json = View(raw->options_json);
      for (std::size_t i = 0; i < raw->n_context; ++i) {
        request.context.push_back({raw->context[i]->role, View(raw->context[i]->text)});
      }
      for (std::size_t i = 0; i < raw->n_stop; ++i) request.stop.push_back(View(raw->stop[i]));
      const GenerateResult result =
          held->plugin.Generate(*Loaded(model), request, Call(held->host, ctx));
      out->finish_reason = result.finish_reason;
      out->prompt_tokens = result.prompt_tokens;
      out->reply_tokens = result.reply_tokens;
    });
  }
  static std::int32_t Evaluate(amooz_instance* instance, amooz_ctx* ctx, amooz_model* model,
                               const amooz_example* const* examples, std::size_t n, double* nll,
                               std::uint64_t* tokens) noexcept {
    auto* held = internal::Held<T>(instance);
    return internal::Fence(held->host, ctx, [&] {
      if constexpr (kHasLikelihood) {
        const std::vector<Example> views = internal::ToExamples(examples, n);
        held->plugin.Evaluate(*Loaded(model), std::span<const Example>(views),
                              std::span<double>(nll, n), std::span<std::uint64_t>(tokens, n),
                              Call(held->host, ctx));
      }
    });
  }
  static constexpr bool kHasLikelihood =
      requires(T & t, Model& m, std::span<const Example> e, std::span<double> d,
               std::span<std::uint64_t> u, const Call& c) {
    t.Evaluate(m, e, d, u, c);
  };
  static constexpr amooz_runtime_vtable kVtable{sizeof(amooz_runtime_vtable),
                                                &internal::Create<T>,
                                                &internal::Destroy<T>,
                                                &Estimate,
                                                &Load,
                                                &Unload,
                                                &Generate,
                                                kHasLikelihood ? &Evaluate : nullptr,
                                                T::kReadsFormats};
  static constexpr amooz_plugin kPlugin = internal::Describe<T>(AMOOZ_KIND_RUNTIME, &kVtable);
};

// The table behind the entry symbol.
template <typename... Ps>
struct PluginSet {
  static constexpr std::array<const amooz_plugin*, sizeof...(Ps)> kPlugins{&Ps::kPlugin...};
  static constexpr amooz_plugin_set kSet{sizeof(amooz_plugin_set), sizeof...(Ps), kPlugins.data()};
};

}  // namespace v1
}  // namespace amooz::sdk

// Defines the library's one exported symbol. Use it once, at namespace scope.
#define AMOOZ_PLUGINS(...)                                                                   \
  extern "C" __attribute__((visibility("default"))) const amooz_plugin_set* amooz_plugin_v1( \
      const amooz_probe*);                                                                   \
  extern "C" const amooz_plugin_set* amooz_plugin_v1(const amooz_probe*) {                   \
    return &amooz::sdk::PluginSet<__VA_ARGS__>::kSet;                                        \
  }

#endif  // AMOOZ_SDK_PLUGIN_HPP_
