#include "sdk/tool/flag_checks.h"

#include <charconv>
#include <cmath>

#include "sdk/base/json.h"
#include "sdk/base/utf8.h"

namespace amooz::tool {
namespace {

// "0.5", not "0.500000".
std::string Short(double number) {
  char digits[32];
  const auto end = std::to_chars(digits, digits + sizeof(digits), number).ptr;
  return std::string(digits, end);
}

// The whole of `text` as a number; false if it is none or beyond T's range.
template <typename T>
bool Parse(std::string_view text, T* out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), *out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

std::string CheckWholeNumber(std::string_view text, std::uint64_t min, std::uint64_t max) {
  std::uint64_t number = 0;
  if (Parse(text, &number) && number >= min && number <= max) return {};
  return "is '" + std::string(text) + "', must be a whole number from " + std::to_string(min) +
         " to " + std::to_string(max);
}

std::string CheckNumber(std::string_view text, const NumberLimits& limits) {
  double number = 0;
  const bool is_number = Parse(text, &number) && std::isfinite(number);
  const bool is_enough = limits.above ? number > limits.min : number >= limits.min;
  if (is_number && is_enough && number <= limits.max) return {};
  return "is '" + std::string(text) + "', must be a number " +
         (limits.above ? "greater than " : "of at least ") + Short(limits.min) +
         (std::isfinite(limits.max) ? " and at most " + Short(limits.max) : "");
}

std::string CheckUtf8(std::string_view text) {
  const std::size_t at = FindNotUtf8(text);
  return at == std::string_view::npos ? "" : "is not UTF-8 at byte " + std::to_string(at + 1);
}

std::string CheckJsonObject(std::string_view text) {
  if (std::string wrong = CheckUtf8(text); !wrong.empty()) return wrong;
  if (text.empty()) return "is empty, must be a JSON object; {} is the empty one";
  const Result<nlohmann::json> value = ParseJson(text, "it");
  if (!value.ok()) return "must be a JSON object: " + value.status().message();
  if (value->is_object()) return {};
  return "is " + std::string(JsonTypeName(*value)) + ", must be a JSON object";
}

}  // namespace amooz::tool
