// A plugin's configuration for people: each key with what is in force and what it means.
#ifndef AMOOZ_CLIENT_CLI_PLUGIN_CONFIG_TEXT_H_
#define AMOOZ_CLIENT_CLI_PLUGIN_CONFIG_TEXT_H_

#include <string>

#include "client/cli/terminal.h"

namespace amooz::client {

// From its JSON Schema and the config in force; empty if it takes none. Without a config the
// schema's defaults are shown. Lines are broken at max_columns (0: never).
std::string PluginConfigText(const std::string& schema_json, const std::string& config_json,
                             int max_columns, const Style& style);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_PLUGIN_CONFIG_TEXT_H_
