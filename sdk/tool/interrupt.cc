#include "sdk/tool/interrupt.h"

#include <signal.h>

namespace amooz::tool {
namespace {

// What the handler reaches; never destroyed.
host::StopToken* interrupted = nullptr;

extern "C" void OnSignal(int number) {
  interrupted->Stop();  // reads a clock and stores to atomics: safe here
  ::signal(number, SIG_DFL);
}

}  // namespace

std::shared_ptr<host::StopToken> StopOnInterrupt() {
  static auto* const token =
      new std::shared_ptr<host::StopToken>(std::make_shared<host::StopToken>());
  interrupted = token->get();
  ::signal(SIGINT, &OnSignal);
  ::signal(SIGTERM, &OnSignal);
  return *token;
}

}  // namespace amooz::tool
