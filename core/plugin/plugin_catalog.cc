#include "core/plugin/plugin_catalog.h"

#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "core/base/status_macros.h"
#include "sdk/base/sha256.h"

namespace amooz {
namespace {

using amooz::v1::PluginUse;

Result<std::string> HexDigestOfFile(const std::string& path) {
  AMOOZ_RETURN_IF_ERROR(host::CheckPluginFile(path));
  AMOOZ_ASSIGN_OR_RETURN(const Sha256Digest digest, Sha256OfFile(path));
  return ToHex(digest);
}

// The status with the plugin's name and kind in front.
absl::Status Named(host::Kind kind, std::string_view name, const absl::Status& status) {
  return absl::Status(status.code(), std::string(host::KindName(kind)) + " '" + std::string(name) +
                                         "': " + std::string(status.message()));
}

// The key of amooz.yaml that chooses plugins of this kind.
std::string_view ConfigKey(host::Kind kind) {
  switch (kind) {
    case host::Kind::kScorer:
      return "scoring.scorers";
    case host::Kind::kVariation:
      return "variation.generators";
    case host::Kind::kTrainer:
      return "training.trainer";
    case host::Kind::kRuntime:
      return "serving.runtime";
  }
  return "plugins";
}

// "heuristic_scorer, torch": what the plugin directory offers by name.
std::string InstalledNames(const std::string& directory) {
  std::vector<std::string> names;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".so") names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text.empty() ? "none" : text;
}

std::string_view PlacementName(host::Placement placement) {
  return placement == host::Placement::kInProcess ? "in_process" : "process";
}

bool IsAlwaysHosted(host::Kind kind) {
  return kind == host::Kind::kTrainer || kind == host::Kind::kRuntime;
}

std::string ConfigJson(const PluginUse& use) {
  if (!use.has_config()) return "{}";
  std::string json;
  const auto status = google::protobuf::util::MessageToJsonString(use.config(), &json);
  return status.ok() ? json : "{}";
}

PluginUse UseOf(const std::string& plugin, const google::protobuf::Struct& config) {
  PluginUse use;
  use.set_plugin(plugin);
  *use.mutable_config() = config;
  return use;
}

std::vector<std::pair<host::Kind, PluginUse>> AllUses(const amooz::v1::Config& config) {
  std::vector<std::pair<host::Kind, PluginUse>> uses;
  for (const PluginUse& use : config.scoring().scorers())
    uses.emplace_back(host::Kind::kScorer, use);
  for (const PluginUse& use : config.variation().generators())
    uses.emplace_back(host::Kind::kVariation, use);
  uses.emplace_back(host::Kind::kTrainer,
                    UseOf(config.training().trainer(), config.training().config()));
  uses.emplace_back(host::Kind::kRuntime,
                    UseOf(config.serving().runtime(), config.serving().config()));
  return uses;
}

amooz::v1::Plugin ToProto(const host::Descriptor& descriptor, const std::string& file,
                          const std::string& sha256) {
  amooz::v1::Plugin plugin;
  plugin.set_name(descriptor.name);
  plugin.set_kind(std::string(host::KindName(descriptor.kind)));
  plugin.set_version(descriptor.version);
  plugin.set_vendor(descriptor.vendor);
  plugin.set_license(descriptor.license);
  for (const std::string& capability : host::CapabilityNames(descriptor.caps))
    plugin.add_capabilities(capability);
  plugin.set_config_schema_json(descriptor.config_schema_json);
  plugin.set_file(file);
  plugin.set_sha256(sha256);
  plugin.set_abi_required("1." + std::to_string(descriptor.abi_minor_required));
  return plugin;
}

// Placement as configured; by default the installation's own scorers and generators run in process.
absl::StatusOr<host::Placement> PlacementOf(host::Kind kind, const PluginUse& use, bool is_own) {
  if (IsAlwaysHosted(kind)) {
    if (use.placement() == "in_process") {
      return absl::InvalidArgumentError(
          "placement in_process is not possible: it always runs in a child process");
    }
    return host::Placement::kProcess;
  }
  if (use.placement() == "in_process") return host::Placement::kInProcess;
  if (use.placement() == "process") return host::Placement::kProcess;
  if (use.placement().empty())
    return is_own ? host::Placement::kInProcess : host::Placement::kProcess;
  return absl::InvalidArgumentError("placement is '" + use.placement() +
                                    "': use in_process or process");
}

// What is trained must be what can be served; found before an hour of training, not after it.
absl::Status CheckFormats(const std::vector<FrozenPlugin>& plugins) {
  const auto find = [&plugins](host::Kind kind) {
    return std::find_if(plugins.begin(), plugins.end(),
                        [kind](const FrozenPlugin& one) { return one.kind == kind; });
  };
  const auto trainer = find(host::Kind::kTrainer), runtime = find(host::Kind::kRuntime);
  if (trainer == plugins.end() || runtime == plugins.end()) return absl::OkStatus();
  for (const absl::string_view format : absl::StrSplit(runtime->reads_formats, ',')) {
    const std::string readable(absl::StripAsciiWhitespace(format));
    if (readable == trainer->artifact_format) return absl::OkStatus();
  }
  return absl::FailedPreconditionError("training.trainer: '" + trainer->name +
                                       "' makes models of format '" + trainer->artifact_format +
                                       "', and serving.runtime '" + runtime->name + "' reads '" +
                                       runtime->reads_formats + "': choose two that fit");
}

}  // namespace

std::string FrozenPluginsToJson(const std::vector<FrozenPlugin>& plugins) {
  nlohmann::json json = nlohmann::json::array();
  for (const FrozenPlugin& plugin : plugins) {
    json.push_back({{"kind", static_cast<int>(plugin.kind)},
                    {"name", plugin.name},
                    {"version", plugin.version},
                    {"path", plugin.path},
                    {"sha256", plugin.sha256},
                    {"config_json", plugin.config_json},
                    {"placement", PlacementName(plugin.placement)},
                    {"weight", plugin.weight},
                    {"artifact_format", plugin.artifact_format},
                    {"reads_formats", plugin.reads_formats}});
  }
  return json.dump();
}

absl::StatusOr<std::vector<FrozenPlugin>> FrozenPluginsFromJson(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (!json.is_array()) return absl::DataLossError("the cycle's frozen plugins cannot be read");
  try {
    std::vector<FrozenPlugin> plugins;
    for (const nlohmann::json& one : json) {
      FrozenPlugin plugin;
      plugin.kind = static_cast<host::Kind>(one.at("kind").get<int>());
      plugin.name = one.at("name").get<std::string>();
      plugin.version = one.at("version").get<std::string>();
      plugin.path = one.at("path").get<std::string>();
      plugin.sha256 = one.at("sha256").get<std::string>();
      plugin.config_json = one.at("config_json").get<std::string>();
      plugin.placement = one.at("placement") == "in_process" ? host::Placement::kInProcess
                                                             : host::Placement::kProcess;
      plugin.weight = one.at("weight").get<double>();
      plugin.artifact_format = one.at("artifact_format").get<std::string>();
      plugin.reads_formats = one.at("reads_formats").get<std::string>();
      plugins.push_back(std::move(plugin));
    }
    return plugins;
  } catch (const nlohmann::json::exception&) {
    return absl::DataLossError("the cycle's frozen plugins cannot be read");
  }
}

PluginCatalog::PluginCatalog(std::string directory, amooz::v1::Config config, Loader loader)
    : directory_(std::move(directory)), config_(std::move(config)), loader_(std::move(loader)) {}

PluginCatalog::PluginCatalog(std::string directory, amooz::v1::Config config)
    : PluginCatalog(std::move(directory), std::move(config), Loader()) {}

absl::StatusOr<std::string> PluginCatalog::Digest(const std::string& path) {
  return ToAbsl(loader_.digest ? loader_.digest(path) : HexDigestOfFile(path));
}

PluginCatalog::Seen PluginCatalog::Describe(const std::string& path) {
  Seen seen;
  const absl::StatusOr<std::string> sha256 = Digest(path);
  if (!sha256.ok()) {
    seen.status = sha256.status();
    return seen;
  }
  {
    MutexLock lock(&mutex_);
    const auto known = described_.find(path);
    if (known != described_.end() && known->second.sha256 == *sha256) return known->second;
  }
  seen.sha256 = *sha256;
  auto descriptors = loader_.describe(path);
  if (descriptors.ok()) {
    seen.descriptors = *std::move(descriptors);
  } else {
    seen.status = ToAbsl(descriptors.status());
    // Only what is the file's own fault lasts as long as its bytes.
    if (!absl::IsFailedPrecondition(seen.status)) return seen;
  }
  MutexLock lock(&mutex_);
  described_[path] = seen;
  return seen;
}

absl::StatusOr<FrozenPlugin> PluginCatalog::Resolve(host::Kind kind, const PluginUse& use) {
  const auto failed = [&](const absl::Status& status) {
    const absl::Status named = Named(kind, use.plugin(), status);
    return absl::Status(named.code(),
                        std::string(ConfigKey(kind)) + ": " + std::string(named.message()));
  };
  const auto path = host::ResolvePluginPath(use.plugin(), directory_);
  if (!path.ok()) return failed(ToAbsl(path.status()));
  const Seen seen = Describe(*path);
  if (absl::IsNotFound(seen.status)) {
    return failed(absl::NotFoundError(
        "there is no such plugin. Give an absolute path to a .so, or the name of an installed "
        "one: " +
        InstalledNames(directory_)));
  }
  if (!seen.status.ok()) return failed(seen.status);
  const auto descriptor =
      std::find_if(seen.descriptors.begin(), seen.descriptors.end(),
                   [&](const host::Descriptor& one) { return one.kind == kind; });
  if (descriptor == seen.descriptors.end()) {
    return failed(absl::FailedPreconditionError("its file offers no plugin of this kind"));
  }
  FrozenPlugin plugin;
  const bool is_own =
      std::filesystem::path(*path).parent_path() == std::filesystem::path(directory_);
  const auto placement = PlacementOf(kind, use, is_own);
  if (!placement.ok()) return failed(placement.status());
  auto config = loader_.validate(descriptor->config_schema_json, ConfigJson(use));
  if (!config.ok()) return failed(ToAbsl(config.status()));
  plugin.kind = kind;
  plugin.name = descriptor->name;
  plugin.version = descriptor->version;
  plugin.path = *path;
  plugin.sha256 = seen.sha256;
  plugin.config_json = *std::move(config);
  plugin.placement = *placement;
  plugin.weight = use.weight() > 0 ? use.weight() : 1;
  plugin.artifact_format = descriptor->artifact_format;
  plugin.reads_formats = descriptor->reads_formats;
  plugin.schema_json = descriptor->config_schema_json;
  return plugin;
}

absl::StatusOr<std::vector<FrozenPlugin>> PluginCatalog::ResolveAll(
    const amooz::v1::Config& config) {
  std::vector<FrozenPlugin> plugins;
  for (const auto& [kind, use] : AllUses(config)) {
    ASSIGN_OR_RETURN(plugins.emplace_back(), Resolve(kind, use));
  }
  RETURN_IF_ERROR(CheckFormats(plugins));
  return plugins;
}

absl::StatusOr<std::unique_ptr<host::Plugin>> PluginCatalog::Open(const FrozenPlugin& plugin,
                                                                  const OpenExtras& extras) {
  const absl::StatusOr<std::string> sha256 = Digest(plugin.path);
  if (!sha256.ok()) {
    return absl::FailedPreconditionError(
        std::string(host::KindName(plugin.kind)) + " '" + plugin.name +
        "' is gone: its file cannot be read any more; put it back and start again");
  }
  if (*sha256 != plugin.sha256) {
    return absl::FailedPreconditionError(
        std::string(host::KindName(plugin.kind)) + " '" + plugin.name +
        "' is not the one that the cycle began with: its file has changed; amooz cycle start begins "
        "a cycle with the new one");
  }
  host::OpenOptions options;
  options.path = plugin.path;
  options.kind = plugin.kind;
  options.name = plugin.name;
  options.config_json = plugin.config_json;
  options.placement = plugin.placement;
  options.expected_sha256 = plugin.sha256;
  options.nice = extras.nice;
  options.cpu_threads = extras.cpu_threads;
  options.on_log = extras.on_log;
  options.stop = extras.stop;
  auto opened = loader_.open(options);
  if (!opened.ok()) return Named(plugin.kind, plugin.name, ToAbsl(opened.status()));
  return *std::move(opened);
}

void PluginCatalog::MarkConfigured(host::Kind kind, const PluginUse& use,
                                   std::vector<amooz::v1::Plugin>* plugins) {
  const absl::StatusOr<FrozenPlugin> frozen = Resolve(kind, use);
  const std::string kind_name(host::KindName(kind));
  auto listed = std::find_if(plugins->begin(), plugins->end(), [&](const amooz::v1::Plugin& one) {
    return frozen.ok() && one.kind() == kind_name && one.name() == frozen->name &&
           one.sha256() == frozen->sha256;
  });
  if (listed == plugins->end()) {  // configured by path, or not usable
    amooz::v1::Plugin plugin;
    plugin.set_name(use.plugin());
    plugin.set_kind(kind_name);
    plugin.set_file(use.plugin());
    if (frozen.ok()) {
      for (const host::Descriptor& descriptor : Describe(frozen->path).descriptors) {
        if (descriptor.kind == kind) plugin = ToProto(descriptor, use.plugin(), frozen->sha256);
      }
    }
    plugins->push_back(std::move(plugin));
    listed = plugins->end() - 1;
  }
  listed->set_configured(true);
  if (frozen.ok()) {
    listed->set_placement(std::string(PlacementName(frozen->placement)));
    listed->set_config_json(frozen->config_json);
  } else {
    listed->set_error(std::string(frozen.status().message()));
  }
}

std::vector<amooz::v1::Plugin> PluginCatalog::List() {
  std::vector<amooz::v1::Plugin> plugins;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory_, error)) {
    if (entry.path().extension() != ".so") continue;
    const std::string file = entry.path().filename().string();
    const Seen seen = Describe(entry.path().string());
    for (const host::Descriptor& descriptor : seen.descriptors) {
      plugins.push_back(ToProto(descriptor, file, seen.sha256));
    }
    if (!seen.status.ok()) {
      amooz::v1::Plugin unusable;
      unusable.set_name(entry.path().stem().string());
      unusable.set_file(file);
      unusable.set_sha256(seen.sha256);
      unusable.set_error(std::string(seen.status.message()));
      plugins.push_back(std::move(unusable));
    }
  }
  for (const auto& [kind, use] : AllUses(config_)) MarkConfigured(kind, use, &plugins);
  std::sort(
      plugins.begin(), plugins.end(), [](const amooz::v1::Plugin& a, const amooz::v1::Plugin& b) {
        return std::tie(a.kind(), a.name(), a.file()) < std::tie(b.kind(), b.name(), b.file());
      });
  return plugins;
}

absl::StatusOr<std::vector<amooz::v1::Plugin>> PluginCatalog::Get(const std::string& name,
                                                                  const std::string& kind) {
  std::vector<amooz::v1::Plugin> found = List();
  std::erase_if(found, [&](const amooz::v1::Plugin& plugin) {
    return plugin.name() != name || (!kind.empty() && plugin.kind() != kind);
  });
  if (found.empty()) {
    return absl::NotFoundError("there is no " + (kind.empty() ? "plugin" : kind) + " '" + name +
                               "': amooz plugin list shows those that there are");
  }
  return found;
}

}  // namespace amooz
