#include "sdk/base/failpoint.h"

#ifdef AMOOZ_FAILPOINTS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <string>
#include <string_view>

namespace amooz {
namespace {

// What the environment asked for when the first point was passed.
struct Plan {
  Plan() {
    if (const char* log = std::getenv("AMOOZ_FAILPOINT_LOG"); log != nullptr) log_path = log;
    const char* fatal = std::getenv("AMOOZ_FAILPOINT");
    if (fatal == nullptr) return;
    const std::string_view text(fatal);
    const std::size_t colon = text.rfind(':');
    name = text.substr(0, colon);
    if (colon == std::string_view::npos) return;
    passes_left = std::strtol(fatal + colon + 1, nullptr, 10);
    if (passes_left < 1) passes_left = 1;
  }
  std::string name;
  std::string log_path;
  std::atomic<long> passes_left{1};
};

void AppendLine(const std::string& path, std::string_view name) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  const std::string line = std::string(name) + "\n";
  // One write of a short line to an O_APPEND file: lines of several processes do not mix.
  if (::write(fd, line.data(), line.size()) < 0) std::abort();
  ::close(fd);
}

}  // namespace

void PassFailpoint(const char* name) {
  static Plan* const plan = new Plan;
  if (!plan->log_path.empty()) AppendLine(plan->log_path, name);
  if (plan->name != name) return;
  if (plan->passes_left.fetch_sub(1) == 1) ::kill(::getpid(), SIGKILL);
}

}  // namespace amooz

#endif  // AMOOZ_FAILPOINTS
