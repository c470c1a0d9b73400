#include "client/chat_service/options.h"

#include <CLI/CLI.hpp>
#include <charconv>
#include <iostream>

#include "sdk/base/files.h"

namespace amooz::chat {
namespace {

constexpr int kUsageExitCode = 2;

Status CheckServer(const std::string& text) {
  const auto address = ParseListenAddress(text);
  if (address.ok() && address->port != 0) return Status::Ok();
  return Status(Code::kInvalidArgument,
                "--server '" + text + "' is not HOST:PORT, such as 127.0.0.1:50650");
}

}  // namespace

Result<std::uint64_t> ParseSpoolLimit(std::string_view text) {
  const Status bad(Code::kInvalidArgument,
                   "--spool-limit '" + std::string(text) +
                       "' is no size of at least 1MiB and below 1024TiB, such as 1GiB, 512MiB or "
                       "a number of bytes");
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end == text.data()) return bad;
  std::string_view unit(end, static_cast<std::size_t>(text.data() + text.size() - end));
  while (unit.starts_with(' ')) unit.remove_prefix(1);
  const std::pair<std::string_view, int> units[] = {{"", 0},     {"B", 0},    {"KiB", 10},
                                                    {"MiB", 20}, {"GiB", 30}, {"TiB", 40}};
  for (const auto& [name, shift] : units) {
    if (unit != name) continue;
    if (number >= (std::uint64_t{1} << 50 >> shift) || number << shift < (1u << 20)) return bad;
    return number << shift;
  }
  return bad;
}

std::variant<Options, int> ParseOptions(int argc, char** argv) {
  Options options;
  std::string listen = "127.0.0.1:50651", spool_limit = "1GiB";
  options.plugins_dir = JoinPath(ExecutableDir(), "../lib/amooz/plugins");
  CLI::App app("amooz-chat: answers with the active model of an amoozd and logs every chat to it.");
  app.set_version_flag("--version", "amooz-chat " AMOOZ_VERSION);
  app.add_option("--server", options.server, "HOST:PORT of amoozd")->capture_default_str();
  app.add_option("--data-dir", options.data_dir,
                 "Folder of the spool, of refused chats and of the models fetched; made if missing")
      ->required();
  app.add_option("--listen", listen, "HOST:PORT to serve on; port 0 takes a free one")
      ->capture_default_str();
  app.add_flag("--insecure-listen", options.insecure_listen,
               "Allow an address that other machines can reach (there is no TLS)");
  app.add_option("--plugins", options.plugins_dir, "Folder of the model runtimes")
      ->capture_default_str();
  app.add_option("--spool-limit", spool_limit,
                 "Disk for chats that amoozd has not taken yet; full = new chats are refused")
      ->capture_default_str();
  app.add_option("--threads", options.threads, "CPU threads of a model")
      ->check(CLI::Range(1, 1024))
      ->capture_default_str();
  app.footer(
      "Examples:\n"
      "  amooz-chat --data-dir amooz-data/chat\n"
      "  amooz-chat --data-dir amooz-data/chat --server 127.0.0.1:50650 --threads 2");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kUsageExitCode;
  }
  auto address = ParseListenAddress(listen);
  auto limit = ParseSpoolLimit(spool_limit);
  for (const Status& status : {CheckServer(options.server), address.status(), limit.status()}) {
    if (status.ok()) continue;
    std::cerr << "amooz-chat: " << status.message() << "\n";
    return kUsageExitCode;
  }
  options.listen = *std::move(address);
  options.spool_limit_bytes = *limit;
  return options;
}

}  // namespace amooz::chat
