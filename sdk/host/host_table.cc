// The C functions that plugins call. Each finds its call, and does nothing for one that has ended.
#include "sdk/host/call_context.h"
#include "sdk/host/config.h"

namespace amooz::host {
namespace {

std::string_view View(amooz_str text) {
  return text.data == nullptr ? std::string_view() : std::string_view(text.data, text.size);
}
amooz_str Str(std::string_view text) { return {text.data(), text.size()}; }

// Runs f on the call that `ctx` names; `otherwise` if it has ended. Memory that runs out inside a
// host function must not unwind through the plugin's C frames.
template <typename T, typename F>
T On(amooz_ctx* ctx, T otherwise, F&& f) noexcept {
  const CallPin call(ctx);
  if (!call) return otherwise;
  try {
    return f(call);
  } catch (...) {
    return otherwise;
  }
}
template <typename F>
void On(amooz_ctx* ctx, F&& f) noexcept {
  On(ctx, 0, [&](const CallPin& call) {
    f(call);
    return 0;
  });
}

void Fail(amooz_ctx* ctx, std::int32_t code, amooz_str message) {
  On(ctx, [&](const CallPin& call) { call->Fail(code, View(message)); });
}
void FailItem(amooz_ctx* ctx, std::int64_t index, std::int32_t code, amooz_str message) {
  On(ctx, [&](const CallPin& call) {
    const Status status = PluginStatus(code == AMOOZ_OK ? AMOOZ_UNKNOWN : code, View(message));
    call->Note(index, ItemNotes::Kind::kFailure, {}, status.ToString());
  });
}
void Veto(amooz_ctx* ctx, std::int64_t index, amooz_str reason) {
  On(ctx,
     [&](const CallPin& call) { call->Note(index, ItemNotes::Kind::kVeto, {}, View(reason)); });
}
std::int32_t ShouldStop(amooz_ctx* ctx) {
  return On(ctx, 1, [](const CallPin& call) { return call->ShouldStop() ? 1 : 0; });
}
std::int64_t DeadlineNs(amooz_ctx* ctx) {
  return On(ctx, std::int64_t{0}, [](const CallPin& call) { return call->deadline_ns(); });
}
void Progress(amooz_ctx* ctx, std::uint64_t done, std::uint64_t total) {
  On(ctx, [&](const CallPin& call) { call->Progress(done, total); });
}
void Metric(amooz_ctx* ctx, amooz_str name, double value, std::int64_t step) {
  On(ctx, [&](const CallPin& call) { call->Metric(View(name), value, step); });
}
void Log(amooz_ctx* ctx, std::int32_t level, amooz_str message) {
  On(ctx, [&](const CallPin& call) { call->Log(level, View(message)); });
}
void Annotate(amooz_ctx* ctx, std::int64_t index, amooz_str key, amooz_str value) {
  On(ctx, [&](const CallPin& call) { call->Annotate(index, View(key), View(value)); });
}

amooz_str ConfigJson(const amooz_config* cfg) { return Str(ConfigDocument::From(cfg)->text()); }
std::int32_t ConfigF64(const amooz_config* cfg, amooz_str pointer, double* out) {
  return ConfigDocument::From(cfg)->GetF64(View(pointer), out);
}
std::int32_t ConfigI64(const amooz_config* cfg, amooz_str pointer, std::int64_t* out) {
  return ConfigDocument::From(cfg)->GetI64(View(pointer), out);
}
std::int32_t ConfigBool(const amooz_config* cfg, amooz_str pointer, std::int32_t* out) {
  return ConfigDocument::From(cfg)->GetBool(View(pointer), out);
}
std::int32_t ConfigStr(const amooz_config* cfg, amooz_str pointer, amooz_str* out) {
  std::string_view text;
  const std::int32_t code = ConfigDocument::From(cfg)->GetStr(View(pointer), &text);
  if (code == AMOOZ_OK) *out = Str(text);
  return code;
}
std::int32_t ConfigSize(const amooz_config* cfg, amooz_str pointer, std::size_t* out) {
  return ConfigDocument::From(cfg)->GetSize(View(pointer), out);
}

std::uint64_t ExampleCount(amooz_ctx* ctx, std::int32_t split) {
  return On(ctx, std::uint64_t{0}, [&](const CallPin& call) { return call->ExampleCount(split); });
}
std::int32_t NextExample(amooz_ctx* ctx, std::int32_t split, const amooz_example** out) {
  return On(ctx, -1, [&](const CallPin& call) { return call->NextExample(split, out); });
}
std::int32_t RewindExamples(amooz_ctx* ctx, std::int32_t split) {
  return On(ctx, -1, [&](const CallPin& call) { return call->RewindExamples(split); });
}
std::int32_t EmitVariation(amooz_ctx* ctx, amooz_str instruction, amooz_str response,
                           std::int64_t source_index, amooz_str meta_json) {
  return On(ctx, 2, [&](const CallPin& call) {
    return call->EmitVariation({std::string(View(instruction)), std::string(View(response)),
                                source_index, std::string(View(meta_json))});
  });
}
// Token ids and logprobs have no reader yet: they stop here.
std::int32_t EmitChunk(amooz_ctx* ctx, amooz_str utf8, const std::int32_t*, const float*,
                       std::size_t) {
  return On(ctx, -1, [&](const CallPin& call) { return call->EmitChunk(View(utf8)); });
}

amooz_str ScratchDir(amooz_ctx* ctx) {
  return On(ctx, amooz_str{}, [](const CallPin& call) { return Str(call->ScratchDir()); });
}
amooz_str Device(amooz_ctx* ctx) {
  return On(ctx, amooz_str{}, [](const CallPin& call) { return Str(call->Device()); });
}
// ABI 1.0 has no extension.
const void* GetExtension(amooz_str) { return nullptr; }

}  // namespace

const amooz_host* HostTable() {
  static constexpr amooz_host kTable{sizeof(amooz_host),
                                     AMOOZ_ABI_MAJOR,
                                     AMOOZ_ABI_MINOR,
                                     &Fail,
                                     &FailItem,
                                     &Veto,
                                     &ShouldStop,
                                     &DeadlineNs,
                                     &Progress,
                                     &Metric,
                                     &Log,
                                     &Annotate,
                                     &ConfigJson,
                                     &ConfigF64,
                                     &ConfigI64,
                                     &ConfigBool,
                                     &ConfigStr,
                                     &ConfigSize,
                                     &ExampleCount,
                                     &NextExample,
                                     &RewindExamples,
                                     &EmitVariation,
                                     &EmitChunk,
                                     &ScratchDir,
                                     &Device,
                                     &GetExtension};
  return &kTable;
}

}  // namespace amooz::host
