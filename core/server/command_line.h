// What amoozd is told when it is started.
#ifndef AMOOZ_CORE_SERVER_COMMAND_LINE_H_
#define AMOOZ_CORE_SERVER_COMMAND_LINE_H_

#include <optional>

#include "core/base/config.h"

namespace amooz::server {

struct CommandLine {
  ConfigSources sources;
  // --check-config: say whether the configuration and the plugins it names are right, and end.
  bool is_check = false;
  // Set if there is nothing to serve: the process ends with this code, and what it had to say
  // (--help, --version, a usage error: 2) has been printed.
  std::optional<int> exit_code;
};

CommandLine ParseCommandLine(int argc, const char* const* argv);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_COMMAND_LINE_H_
