#include "sdk/base/json.h"

namespace amooz {
namespace {

constexpr int kMaxDepth = 64;

}  // namespace

Result<nlohmann::json> ParseJson(std::string_view text, std::string_view what) {
  bool is_too_deep = false;
  const auto limit_depth = [&](int depth, nlohmann::json::parse_event_t, nlohmann::json&) {
    if (depth > kMaxDepth) is_too_deep = true;
    return !is_too_deep;
  };
  try {
    nlohmann::json value = nlohmann::json::parse(text, limit_depth);
    if (is_too_deep) {
      return Status(Code::kInvalidArgument,
                    std::string(what) + " is nested deeper than " + std::to_string(kMaxDepth));
    }
    return value;
  } catch (const nlohmann::json::parse_error& error) {
    return Status(Code::kInvalidArgument, std::string(what) + " is not JSON: an error at byte " +
                                              std::to_string(error.byte));
  } catch (const nlohmann::json::out_of_range&) {
    return Status(Code::kInvalidArgument,
                  std::string(what) + " has a number beyond the range of a double");
  }
}

std::string DumpJson(const nlohmann::json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string_view JsonTypeName(const nlohmann::json& value) {
  switch (value.type()) {
    case nlohmann::json::value_t::null:
      return "null";
    case nlohmann::json::value_t::object:
      return "an object";
    case nlohmann::json::value_t::array:
      return "an array";
    case nlohmann::json::value_t::string:
      return "a string";
    case nlohmann::json::value_t::boolean:
      return "a boolean";
    case nlohmann::json::value_t::number_integer:
    case nlohmann::json::value_t::number_unsigned:
      return "an integer";
    case nlohmann::json::value_t::number_float:
      return "a number";
    default:
      return "something else";
  }
}

}  // namespace amooz
