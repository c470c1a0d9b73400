// The `pattern` keyword of a config schema.
#ifndef AMOOZ_SDK_HOST_PATTERN_H_
#define AMOOZ_SDK_HOST_PATTERN_H_

#include <string>

namespace amooz::host {

// An ECMAScript regular expression that this host can use.
bool IsPattern(const std::string& pattern);
// Whether `pattern` (IsPattern) matches somewhere in `text`.
bool MatchesPattern(const std::string& text, const std::string& pattern);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_PATTERN_H_
