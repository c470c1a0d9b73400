#include "sdk/host/pattern.h"

#include <regex>

namespace amooz::host {

bool IsPattern(const std::string& pattern) {
  try {
    const std::regex compiled(pattern);
    return true;
  } catch (const std::regex_error&) {
    return false;
  }
}

bool MatchesPattern(const std::string& text, const std::string& pattern) {
  return std::regex_search(text, std::regex(pattern));
}

}  // namespace amooz::host
