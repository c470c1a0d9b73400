#include "client/cli/config_yaml.h"

#include <nlohmann/json.hpp>

#include "client/cli/display_width.h"
#include "client/lib/proto_json.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

using nlohmann::ordered_json;

bool IsBlock(const ordered_json& value) { return value.is_structured() && !value.empty(); }

void AppendBlock(const ordered_json& value, int indent, std::string* yaml);

// "key: scalar", or "key:" and the block below it. JSON's scalars are YAML's.
void AppendMember(const std::string& key, const ordered_json& value, int indent,
                  std::string* yaml) {
  StrAppend(yaml, key, ":");
  if (IsBlock(value)) {
    yaml->push_back('\n');
    AppendBlock(value, indent + 2, yaml);
  } else {
    StrAppend(yaml, " ", value.dump(), "\n");
  }
}

void AppendBlock(const ordered_json& value, int indent, std::string* yaml) {
  const std::string spaces(static_cast<std::size_t>(indent), ' ');
  if (value.is_object()) {
    for (const auto& [key, member] : value.items()) {
      if (member.is_null()) continue;
      *yaml += spaces;
      AppendMember(key, member, indent, yaml);
    }
    return;
  }
  for (const ordered_json& element : value) {
    if (!IsBlock(element)) {
      StrAppend(yaml, spaces, "- ", element.dump(), "\n");
      continue;
    }
    std::string block;
    AppendBlock(element, indent + 2, &block);
    block.replace(static_cast<std::size_t>(indent), 2, "- ");
    *yaml += block;
  }
}

}  // namespace

std::string ConfigYaml(const v1::GetConfigResponse& reply) {
  std::string yaml = reply.source().empty()
                         ? std::string("# no file: defaults and the command line\n")
                         : StrCat("# from ", PrintableLine(reply.source()), "\n");
  AppendBlock(ToJson(reply.config()), 0, &yaml);
  return yaml;
}

}  // namespace amooz::client
