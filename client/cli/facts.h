// Two columns: names and what is so.
#ifndef AMOOZ_CLIENT_CLI_FACTS_H_
#define AMOOZ_CLIENT_CLI_FACTS_H_

#include <string>
#include <utility>
#include <vector>

#include "client/cli/terminal.h"

namespace amooz::client {

using Facts = std::vector<std::pair<std::string, std::string>>;

// "  Name    value", the values below each other; a value's further lines are indented as its
// first. Values are printed as they are: pass texts of others through PrintableText.
std::string FactLines(const Facts& facts, const Style& style);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_FACTS_H_
