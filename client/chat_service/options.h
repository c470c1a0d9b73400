// The command line of amooz-chat.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_OPTIONS_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_OPTIONS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>

#include "sdk/base/listen_address.h"
#include "sdk/base/status.h"

namespace amooz::chat {

struct Options {
  std::string server = "127.0.0.1:50650";
  std::string data_dir;
  ListenAddress listen{"127.0.0.1", 50651};
  bool insecure_listen = false;
  std::string plugins_dir;
  std::uint64_t spool_limit_bytes = std::uint64_t{1} << 30;
  std::int32_t threads = 1;
};

// The options, or the exit code after help, version or a mistake was printed.
std::variant<Options, int> ParseOptions(int argc, char** argv);

// "1GiB", "512 MiB", "4096": bytes. INVALID_ARGUMENT for anything else and below 1 MiB.
Result<std::uint64_t> ParseSpoolLimit(std::string_view text);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_OPTIONS_H_
