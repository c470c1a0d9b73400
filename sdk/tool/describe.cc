#include <cstdio>

#include "sdk/base/json.h"
#include "sdk/tool/commands.h"
#include "sdk/tool/table.h"

namespace amooz::tool {
namespace {

using nlohmann::json;

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : ", ") + word;
  return text.empty() ? "none" : text;
}

// "/length/min  integer  3  what it is" for each key, objects opened.
void AddKeys(const json& schema, const std::string& at,
             std::vector<std::vector<std::string>>* rows) {
  const json properties = schema.value("properties", json::object());
  for (const auto& [name, property] : properties.items()) {
    const std::string pointer = at + "/" + name;
    rows->push_back({pointer, property.value("type", ""),
                     property.contains("default") ? DumpJson(property["default"]) : "",
                     property.value("description", "")});
    AddKeys(property, pointer, rows);
  }
}

void Print(const host::Descriptor& d) {
  std::printf("%s '%s' %s\n", std::string(host::KindName(d.kind)).c_str(), d.name.c_str(),
              d.version.c_str());
  std::vector<std::vector<std::string>> facts{
      {"vendor", d.vendor},
      {"license", d.license},
      {"capabilities", Joined(host::CapabilityNames(d.caps))},
      {"ABI", "built for 1." + std::to_string(d.abi_minor_built) + ", needs 1." +
                  std::to_string(d.abi_minor_required)},
      {"stops within", std::to_string(d.stop_grace_ms) + " ms"},
      {"calls at once", std::to_string(d.max_concurrency)}};
  if (!d.artifact_format.empty()) facts.push_back({"writes", d.artifact_format});
  if (!d.reads_formats.empty()) facts.push_back({"reads", d.reads_formats});
  facts.push_back({"file", d.path});
  facts.push_back({"SHA-256", d.sha256});
  facts.push_back({"needs", Joined(d.needed)});
  for (const auto& fact : facts) std::printf("  %-14s %s\n", fact[0].c_str(), fact[1].c_str());
  std::vector<std::vector<std::string>> keys;
  AddKeys(json::parse(d.config_schema_json, nullptr, false), "", &keys);
  if (keys.empty()) {
    std::printf("  takes no config\n\n");
  } else {
    std::printf("\n%s\n", FormatTable({"config", "type", "default", "meaning"}, keys).c_str());
  }
}

}  // namespace

Status RunDescribe(const DescribeOptions& options) {
  AMOOZ_ASSIGN_OR_RETURN(const std::string path, FindPlugin(options.file));
  AMOOZ_ASSIGN_OR_RETURN(const std::vector<host::Descriptor> descriptors, host::Describe(path));
  if (options.json) {
    std::printf("%s\n", host::DescriptorsToJson(descriptors).c_str());
  } else {
    for (const host::Descriptor& descriptor : descriptors) Print(descriptor);
  }
  return Status::Ok();
}

}  // namespace amooz::tool
