// What a flag's value must be. Each says what is wrong with it, "" if nothing is; the caller names
// the flag.
#ifndef AMOOZ_SDK_TOOL_FLAG_CHECKS_H_
#define AMOOZ_SDK_TOOL_FLAG_CHECKS_H_

#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

namespace amooz::tool {

// A whole number in digits, min..max.
std::string CheckWholeNumber(std::string_view text, std::uint64_t min,
                             std::uint64_t max = std::numeric_limits<std::uint64_t>::max());

// A finite number. `above`: greater than min, not equal to it.
struct NumberLimits {
  double min = 0;
  bool above = false;
  double max = std::numeric_limits<double>::infinity();
};
std::string CheckNumber(std::string_view text, const NumberLimits& limits);

// UTF-8, which the ABI promises to plugins. Names the byte, counted from 1.
std::string CheckUtf8(std::string_view text);
// UTF-8 and a JSON object.
std::string CheckJsonObject(std::string_view text);

}  // namespace amooz::tool

#endif  // AMOOZ_SDK_TOOL_FLAG_CHECKS_H_
