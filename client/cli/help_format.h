// How `--help` looks: what an option takes as one word or its choices, the default behind it.
#ifndef AMOOZ_CLIENT_CLI_HELP_FORMAT_H_
#define AMOOZ_CLIENT_CLI_HELP_FORMAT_H_

#include <CLI/CLI.hpp>
#include <string>
#include <vector>

namespace amooz::client {

// An argument without dashes: "FILE".
bool IsOperand(const CLI::Option& option);
bool TakesValue(const CLI::Option& option);
// {"table", "json"} of an option that takes one of these; empty if it takes anything.
std::vector<std::string> ChoicesOf(const CLI::Option& option);

class HelpFormat : public CLI::Formatter {
 public:
  HelpFormat();
  std::string make_option_opts(const CLI::Option* option) const override;
  std::string make_option_desc(const CLI::Option* option) const override;
};

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_HELP_FORMAT_H_
