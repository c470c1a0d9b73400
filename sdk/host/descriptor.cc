#include "sdk/host/descriptor.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "sdk/base/json.h"
#include "sdk/base/utf8.h"
#include "sdk/host/pattern.h"
#include "sdk/host/schema.h"

namespace amooz::host {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxNameBytes = 64;
constexpr std::size_t kMaxVersionBytes = 128;
// MAJOR.MINOR.PATCH, then perhaps -pre.release and +build (semver.org, 2.0.0).
constexpr const char* kSemver =
    "^(0|[1-9][0-9]*)[.](0|[1-9][0-9]*)[.](0|[1-9][0-9]*)"
    "(-[0-9A-Za-z-]+([.][0-9A-Za-z-]+)*)?([+][0-9A-Za-z-]+([.][0-9A-Za-z-]+)*)?$";
constexpr std::int32_t kDefaultStopGraceMs = 2000;
constexpr std::int32_t kMaxConcurrency = 256;

constexpr std::array<std::pair<std::uint64_t, std::string_view>, 8> kCapabilities{{
    {AMOOZ_CAP_CONCURRENT, "concurrent"},
    {AMOOZ_CAP_DETERMINISTIC, "deterministic"},
    {AMOOZ_CAP_BATCH_INVARIANT, "batch_invariant"},
    {AMOOZ_CAP_NEEDS_GPU, "needs_gpu"},
    {AMOOZ_CAP_RESUMABLE, "resumable"},
    {AMOOZ_CAP_STREAMS_LOGPROBS, "streams_logprobs"},
    {AMOOZ_CAP_NEEDS_NETWORK, "needs_network"},
    {AMOOZ_CAP_NEEDS_PROCESSES, "needs_processes"},
}};

Status Refuse(const std::string& what) { return Status(Code::kFailedPrecondition, what); }

bool IsName(std::string_view name) {
  const auto is_lower = [](char c) { return c >= 'a' && c <= 'z'; };
  return !name.empty() && name.size() <= kMaxNameBytes && is_lower(name[0]) &&
         std::all_of(name.begin(), name.end(),
                     [&](char c) { return is_lower(c) || (c >= '0' && c <= '9') || c == '_'; });
}

// A descriptor's string; a null pointer reads as "".
std::string Text(const char* text) { return text == nullptr ? std::string() : std::string(text); }

Status CheckHeader(const amooz_plugin* plugin) {
  if (plugin == nullptr) return Refuse("the plugin table has a null entry");
  if (!AMOOZ_HAS_FIELD(plugin, vtable)) {
    return Refuse("a plugin's struct_size " + std::to_string(plugin->struct_size) +
                  " is shorter than ABI 1.0's");
  }
  const std::string name = Text(plugin->name);
  if (!IsName(name)) {
    return Refuse("a plugin's name is '" + ToUtf8(name.substr(0, kMaxNameBytes)) +
                  "', must match [a-z][a-z0-9_]{0,63}");
  }
  if (plugin->abi_minor_required > AMOOZ_ABI_MINOR) {
    return Refuse("plugin '" + name + "' requires ABI 1." +
                  std::to_string(plugin->abi_minor_required) + ", this host has ABI 1." +
                  std::to_string(AMOOZ_ABI_MINOR) + "; update Amooz");
  }
  if (plugin->kind < AMOOZ_KIND_SCORER || plugin->kind > AMOOZ_KIND_RUNTIME) {
    return Refuse("plugin '" + name + "' is of kind " + std::to_string(plugin->kind) +
                  ", which this host does not know");
  }
  for (const char* text :
       {plugin->version, plugin->vendor, plugin->license, plugin->config_schema_json}) {
    if (!IsUtf8(Text(text))) return Refuse("plugin '" + name + "' describes itself not in UTF-8");
  }
  const std::string version = Text(plugin->version);
  if (version.size() > kMaxVersionBytes || !MatchesPattern(version, kSemver)) {
    return Refuse("plugin '" + name + "' has the version '" + version.substr(0, kMaxVersionBytes) +
                  "', which is no semantic version; write MAJOR.MINOR.PATCH, such as 1.0.0");
  }
  if (plugin->vtable == nullptr) return Refuse("plugin '" + name + "' has no vtable");
  return Status::Ok();
}

Status MissingSlot(const std::string& name, const char* slot) {
  return Refuse("plugin '" + name + "' lacks the required function " + slot);
}

#define AMOOZ_REQUIRE_SLOT_(vtable, slot) \
  if (!AMOOZ_HAS(vtable, slot)) return MissingSlot(descriptor->name, #slot)

Status ReadVtable(const amooz_plugin* plugin, Descriptor* descriptor) {
  switch (descriptor->kind) {
    case Kind::kScorer: {
      const auto* vtable = static_cast<const amooz_scorer_vtable*>(plugin->vtable);
      AMOOZ_REQUIRE_SLOT_(vtable, create);
      AMOOZ_REQUIRE_SLOT_(vtable, destroy);
      AMOOZ_REQUIRE_SLOT_(vtable, score);
      break;
    }
    case Kind::kVariation: {
      const auto* vtable = static_cast<const amooz_variation_vtable*>(plugin->vtable);
      AMOOZ_REQUIRE_SLOT_(vtable, create);
      AMOOZ_REQUIRE_SLOT_(vtable, destroy);
      AMOOZ_REQUIRE_SLOT_(vtable, generate);
      break;
    }
    case Kind::kTrainer: {
      const auto* vtable = static_cast<const amooz_trainer_vtable*>(plugin->vtable);
      AMOOZ_REQUIRE_SLOT_(vtable, create);
      AMOOZ_REQUIRE_SLOT_(vtable, destroy);
      AMOOZ_REQUIRE_SLOT_(vtable, train);
      AMOOZ_REQUIRE_SLOT_(vtable, artifact_format);
      descriptor->artifact_format = vtable->artifact_format;
      break;
    }
    case Kind::kRuntime: {
      const auto* vtable = static_cast<const amooz_runtime_vtable*>(plugin->vtable);
      AMOOZ_REQUIRE_SLOT_(vtable, create);
      AMOOZ_REQUIRE_SLOT_(vtable, destroy);
      AMOOZ_REQUIRE_SLOT_(vtable, load);
      AMOOZ_REQUIRE_SLOT_(vtable, unload);
      AMOOZ_REQUIRE_SLOT_(vtable, generate);
      AMOOZ_REQUIRE_SLOT_(vtable, reads_formats);
      descriptor->has_evaluate = AMOOZ_HAS(vtable, evaluate);
      descriptor->reads_formats = vtable->reads_formats;
      break;
    }
  }
  return Status::Ok();
}

#undef AMOOZ_REQUIRE_SLOT_

json ToJson(const Descriptor& d) {
  return {{"kind", KindName(d.kind)},
          {"name", d.name},
          {"version", d.version},
          {"vendor", d.vendor},
          {"license", d.license},
          {"config_schema", json::parse(d.config_schema_json, nullptr, /*allow_exceptions=*/false)},
          {"caps", d.caps},
          {"capabilities", CapabilityNames(d.caps)},
          {"abi_minor_built", d.abi_minor_built},
          {"abi_minor_required", d.abi_minor_required},
          {"stop_grace_ms", d.stop_grace_ms},
          {"max_concurrency", d.max_concurrency},
          {"has_evaluate", d.has_evaluate},
          {"artifact_format", d.artifact_format},
          {"reads_formats", d.reads_formats},
          {"path", d.path},
          {"sha256", d.sha256},
          {"needed", d.needed}};
}

Kind KindOf(const std::string& name) {
  for (const Kind kind : {Kind::kScorer, Kind::kVariation, Kind::kTrainer}) {
    if (KindName(kind) == name) return kind;
  }
  return Kind::kRuntime;
}

Descriptor FromJson(const json& j) {
  Descriptor d;
  d.kind = KindOf(j.at("kind").get<std::string>());
  j.at("name").get_to(d.name);
  j.at("version").get_to(d.version);
  j.at("vendor").get_to(d.vendor);
  j.at("license").get_to(d.license);
  d.config_schema_json = DumpJson(j.at("config_schema"));
  j.at("caps").get_to(d.caps);
  j.at("abi_minor_built").get_to(d.abi_minor_built);
  j.at("abi_minor_required").get_to(d.abi_minor_required);
  j.at("stop_grace_ms").get_to(d.stop_grace_ms);
  j.at("max_concurrency").get_to(d.max_concurrency);
  j.at("has_evaluate").get_to(d.has_evaluate);
  j.at("artifact_format").get_to(d.artifact_format);
  j.at("reads_formats").get_to(d.reads_formats);
  j.at("path").get_to(d.path);
  j.at("sha256").get_to(d.sha256);
  j.at("needed").get_to(d.needed);
  return d;
}

}  // namespace

std::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kScorer:
      return "scorer";
    case Kind::kVariation:
      return "variation";
    case Kind::kTrainer:
      return "trainer";
    case Kind::kRuntime:
      return "runtime";
  }
  return "unknown";
}

std::vector<std::string> CapabilityNames(std::uint64_t caps) {
  std::vector<std::string> names;
  for (const auto& [bit, name] : kCapabilities) {
    if ((caps & bit) != 0) names.emplace_back(name);
  }
  return names;
}

std::string DescriptorsToJson(const std::vector<Descriptor>& descriptors) {
  json array = json::array();
  for (const Descriptor& descriptor : descriptors) array.push_back(ToJson(descriptor));
  return DumpJson(array, 2);
}

Result<std::vector<Descriptor>> DescriptorsFromJson(std::string_view text) {
  AMOOZ_ASSIGN_OR_RETURN(const json array, ParseJson(text, "the descriptor list"));
  try {
    std::vector<Descriptor> descriptors;
    for (const json& item : array) descriptors.push_back(FromJson(item));
    return descriptors;
  } catch (const json::exception&) {
    return Status(Code::kInternal, "amooz-plugin-host gave a descriptor list that lacks fields");
  }
}

Result<Descriptor> ReadDescriptor(const amooz_plugin* plugin) {
  AMOOZ_RETURN_IF_ERROR(CheckHeader(plugin));
  Descriptor descriptor;
  descriptor.kind = static_cast<Kind>(plugin->kind);
  descriptor.name = plugin->name;
  descriptor.version = Text(plugin->version);
  descriptor.vendor = Text(plugin->vendor);
  descriptor.license = Text(plugin->license);
  descriptor.config_schema_json = Text(plugin->config_schema_json);
  if (descriptor.config_schema_json.empty()) descriptor.config_schema_json = R"({"type":"object"})";
  descriptor.caps = plugin->caps;
  descriptor.abi_minor_built = plugin->abi_minor_built;
  descriptor.abi_minor_required = plugin->abi_minor_required;
  descriptor.stop_grace_ms =
      plugin->stop_grace_ms > 0 ? plugin->stop_grace_ms : kDefaultStopGraceMs;
  const bool is_concurrent = (plugin->caps & AMOOZ_CAP_CONCURRENT) != 0;
  descriptor.max_concurrency =
      is_concurrent ? std::clamp(plugin->max_concurrency, 1, kMaxConcurrency) : 1;
  AMOOZ_RETURN_IF_ERROR(ReadVtable(plugin, &descriptor));
  AMOOZ_RETURN_IF_ERROR(CheckConfigSchema(descriptor.config_schema_json));
  return descriptor;
}

Result<std::vector<Descriptor>> ReadDescriptors(const amooz_plugin_set* set) {
  if (set == nullptr)
    return Refuse("its entry function refused this host (ABI 1." + std::to_string(AMOOZ_ABI_MINOR) +
                  ")");
  if (!AMOOZ_HAS_FIELD(set, plugins) || set->count == 0 || set->plugins == nullptr) {
    return Refuse("its plugin table is empty or too short");
  }
  std::vector<Descriptor> descriptors;
  for (std::size_t i = 0; i < set->count; ++i) {
    AMOOZ_ASSIGN_OR_RETURN(Descriptor descriptor, ReadDescriptor(set->plugins[i]));
    for (const Descriptor& other : descriptors) {
      if (other.kind == descriptor.kind && other.name == descriptor.name) {
        return Refuse("it has two plugins of kind " + std::string(KindName(other.kind)) +
                      " named '" + other.name + "'");
      }
    }
    descriptors.push_back(std::move(descriptor));
  }
  return descriptors;
}

Result<std::size_t> FindDescriptor(const std::vector<Descriptor>& descriptors, Kind kind,
                                   const std::string& name) {
  std::vector<std::size_t> matches;
  std::string what_there_is;
  for (std::size_t i = 0; i < descriptors.size(); ++i) {
    const Descriptor& descriptor = descriptors[i];
    what_there_is += (what_there_is.empty() ? "" : ", ") + std::string(KindName(descriptor.kind)) +
                     " '" + descriptor.name + "'";
    if (descriptor.kind == kind && (name.empty() || descriptor.name == name)) matches.push_back(i);
  }
  if (matches.size() == 1) return matches[0];
  if (matches.empty()) {
    return Status(Code::kNotFound, "it has no " + std::string(KindName(kind)) +
                                       (name.empty() ? "" : " named '" + name + "'") +
                                       "; it has: " + what_there_is);
  }
  return Status(Code::kInvalidArgument, "it has several plugins of kind " +
                                            std::string(KindName(kind)) +
                                            "; say which by name: " + what_there_is);
}

}  // namespace amooz::host
