#include "core/base/config_yaml.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/duration.pb.h>
#include <google/protobuf/struct.pb.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <optional>
#include <set>
#include <string_view>
#include <vector>

#include "core/base/config.h"
#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "sdk/base/nearest.h"

namespace amooz {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::Duration;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using google::protobuf::Struct;
using google::protobuf::Value;

constexpr std::size_t kShownBytes = 60;

std::string Shown(const YAML::Node& node) {
  if (node.IsMap()) return "a map";
  if (node.IsSequence()) return "a list";
  if (!node.IsScalar()) return "nothing";
  const std::string& text = node.Scalar();
  return "'" + (text.size() <= kShownBytes ? text : text.substr(0, kShownBytes) + "...") + "'";
}

absl::Status WrongType(const YAML::Node& node, const std::string& path, std::string_view wanted) {
  return absl::InvalidArgumentError(StrCat(path, ": ", Shown(node), " is not ", wanted));
}

std::string Join(const std::string& path, const std::string& key) {
  return path.empty() ? key : path + "." + key;
}

template <typename T>
std::optional<T> ParseNumber(const std::string& text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> ParseBool(const std::string& text) {
  if (text == "true") return true;
  if (text == "false") return false;
  return std::nullopt;
}

// ---- google.protobuf.Struct: whatever YAML says, by the rules of YAML's core schema ----

absl::Status MergeStruct(const YAML::Node& node, const std::string& path, Struct* out);

void ScalarToValue(const YAML::Node& node, Value* out) {
  const std::string& text = node.Scalar();
  const bool is_quoted = node.Tag() == "!";
  const auto truth = ParseBool(text);
  const auto number = ParseNumber<double>(text);
  if (truth && !is_quoted) {
    out->set_bool_value(*truth);
  } else if (number && std::isfinite(*number) && !is_quoted) {
    out->set_number_value(*number);
  } else {
    out->set_string_value(text);
  }
}

absl::Status ToValue(const YAML::Node& node, const std::string& path, Value* out) {
  if (node.IsMap()) return MergeStruct(node, path, out->mutable_struct_value());
  if (node.IsSequence()) {
    out->mutable_list_value()->clear_values();
    for (std::size_t i = 0; i < node.size(); ++i) {
      RETURN_IF_ERROR(
          ToValue(node[i], StrCat(path, ".", i), out->mutable_list_value()->add_values()));
    }
    return absl::OkStatus();
  }
  if (node.IsNull()) {
    out->set_null_value(google::protobuf::NULL_VALUE);
  } else {
    ScalarToValue(node, out);
  }
  return absl::OkStatus();
}

// yaml-cpp keeps both and finds the first.
absl::Status CheckNoKeyTwice(const YAML::Node& map, const std::string& path) {
  std::set<std::string> seen;
  for (const auto& entry : map) {
    if (!entry.first.IsScalar() || seen.insert(entry.first.Scalar()).second) continue;
    return absl::InvalidArgumentError(
        StrCat(Join(path, entry.first.Scalar()), ": is given twice; leave one of them out"));
  }
  return absl::OkStatus();
}

absl::Status MergeStruct(const YAML::Node& node, const std::string& path, Struct* out) {
  if (!node.IsMap()) return WrongType(node, path, "a map");
  RETURN_IF_ERROR(CheckNoKeyTwice(node, path));
  for (const auto& entry : node) {
    const std::string key = entry.first.Scalar();
    RETURN_IF_ERROR(ToValue(entry.second, Join(path, key), &(*out->mutable_fields())[key]));
  }
  return absl::OkStatus();
}

// ---- Fields ----

absl::Status SetDuration(const YAML::Node& node, const std::string& path, Duration* out) {
  if (!node.IsScalar()) return WrongType(node, path, "a duration such as 1h, 90s or 3600");
  const absl::StatusOr<std::int64_t> micros = ParseDurationMicros(node.Scalar());
  if (!micros.ok()) return WrongType(node, path, "a duration such as 1h, 90s or 3600");
  out->set_seconds(*micros / 1'000'000);
  out->set_nanos(static_cast<std::int32_t>(*micros % 1'000'000 * 1000));
  return absl::OkStatus();
}

absl::Status SetUint32(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor* field, Message* message) {
  const std::string& text = node.Scalar();
  const bool is_size = field->name().ends_with("_bytes");
  std::optional<std::uint64_t> value = ParseNumber<std::uint64_t>(text);
  if (is_size) {
    const absl::StatusOr<std::uint64_t> size = ParseSizeBytes(text);
    value = size.ok() ? std::optional(*size) : std::nullopt;
  }
  if (!value || *value > std::numeric_limits<std::uint32_t>::max()) {
    return WrongType(
        node, path,
        is_size ? "a size such as 64KiB or 1MiB" : "a whole number from 0 to 4294967295");
  }
  message->GetReflection()->SetUInt32(message, field, static_cast<std::uint32_t>(*value));
  return absl::OkStatus();
}

absl::Status SetScalar(const YAML::Node& node, const std::string& path,
                       const FieldDescriptor* field, Message* message) {
  const Reflection* reflection = message->GetReflection();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING:
      if (!node.IsScalar()) return WrongType(node, path, "a text");
      reflection->SetString(message, field, node.Scalar());
      return absl::OkStatus();
    case FieldDescriptor::CPPTYPE_BOOL: {
      const auto value = node.IsScalar() ? ParseBool(node.Scalar()) : std::nullopt;
      if (!value) return WrongType(node, path, "true or false");
      reflection->SetBool(message, field, *value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const auto value = node.IsScalar() ? ParseNumber<double>(node.Scalar()) : std::nullopt;
      if (!value || !std::isfinite(*value)) return WrongType(node, path, "a number");
      reflection->SetDouble(message, field, *value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT32:
      if (!node.IsScalar()) return WrongType(node, path, "a whole number");
      return SetUint32(node, path, field, message);
    default:
      return absl::InternalError(StrCat(path,
                                        ": config.proto has a kind of field that the loader "
                                        "does not know"));
  }
}

absl::Status SetMessage(const YAML::Node& node, const std::string& path,
                        const FillDefaults& defaults, Message* message) {
  const Descriptor* type = message->GetDescriptor();
  if (type == Duration::descriptor())
    return SetDuration(node, path, static_cast<Duration*>(message));
  if (type == Struct::descriptor()) return MergeStruct(node, path, static_cast<Struct*>(message));
  return MergeYaml(node, path, defaults, message);
}

absl::Status SetItem(const YAML::Node& entry, const YAML::Node& key, const std::string& path,
                     const FieldDescriptor* field, const FillDefaults& defaults, Message* message) {
  const Reflection* reflection = message->GetReflection();
  const auto index = ParseNumber<int>(key.Scalar());
  const int size = reflection->FieldSize(*message, field);
  if (!index || *index < 0 || *index >= size) {
    return absl::InvalidArgumentError(
        StrCat(path, ": there is no item '", key.Scalar(), "'; the list has ", size));
  }
  return SetMessage(entry, Join(path, key.Scalar()), defaults,
                    reflection->MutableRepeatedMessage(message, field, *index));
}

absl::Status SetList(const YAML::Node& node, const std::string& path, const FieldDescriptor* field,
                     const FillDefaults& defaults, Message* message) {
  if (node.IsMap()) {
    for (const auto& entry : node) {
      RETURN_IF_ERROR(SetItem(entry.second, entry.first, path, field, defaults, message));
    }
    return absl::OkStatus();
  }
  if (!node.IsSequence()) return WrongType(node, path, "a list");
  const Reflection* reflection = message->GetReflection();
  reflection->ClearField(message, field);
  for (std::size_t i = 0; i < node.size(); ++i) {
    Message* item = reflection->AddMessage(message, field);
    defaults(item);
    RETURN_IF_ERROR(SetMessage(node[i], StrCat(path, ".", i), defaults, item));
  }
  return absl::OkStatus();
}

absl::Status UnknownKey(const Descriptor* type, const std::string& path, const std::string& key) {
  std::vector<std::string> known;
  for (int i = 0; i < type->field_count(); ++i) known.push_back(type->field(i)->name());
  const std::string nearest = NearestName(key, known);
  std::string message = StrCat(Join(path, key), ": there is no such setting");
  if (!nearest.empty()) message += StrCat("; did you mean ", Join(path, nearest), "?");
  return absl::InvalidArgumentError(message);
}

}  // namespace

absl::Status MergeYaml(const YAML::Node& node, const std::string& path,
                       const FillDefaults& defaults, Message* message) {
  if (node.IsNull()) return absl::OkStatus();  // "cycle:" with everything in it commented out
  if (!node.IsMap()) return WrongType(node, path.empty() ? "the file" : path, "a map");
  RETURN_IF_ERROR(CheckNoKeyTwice(node, path));
  for (const auto& entry : node) {
    if (!entry.first.IsScalar()) return WrongType(entry.first, path, "a key");
    const std::string key = entry.first.Scalar();
    const FieldDescriptor* field = message->GetDescriptor()->FindFieldByName(key);
    if (field == nullptr) return UnknownKey(message->GetDescriptor(), path, key);
    const std::string field_path = Join(path, key);
    if (field->is_repeated()) {
      RETURN_IF_ERROR(SetList(entry.second, field_path, field, defaults, message));
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      RETURN_IF_ERROR(SetMessage(entry.second, field_path, defaults,
                                 message->GetReflection()->MutableMessage(message, field)));
    } else {
      RETURN_IF_ERROR(SetScalar(entry.second, field_path, field, message));
    }
  }
  return absl::OkStatus();
}

}  // namespace amooz
