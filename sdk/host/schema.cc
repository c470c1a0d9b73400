#include "sdk/host/schema.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/json.h"
#include "sdk/base/nearest.h"
#include "sdk/host/pattern.h"
#include "sdk/host/plugin.h"

namespace amooz::host {
namespace {

using nlohmann::json;

constexpr std::array<std::string_view, 12> kConstraints{
    "type", "properties", "required", "items",   "minItems", "maxItems",
    "enum", "minimum",    "maximum",  "pattern", "default",  "additionalProperties"};
constexpr std::array<std::string_view, 6> kRemarks{"description", "title",    "$schema",
                                                   "$id",         "$comment", "examples"};
// std::regex recurses once a character.
constexpr std::size_t kMaxPatternTextBytes = 4096;

Status SchemaError(const std::string& at, const std::string& what) {
  return Status(Code::kFailedPrecondition, "the plugin's config schema is not usable: " +
                                               (at.empty() ? std::string("its root") : at) + " " +
                                               what + "; this is a bug in the plugin");
}

Status ConfigError(const std::string& at, const std::string& what) {
  return Status(Code::kInvalidArgument,
                "config" + (at.empty() ? std::string() : " " + at) + " " + what);
}

// One reference token of a JSON pointer (RFC 6901).
std::string PointerTo(const std::string& at, std::string_view key) {
  std::string pointer = at + "/";
  for (const char c : key) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
  return pointer;
}

// ---- The schema itself ----

Status CheckKeyword(const std::string& at, const std::string& keyword, const json& value) {
  const auto is_one_of = [&](const auto& list) {
    return std::find(list.begin(), list.end(), keyword) != list.end();
  };
  if (is_one_of(kRemarks)) {
    if (keyword == "examples" || value.is_string()) return Status::Ok();
    return SchemaError(at, "has a '" + keyword + "' that is no string");
  }
  if (!is_one_of(kConstraints)) {
    return SchemaError(
        at, "uses the keyword '" + keyword + "', which is not in the subset that ABI.md lists");
  }
  static constexpr std::array<std::string_view, 6> kTypes{"object", "array",   "string",
                                                          "number", "integer", "boolean"};
  if (keyword == "type" &&
      (!value.is_string() || std::find(kTypes.begin(), kTypes.end(),
                                       value.get_ref<const std::string&>()) == kTypes.end())) {
    return SchemaError(at,
                       "has a 'type' that is not one of object, array, string, number, "
                       "integer, boolean");
  }
  const bool is_well_formed =
      keyword == "properties" || keyword == "items"    ? value.is_object()
      : keyword == "required" || keyword == "enum"     ? value.is_array()
      : keyword == "minItems" || keyword == "maxItems" ? value.is_number_unsigned()
      : keyword == "minimum" || keyword == "maximum"   ? value.is_number()
      : keyword == "pattern"                           ? value.is_string()
      : keyword == "additionalProperties"              ? value.is_boolean() && !value.get<bool>()
                                                       : true;
  if (!is_well_formed) return SchemaError(at, "has a malformed '" + keyword + "'");
  return Status::Ok();
}

Status Check(const json& schema, const std::string& at, json* value);

// A default is a value of the plugin's own; a wrong one is not the fault of whoever leaves it out.
Status CheckDefault(const json& schema, const std::string& at) {
  if (!schema.contains("default")) return Status::Ok();
  json value = schema["default"];
  const Status fits = Check(schema, "", &value);
  if (fits.ok()) return fits;
  return SchemaError(at, "has the 'default' " + DumpJson(schema["default"]) +
                             ", which it would refuse (" + fits.message() + ")");
}

Status CheckSchema(const json& schema, const std::string& at) {
  if (!schema.is_object()) return SchemaError(at, "is not an object");
  for (const auto& [keyword, value] : schema.items()) {
    AMOOZ_RETURN_IF_ERROR(CheckKeyword(at, keyword, value));
  }
  if (!schema.contains("type")) return SchemaError(at, "has no 'type'");
  if (schema.contains("pattern") && !IsPattern(schema["pattern"].get_ref<const std::string&>())) {
    return SchemaError(at, "has a 'pattern' that is not a regular expression");
  }
  if (schema.contains("items")) AMOOZ_RETURN_IF_ERROR(CheckSchema(schema["items"], at + "/items"));
  if (schema.contains("properties")) {
    for (const auto& [name, property] : schema["properties"].items()) {
      AMOOZ_RETURN_IF_ERROR(CheckSchema(property, PointerTo(at + "/properties", name)));
    }
  }
  for (const json& name : schema.value("required", json::array())) {
    if (!name.is_string() ||
        !schema.value("properties", json::object()).contains(name.get<std::string>())) {
      return SchemaError(at, "requires a property that it does not describe");
    }
  }
  return CheckDefault(schema, at);
}

// ---- A value against a checked schema ----

bool HasType(const json& value, const std::string& type) {
  if (type == "object") return value.is_object();
  if (type == "array") return value.is_array();
  if (type == "string") return value.is_string();
  if (type == "boolean") return value.is_boolean();
  if (type == "number") return value.is_number();
  if (value.is_number_integer()) return true;
  // JSON Schema calls 3.0 an integer.
  if (!value.is_number_float()) return false;
  const double number = value.get<double>();
  return std::trunc(number) == number && std::abs(number) <= 9007199254740992.0;  // 2^53
}

Status CheckType(const json& schema, const std::string& at, json* value) {
  const std::string& type = schema["type"].get_ref<const std::string&>();
  if (!HasType(*value, type)) {
    const bool takes_an = type[0] == 'o' || type[0] == 'a' || type[0] == 'i';
    return ConfigError(at, std::string("is ") + std::string(JsonTypeName(*value)) + ", must be " +
                               (takes_an ? "an " : "a ") + type);
  }
  if (type == "integer" && value->is_number_float()) {
    *value = static_cast<std::int64_t>(value->get<double>());
  }
  return Status::Ok();
}

Status CheckNumber(const json& schema, const std::string& at, const json& value) {
  if (schema.contains("minimum") && value < schema["minimum"]) {
    return ConfigError(
        at, "is " + DumpJson(value) + ", must be at least " + DumpJson(schema["minimum"]));
  }
  if (schema.contains("maximum") && value > schema["maximum"]) {
    return ConfigError(
        at, "is " + DumpJson(value) + ", must be at most " + DumpJson(schema["maximum"]));
  }
  return Status::Ok();
}

Status CheckString(const json& schema, const std::string& at, const json& value) {
  if (!schema.contains("pattern")) return Status::Ok();
  const std::string& text = value.get_ref<const std::string&>();
  if (text.size() > kMaxPatternTextBytes) {
    return ConfigError(at, "is longer than " + std::to_string(kMaxPatternTextBytes) + " bytes");
  }
  const std::string& pattern = schema["pattern"].get_ref<const std::string&>();
  if (!MatchesPattern(text, pattern)) {
    return ConfigError(at, "is " + DumpJson(value) + ", must match " + pattern);
  }
  return Status::Ok();
}

Status CheckArray(const json& schema, const std::string& at, json* value) {
  const auto limit = [&](const char* keyword, std::size_t otherwise) {
    return schema.contains(keyword) ? schema[keyword].get<std::size_t>() : otherwise;
  };
  if (value->size() < limit("minItems", 0)) {
    return ConfigError(at, "has " + std::to_string(value->size()) + " items, must have at least " +
                               DumpJson(schema["minItems"]));
  }
  if (value->size() > limit("maxItems", value->size())) {
    return ConfigError(at, "has " + std::to_string(value->size()) + " items, must have at most " +
                               DumpJson(schema["maxItems"]));
  }
  if (!schema.contains("items")) return Status::Ok();
  for (std::size_t i = 0; i < value->size(); ++i) {
    AMOOZ_RETURN_IF_ERROR(Check(schema["items"], at + "/" + std::to_string(i), &(*value)[i]));
  }
  return Status::Ok();
}

Status CheckNoUnknownKeys(const json& properties, const std::string& at, const json& value) {
  for (const auto& [key, member] : value.items()) {
    if (properties.contains(key)) continue;
    std::vector<std::string> known;
    for (const auto& [name, property] : properties.items()) known.push_back(name);
    const std::string nearest = NearestName(key, known);
    std::string hint = "; it takes no keys";
    if (!nearest.empty()) {
      hint = "; did you mean '" + nearest + "'?";
    } else if (!known.empty()) {
      hint = "; known keys:";
      for (const std::string& name : known) hint += " " + name;
    }
    return ConfigError(at, "has the unknown key '" + key + "'" + hint);
  }
  return Status::Ok();
}

// What an absent member becomes: its default, or {} where every member of it has one; null else.
json AbsentValue(const json& schema) {
  if (schema.contains("default")) return schema["default"];
  if (schema["type"] != "object") return json();
  for (const json& name : schema.value("required", json::array())) {
    if (AbsentValue(schema["properties"][name.get<std::string>()]).is_null()) return json();
  }
  return json::object();
}

Status CheckObject(const json& schema, const std::string& at, json* value) {
  const json properties = schema.value("properties", json::object());
  AMOOZ_RETURN_IF_ERROR(CheckNoUnknownKeys(properties, at, *value));
  for (const auto& [name, property] : properties.items()) {
    if (!value->contains(name)) {
      json absent = AbsentValue(property);
      if (!absent.is_null()) (*value)[name] = std::move(absent);
    }
    if (!value->contains(name)) continue;
    AMOOZ_RETURN_IF_ERROR(Check(property, PointerTo(at, name), &(*value)[name]));
  }
  for (const json& name : schema.value("required", json::array())) {
    const std::string& key = name.get_ref<const std::string&>();
    if (!value->contains(key)) return ConfigError(at, "lacks the required key '" + key + "'");
  }
  return Status::Ok();
}

Status Check(const json& schema, const std::string& at, json* value) {
  AMOOZ_RETURN_IF_ERROR(CheckType(schema, at, value));
  if (schema.contains("enum")) {
    const json& choices = schema["enum"];
    if (std::find(choices.begin(), choices.end(), *value) == choices.end()) {
      return ConfigError(at, "is " + DumpJson(*value) + ", must be one of " + DumpJson(choices));
    }
  }
  if (value->is_number()) return CheckNumber(schema, at, *value);
  if (value->is_string()) return CheckString(schema, at, *value);
  if (value->is_array()) return CheckArray(schema, at, value);
  if (value->is_object()) return CheckObject(schema, at, value);
  return Status::Ok();
}

Result<json> ParseSchema(std::string_view schema_json) {
  Result<json> schema = ParseJson(schema_json, "schema");
  if (!schema.ok()) return SchemaError("", "is no JSON");
  AMOOZ_RETURN_IF_ERROR(CheckSchema(*schema, ""));
  if ((*schema)["type"] != "object") return SchemaError("", "must be of type object");
  return schema;
}

}  // namespace

Status CheckConfigSchema(std::string_view schema_json) { return ParseSchema(schema_json).status(); }

Result<std::string> ValidateConfig(std::string_view schema_json, std::string_view config_json) {
  AMOOZ_ASSIGN_OR_RETURN(const json schema, ParseSchema(schema_json));
  AMOOZ_ASSIGN_OR_RETURN(json config,
                         ParseJson(config_json.empty() ? "{}" : config_json, "config"));
  AMOOZ_RETURN_IF_ERROR(Check(schema, "", &config));
  return DumpJson(config);
}

}  // namespace amooz::host
