// The configuration in force, in the form of amooz.yaml.
#ifndef AMOOZ_CLIENT_CLI_CONFIG_YAML_H_
#define AMOOZ_CLIENT_CLI_CONFIG_YAML_H_

#include <string>

#include "amooz/v1/server.pb.h"

namespace amooz::client {

// With a comment that says where it came from. Fields that are not set are left out.
std::string ConfigYaml(const v1::GetConfigResponse& reply);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_CONFIG_YAML_H_
