#include "client/chat_service/runtime_loader.h"

#include <spdlog/spdlog.h>

#include <string_view>
#include <utility>

namespace amooz::chat {
namespace {

constexpr std::int64_t kLoadTimeoutMs = 5 * 60 * 1000;
constexpr std::int64_t kWarmUpTimeoutMs = 60 * 1000;

class HostedModel : public ServableModel {
 public:
  HostedModel(std::unique_ptr<host::Plugin> plugin, std::unique_ptr<host::LoadedModel> model)
      : plugin_(std::move(plugin)), model_(std::move(model)) {}

  Result<host::GenerateResult> Generate(const host::GenerateRequest& request,
                                        const host::LoadedModel::OnChunk& on_chunk,
                                        const host::CallOptions& options) override {
    return model_->Generate(request, on_chunk, options);
  }
  std::int32_t pid() const override { return plugin_->pid(); }
  bool alive() const override { return plugin_->alive(); }

 private:
  std::unique_ptr<host::Plugin> plugin_;
  std::unique_ptr<host::LoadedModel> model_;  // goes first
};

Status WarmUp(host::LoadedModel* model, const std::shared_ptr<host::StopToken>& stop) {
  host::GenerateRequest request;
  request.instruction = "Hello";
  request.max_tokens = 1;
  request.min_tokens = 0;
  request.seed = 1;
  const auto result =
      model->Generate(request, [](std::string_view) { return true; },
                      {.stop = stop, .observer = nullptr, .timeout_ms = kWarmUpTimeoutMs});
  return result.status();
}

}  // namespace

Result<std::unique_ptr<ServableModel>> LoadIntoRuntime(
    const RuntimeSpec& spec, const std::shared_ptr<host::StopToken>& stop) {
  AMOOZ_ASSIGN_OR_RETURN(const std::string path,
                         host::ResolvePluginPath(spec.runtime, spec.plugins_dir));
  host::OpenOptions options;
  options.path = path;
  options.kind = host::Kind::kRuntime;
  if (!spec.config_json.empty()) options.config_json = spec.config_json;
  options.cpu_threads = spec.cpu_threads;
  options.on_log = [runtime = spec.runtime](std::int32_t, std::string_view line) {
    spdlog::info("runtime {}: {}", runtime, line);
  };
  options.stop = stop;
  AMOOZ_ASSIGN_OR_RETURN(auto plugin, host::OpenPlugin(options));
  if (stop->stopped()) return Status(Code::kCancelled, "the model is not wanted any more");
  AMOOZ_ASSIGN_OR_RETURN(
      auto model,
      plugin->runtime()->Load(spec.artifact_dir, options.device, spec.cpu_threads,
                              {.stop = stop, .observer = nullptr, .timeout_ms = kLoadTimeoutMs}));
  AMOOZ_RETURN_IF_ERROR(WarmUp(model.get(), stop));
  return std::unique_ptr<ServableModel>(new HostedModel(std::move(plugin), std::move(model)));
}

}  // namespace amooz::chat
