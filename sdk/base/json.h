// nlohmann/json without its exceptions: what a text that others wrote needs.
#ifndef AMOOZ_SDK_BASE_JSON_H_
#define AMOOZ_SDK_BASE_JSON_H_

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "sdk/base/status.h"

namespace amooz {

// INVALID_ARGUMENT "<what> is not JSON: ..., at byte N". Nesting deeper than 64 is refused, so that
// no reader recurses without bound.
Result<nlohmann::json> ParseJson(std::string_view text, std::string_view what);
// Bytes that are not UTF-8 become U+FFFD. indent -1: one line.
std::string DumpJson(const nlohmann::json& value, int indent = -1);
// A JSON value's type in words: "a string", "an object", ...
std::string_view JsonTypeName(const nlohmann::json& value);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_JSON_H_
