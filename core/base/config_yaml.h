// YAML into any Protobuf message, by its descriptor: the mechanical half of config.h.
#ifndef AMOOZ_CORE_BASE_CONFIG_YAML_H_
#define AMOOZ_CORE_BASE_CONFIG_YAML_H_

#include <google/protobuf/message.h>
#include <yaml-cpp/yaml.h>

#include <functional>
#include <string>

#include "absl/status/status.h"

namespace amooz {

// Called for each message that a list gets, before the list's item is read into it: its defaults.
using FillDefaults = std::function<void(google::protobuf::Message*)>;

// Sets the fields that `node` (a map) names, and leaves the others. Messages and Structs are merged
// deeply; a list replaces the list before it, but a map of indices changes single items. `path`
// prefixes error messages. google.protobuf.Duration takes "1h"; integers whose name ends in _bytes
// take "1MiB".
absl::Status MergeYaml(const YAML::Node& node, const std::string& path,
                       const FillDefaults& defaults, google::protobuf::Message* message);

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_CONFIG_YAML_H_
