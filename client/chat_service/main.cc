// amooz-chat: see README.md.
#include <signal.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <memory>
#include <utility>
#include <variant>

#include "client/chat_service/service.h"

namespace {

// As amoozd logs: to stderr, in UTC.
void SetUpLog() {
  auto logger = std::make_shared<spdlog::logger>("amooz-chat",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
  logger->flush_on(spdlog::level::info);
  logger->set_pattern("%Y-%m-%dT%H:%M:%S.%eZ %l %v", spdlog::pattern_time_type::utc);
  spdlog::set_default_logger(std::move(logger));
}

}  // namespace

int main(int argc, char** argv) {
  const auto parsed = amooz::chat::ParseOptions(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;

  SetUpLog();
  // Blocked before any thread starts, so that sigwait below is the one that gets them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGTERM);
  sigaddset(&signals, SIGINT);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);

  auto service = amooz::chat::Service::Start(std::get<amooz::chat::Options>(parsed));
  if (!service.ok()) {
    std::fprintf(stderr, "amooz-chat: %s\n", service.status().message().c_str());
    return 1;
  }
  int received = 0;
  sigwait(&signals, &received);
  spdlog::info("stopping (signal {})", received);
  (*service)->Stop();
  return 0;
}
