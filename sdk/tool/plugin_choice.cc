#include "sdk/tool/plugin_choice.h"

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "sdk/base/files.h"
#include "sdk/tool/flag_checks.h"

namespace amooz::tool {

Result<std::string> ConfigText(const std::string& config) {
  if (config.empty() || config[0] != '@') return config;
  const std::string path = config.substr(1);
  AMOOZ_ASSIGN_OR_RETURN(const std::string text, Env::Default()->ReadFile(path));
  const std::string wrong = CheckJsonObject(text);
  if (!wrong.empty()) {
    return Status(Code::kInvalidArgument, "--config: the text of " + path + " " + wrong);
  }
  return text;
}

Result<std::string> FindPlugin(const std::string& file) {
  std::string path;
  if (file.find('/') != std::string::npos || file.ends_with(".so")) {
    std::error_code error;
    path = std::filesystem::absolute(file, error).lexically_normal().string();
  } else {
    AMOOZ_ASSIGN_OR_RETURN(
        path, host::ResolvePluginPath(file, JoinPath(ExecutableDir(), "../lib/amooz/plugins")));
  }
  if (!Env::Default()->Exists(path)) {
    return Status(Code::kNotFound, "no plugin '" + file + "' (looked for " + path + ")");
  }
  return path;
}

Result<std::unique_ptr<host::Plugin>> Open(const PluginChoice& choice, host::Kind kind,
                                           const std::shared_ptr<host::StopToken>& stop) {
  host::OpenOptions options;
  AMOOZ_ASSIGN_OR_RETURN(options.path, FindPlugin(choice.file));
  AMOOZ_ASSIGN_OR_RETURN(options.config_json, ConfigText(choice.config));
  options.kind = kind;
  options.name = choice.name;
  options.placement =
      choice.placement == "in_process" ? host::Placement::kInProcess : host::Placement::kProcess;
  options.cpu_threads = choice.threads;
  options.on_log = [](std::int32_t, std::string_view line) {
    std::fprintf(stderr, "%.*s\n", static_cast<int>(line.size()), line.data());
  };
  options.stop = stop;
  return host::OpenPlugin(options);
}

Result<OpenedModel> OpenModel(const PluginChoice& choice, const std::string& dir,
                              const host::CallOptions& call) {
  if (!Env::Default()->Exists(dir)) return Status(Code::kNotFound, "no model folder " + dir);
  OpenedModel opened;
  AMOOZ_ASSIGN_OR_RETURN(opened.plugin, Open(choice, host::Kind::kRuntime, call.stop));
  AMOOZ_ASSIGN_OR_RETURN(
      opened.model, opened.plugin->runtime()->Load(std::filesystem::absolute(dir).string(), "cpu",
                                                   std::max(choice.threads, 1), call));
  return opened;
}

}  // namespace amooz::tool
