// The functions of plugin.h that choose between the placements, and Describe.
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <system_error>

#include "sdk/base/files.h"
#include "sdk/base/process.h"
#include "sdk/host/descriptor.h"
#include "sdk/host/hosted.h"
#include "sdk/host/in_process.h"
#include "sdk/host/naming.h"
#include "sdk/host/plugin.h"

namespace amooz::host {
namespace {

constexpr int kDescribeTimeoutMs = 30'000;
constexpr int kNotFoundExit = 3;  // plugin_host_main.cc

Status CheckPath(const std::string& path) {
  if (path.empty() || path[0] != '/') {
    return Status(Code::kInvalidArgument, "plugin path '" + path + "' is not absolute");
  }
  return CheckPluginFile(path);
}

// Why a plugin may have failed that nothing is wrong with.
Status CheckPluginHost() {
  const std::string path = std::filesystem::path(PluginHostPath()).lexically_normal().string();
  if (::access(path.c_str(), X_OK) == 0) return Status::Ok();
  return Status(Code::kInternal,
                "amooz-plugin-host, without which no plugin can be loaded, cannot be started: " +
                    path + ": " + std::generic_category().message(errno) +
                    "; install Amooz again, or name it with AMOOZ_PLUGIN_HOST");
}

}  // namespace

Status CheckPluginFile(const std::string& path) {
  std::error_code error;
  const std::filesystem::file_status file = std::filesystem::status(path, error);
  if (std::filesystem::is_regular_file(file)) return Status::Ok();
  if (!std::filesystem::exists(file)) return Status(Code::kNotFound, "no plugin at " + path);
  return Status(Code::kFailedPrecondition,
                path +
                    (std::filesystem::is_directory(file) ? " is a folder" : " is no regular file") +
                    ", so it is not a plugin; name the .so itself");
}

Result<std::unique_ptr<Plugin>> OpenPlugin(const OpenOptions& options) {
  AMOOZ_RETURN_IF_ERROR(CheckPath(options.path));
  if (options.placement == Placement::kProcess) return OpenHosted(options);
  if (options.kind == Kind::kTrainer || options.kind == Kind::kRuntime) {
    return Status(Code::kInvalidArgument,
                  options.path + ": a " + std::string(KindName(options.kind)) +
                      " never runs in-process, because it could not be stopped; use placement "
                      "process");
  }
  return OpenInProcess(options);
}

Result<std::vector<Descriptor>> Describe(const std::string& path) {
  return DescribeWithin(path, kDescribeTimeoutMs);
}

Result<std::vector<Descriptor>> DescribeWithin(const std::string& path, int timeout_ms) {
  AMOOZ_RETURN_IF_ERROR(CheckPath(path));
  const Result<Captured> child =
      RunToEnd(Spawner::Default(),
               {PluginHostPath(), "--describe", std::to_string(::getpid()), path}, timeout_ms);
  if (child.status().code() == Code::kDeadlineExceeded) {
    return Status(Code::kFailedPrecondition,
                  path + " could not be described: loading it did not end within " +
                      std::to_string(timeout_ms) +
                      " ms; its global constructors and its entry function must return at once");
  }
  if (!child.ok()) {
    AMOOZ_RETURN_IF_ERROR(CheckPluginHost());
    return AtPath(path, child.status());
  }
  const Captured& run = *child;
  if (run.exit.exit_code == 0) return DescriptorsFromJson(run.out);
  std::string why = run.err;
  while (!why.empty() && why.back() == '\n') why.pop_back();
  if (run.exit.exit_code == kNotFoundExit) return Status(Code::kNotFound, why);
  if (!run.exit.exit_code.has_value() || why.empty()) {
    why = path + " ended its process while it was loaded: " + run.exit.ToString() +
          (why.empty() ? "" : "\n" + why);
  }
  return Status(Code::kFailedPrecondition, why);
}

std::string PluginHostPath() {
  const char* path = std::getenv("AMOOZ_PLUGIN_HOST");
  if (path != nullptr && *path != '\0') return path;
  return JoinPath(ExecutableDir(), "../libexec/amooz-plugin-host");
}

Result<std::string> ResolvePluginPath(const std::string& name_or_path,
                                      const std::string& directory) {
  if (!name_or_path.empty() && name_or_path[0] == '/') return name_or_path;
  if (name_or_path.empty() || name_or_path[0] == '.' ||
      name_or_path.find('/') != std::string::npos) {
    return Status(Code::kInvalidArgument,
                  "plugin '" + name_or_path + "' is neither a name nor an absolute path");
  }
  return JoinPath(directory, name_or_path + ".so");
}

}  // namespace amooz::host
