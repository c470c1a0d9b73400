// The plugins of this server: which files the plugin directory holds, what each says of itself,
// which are configured, and how a configured one is opened. No file is ever loaded to look at it: a
// child process describes it, and the answer is kept by the file's SHA-256.
//
// A cycle freezes what it uses (Resolve) and opens exactly that, also after a restart (Open): a
// file that is gone or has other bytes is FAILED_PRECONDITION, named (rule 1).
#ifndef AMOOZ_CORE_PLUGIN_PLUGIN_CATALOG_H_
#define AMOOZ_CORE_PLUGIN_PLUGIN_CATALOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"
#include "amooz/v1/plugin.pb.h"
#include "sdk/base/mutex.h"
#include "sdk/host/plugin.h"

namespace amooz {

// One plugin as a cycle uses it. Survives as JSON in the cycle's row.
struct FrozenPlugin {
  host::Kind kind = host::Kind::kScorer;
  std::string name;  // as the plugin calls itself
  std::string version;
  std::string path;                // absolute
  std::string sha256;              // hex, of the file
  std::string config_json = "{}";  // complete: validated, defaults filled in
  host::Placement placement = host::Placement::kProcess;
  double weight = 1;            // scorers
  std::string artifact_format;  // trainers
  std::string reads_formats;    // runtimes
  std::string schema_json;      // of its config; not frozen, known only right after Resolve
};
std::string FrozenPluginsToJson(const std::vector<FrozenPlugin>& plugins);
absl::StatusOr<std::vector<FrozenPlugin>> FrozenPluginsFromJson(std::string_view json);

// How a plugin runs, beside what it is.
struct OpenExtras {
  std::int32_t nice = 0;
  std::int32_t cpu_threads = 0;  // 0 = not limited
  std::function<void(std::int32_t level, std::string_view line)> on_log;
  std::shared_ptr<host::StopToken> stop;  // ends loading and creating it; null: cannot be stopped
};

// Thread-safe.
class PluginCatalog {
 public:
  // The seams that tests replace.
  struct Loader {
    std::function<Result<std::vector<host::Descriptor>>(const std::string& path)> describe =
        host::Describe;
    std::function<Result<std::unique_ptr<host::Plugin>>(const host::OpenOptions&)> open =
        host::OpenPlugin;
    std::function<Result<std::string>(std::string_view schema, std::string_view config)> validate =
        host::ValidateConfig;
    // Hex SHA-256 of a file's bytes; of a regular file, because others may never end.
    std::function<Result<std::string>(const std::string& path)> digest;  // empty: sdk/base/sha256.h
  };
  // `directory` is absolute; `config` says which plugins are configured.
  PluginCatalog(std::string directory, amooz::v1::Config config, Loader loader);
  PluginCatalog(std::string directory, amooz::v1::Config config);

  // Everything in the directory and everything configured, by kind and name. What cannot be used
  // has its `error` set.
  std::vector<amooz::v1::Plugin> List();
  // Those that bear the name (and the kind, unless ""). NOT_FOUND.
  absl::StatusOr<std::vector<amooz::v1::Plugin>> Get(const std::string& name,
                                                     const std::string& kind);

  // What a configured plugin is at this moment. NOT_FOUND: no such file; INVALID_ARGUMENT: its
  // config, or a trainer or runtime asked to run in process; FAILED_PRECONDITION: not a plugin of
  // that kind. Each names the plugin.
  absl::StatusOr<FrozenPlugin> Resolve(host::Kind kind, const amooz::v1::PluginUse& use);
  // All that `config` uses: scorers, generators, trainer, runtime, in this order. What start-up
  // checks and what `collect` freezes.
  absl::StatusOr<std::vector<FrozenPlugin>> ResolveAll(const amooz::v1::Config& config);

  // FAILED_PRECONDITION naming the plugin if its file is gone or changed since it was frozen.
  absl::StatusOr<std::unique_ptr<host::Plugin>> Open(const FrozenPlugin& plugin,
                                                     const OpenExtras& extras);

 private:
  struct Seen {
    std::string sha256;
    std::vector<host::Descriptor> descriptors;
    absl::Status status;
  };
  Seen Describe(const std::string& path) AMOOZ_EXCLUDES(mutex_);
  absl::StatusOr<std::string> Digest(const std::string& path);
  void MarkConfigured(host::Kind kind, const amooz::v1::PluginUse& use,
                      std::vector<amooz::v1::Plugin>* plugins);

  const std::string directory_;
  const amooz::v1::Config config_;
  const Loader loader_;
  Mutex mutex_;
  std::map<std::string, Seen> described_
      AMOOZ_GUARDED_BY(mutex_);  // by path; valid while the bytes are the same
};

}  // namespace amooz

#endif  // AMOOZ_CORE_PLUGIN_PLUGIN_CATALOG_H_
