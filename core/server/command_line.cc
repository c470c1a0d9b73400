#include "core/server/command_line.h"

#include <CLI/CLI.hpp>

#include "core/server/version.h"

namespace amooz::server {
namespace {

constexpr char kDescription[] =
    "amoozd, the Amooz server: collects chats, learns from them in cycles, keeps the models.";

constexpr char kExamples[] = R"(
Examples:
  amoozd --data-dir /var/lib/amooz
      everything by default, on 127.0.0.1:50650
  amoozd --config /etc/amooz/amooz.yaml --listen 127.0.0.1:0
      a free port; its number is in DATA_DIR/amoozd.address once the server serves
  amoozd --data-dir ./data --set cycle.enhancement_interval=10m --set scoring.min_score.points=4
      single values over those of the file
  amoozd --config /etc/amooz/amooz.yaml --check-config
      says whether the file and the plugins it names are right, and starts nothing

The server stops on SIGTERM or SIGINT: chats that were acknowledged are on disk, and a cycle under
way goes on at the next start. Exit codes: 0 stopped, 1 could not start, 2 wrong usage or config.
)";

constexpr int kUsageError = 2;

}  // namespace

CommandLine ParseCommandLine(int argc, const char* const* argv) {
  CommandLine result;
  bool is_insecure = false;
  CLI::App app(kDescription, "amoozd");
  app.footer(kExamples);
  app.set_version_flag("--version", std::string("amoozd ") + kVersion);
  app.add_option("--config", result.sources.file, "The configuration, YAML")->type_name("FILE");
  app.add_option("--data-dir", result.sources.data_dir,
                 "Where everything is kept; made if missing. Needed here or in the file")
      ->type_name("DIR");
  app.add_option("--listen", result.sources.listen,
                 "Address to serve on; port 0 takes a free one (default 127.0.0.1:50650)")
      ->type_name("HOST:PORT");
  app.add_option("--set", result.sources.overrides,
                 "One value of the configuration, by its path; may be given several times")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  app.add_flag("--insecure-listen", is_insecure,
               "Allow an address that other machines can reach, though nothing is encrypted");
  app.add_flag(
      "--check-config", result.is_check,
      "Say whether the configuration and its plugins are right, and end: 0 if so, 2 if not");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    result.exit_code = app.exit(e) == 0 ? 0 : kUsageError;
    return result;
  }
  if (is_insecure) result.sources.overrides.push_back("insecure_listen=true");
  return result;
}

}  // namespace amooz::server
