#include "client/cli/facts.h"

#include <algorithm>

#include "client/cli/display_width.h"

namespace amooz::client {

std::string FactLines(const Facts& facts, const Style& style) {
  int widest = 0;
  for (const auto& [name, value] : facts) widest = std::max(widest, DisplayWidth(name));
  std::string text;
  for (const auto& [name, value] : facts) {
    const auto padding = static_cast<std::size_t>(widest - DisplayWidth(name)) + 2;
    text += "  " + style.Dim(name) + std::string(padding, ' ');
    for (const char c : value) {
      text.push_back(c);
      if (c == '\n') text.append(static_cast<std::size_t>(widest) + 4, ' ');
    }
    text.push_back('\n');
  }
  return text;
}

}  // namespace amooz::client
