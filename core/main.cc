// amoozd: reads the configuration, serves, and stops when it is told to.
#include <spdlog/spdlog.h>

#include <cstdlib>
#include <iostream>
#include <memory>

#include "core/base/config.h"
#include "core/base/log.h"
#include "core/server/amooz_server.h"
#include "core/server/command_line.h"
#include "core/server/library_logs.h"
#include "core/server/shutdown_signal.h"

namespace {

constexpr int kCouldNotStart = 1;
constexpr int kWrongConfig = 2;

int Check(const amooz::v1::Config& config) {
  if (const absl::Status plugins = amooz::server::AmoozServer::CheckPlugins(config);
      !plugins.ok()) {
    std::cerr << "amoozd: " << plugins.message() << "\n";
    return kWrongConfig;
  }
  std::cout << "The configuration is right.\n";
  return EXIT_SUCCESS;
}

int Serve(const amooz::ConfigSources& sources, bool is_check) {
  const absl::StatusOr<amooz::v1::Config> config = amooz::LoadConfig(sources);
  if (!config.ok()) {
    std::cerr << "amoozd: " << config.status().message() << "\n";
    return kWrongConfig;
  }
  if (is_check) return Check(*config);
  if (const absl::Status log = amooz::SetUpLog(config->log_level()); !log.ok()) {
    std::cerr << "amoozd: " << log.message() << "\n";
    return kWrongConfig;
  }
  amooz::server::SendLibraryLogsToOurs();
  amooz::server::ShutdownSignal shutdown;
  const auto server =
      amooz::server::AmoozServer::Start({.config = *config, .config_source = sources.file});
  if (!server.ok()) {
    spdlog::error("amoozd could not start: {}", std::string(server.status().message()));
    return kCouldNotStart;
  }
  spdlog::info("signal {}: stopping", shutdown.Wait());
  (*server)->Stop();
  spdlog::info("stopped");
  return EXIT_SUCCESS;
}

}  // namespace

int main(int argc, char** argv) {
  const amooz::server::CommandLine line = amooz::server::ParseCommandLine(argc, argv);
  if (line.exit_code.has_value()) return *line.exit_code;
  return Serve(line.sources, line.is_check);
}
