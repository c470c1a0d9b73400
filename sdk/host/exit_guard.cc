#include "sdk/host/exit_guard.h"

#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <mutex>

namespace amooz::host {
namespace {

constexpr int kFailed = 1;

// The plugin that this thread is inside of; null outside of any. exit() runs its handlers in the
// thread that called it.
thread_local const char* current = nullptr;

void OnExit() {
  if (current == nullptr) return;
  std::fflush(nullptr);
  std::fprintf(stderr,
               "plugin '%s' called exit(), which ends the whole process that it runs in; a plugin "
               "reports a failure by its return code. Until it is repaired, run it with placement "
               "process.\n",
               current);
  ::_exit(kFailed);
}

}  // namespace

InsidePlugin::InsidePlugin(const std::string& plugin) : outer_(current) {
  static std::once_flag registered;
  std::call_once(registered, [] {
    std::atexit(&OnExit);
    std::at_quick_exit(&OnExit);
  });
  current = plugin.c_str();
}

InsidePlugin::~InsidePlugin() { current = outer_; }

}  // namespace amooz::host
