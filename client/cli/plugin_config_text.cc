#include "client/cli/plugin_config_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "client/cli/display_width.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

using nlohmann::json;

constexpr int kIndent = 6;
constexpr int kLeastText = 30;

std::string Shown(const json& value) {
  return PrintableLine(value.dump(-1, ' ', false, json::error_handler_t::replace));
}

std::string Lines(const std::string& text, int max_columns) {
  const int columns = max_columns > 0 ? std::max(kLeastText, max_columns - kIndent) : 0;
  return std::string(kIndent, ' ') + WrapToWidth(text, columns, kIndent) + "\n";
}

// Keys of objects within objects are written as amoozd's --set takes them: "model.hidden_size".
void AddKeys(const json& schema, const json& config, const std::string& path, int max_columns,
             const Style& style, std::string* text) {
  const auto properties = schema.find("properties");
  if (properties == schema.end() || !properties->is_object()) return;
  for (const auto& [name, property] : properties->items()) {
    if (!property.is_object()) continue;
    const std::string key = path.empty() ? name : StrCat(path, ".", name);
    const json value = config.is_object() && config.contains(name)
                           ? config[name]
                           : property.value("default", json());
    if (property.contains("properties")) {
      AddKeys(property, value, key, max_columns, style, text);
      continue;
    }
    StrAppend(text, "  ", style.Bold(PrintableLine(key)), "\n", Lines(Shown(value), max_columns));
    if (property.contains("default") && property["default"] != value) {
      *text += Lines("default: " + Shown(property["default"]), max_columns);
    }
    const std::string meaning = property.value("description", "");
    if (!meaning.empty()) *text += style.Dim(Lines(PrintableText(meaning), max_columns));
  }
}

}  // namespace

std::string PluginConfigText(const std::string& schema_json, const std::string& config_json,
                             int max_columns, const Style& style) {
  const json schema = json::parse(schema_json, nullptr, false);
  if (!schema.is_object()) return "";
  std::string keys;
  AddKeys(schema, json::parse(config_json, nullptr, false), "", max_columns, style, &keys);
  if (keys.empty()) return "";
  return style.Bold(config_json.empty() ? "Config, by default" : "Config in force") + "\n" + keys;
}

}  // namespace amooz::client
