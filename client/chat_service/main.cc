// amooz-chat: see README.md.
#include <signal.h>
#include <spdlog/spdlog.h>

#include <cstdio>
#include <variant>

#include "client/chat_service/service.h"

int main(int argc, char** argv) {
  const auto parsed = amooz::chat::ParseOptions(argc, argv);
  if (const int* exit_code = std::get_if<int>(&parsed)) return *exit_code;

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
