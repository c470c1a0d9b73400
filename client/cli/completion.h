// Completion of `amooz`'s command lines in a shell, made from the same definition that parses them.
#ifndef AMOOZ_CLIENT_CLI_COMPLETION_H_
#define AMOOZ_CLIENT_CLI_COMPLETION_H_

#include <CLI/CLI.hpp>
#include <string>

namespace amooz::client {

// A script for bash 4 or later, for share/bash-completion/completions/amooz. It needs nothing of
// the bash-completion package and runs no command.
std::string BashCompletion(const CLI::App& app);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_COMPLETION_H_
