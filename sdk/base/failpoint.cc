#include "sdk/base/failpoint.h"

#ifdef AMOOZ_FAILPOINTS

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>

namespace amooz {
namespace {

std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// "name[:n]": the n-th pass of one point.
class Pass {
 public:
  explicit Pass(const std::string& text) {
    const std::size_t colon = text.rfind(':');
    name_ = text.substr(0, colon);
    if (colon == std::string::npos) return;
    left_ = std::max(1L, std::strtol(text.c_str() + colon + 1, nullptr, 10));
  }
  // True at that pass alone.
  bool IsNow(const char* name) { return name_ == name && left_.fetch_sub(1) == 1; }

 private:
  std::string name_;
  std::atomic<long> left_{1};
};

// What the environment asked for when the first point was passed.
struct Plan {
  Pass fatal{Variable("AMOOZ_FAILPOINT")};
  Pass held{Variable("AMOOZ_FAILPOINT_HOLD")};
  const std::string hold_file = Variable("AMOOZ_FAILPOINT_HOLD_FILE");
  const std::string log_file = Variable("AMOOZ_FAILPOINT_LOG");
};

void AppendLine(const std::string& path, std::string_view line) {
  const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  if (fd < 0) return;
  // One write of a short line to an O_APPEND file: lines of several processes do not mix.
  if (::write(fd, line.data(), line.size()) < 0) std::abort();
  ::close(fd);
}

void HoldWhileThereIs(const std::string& path) {
  AppendLine(path, "");
  while (::access(path.c_str(), F_OK) == 0) {
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
}

}  // namespace

void PassFailpoint(const char* name) {
  static Plan* const plan = new Plan;
  if (!plan->log_file.empty()) AppendLine(plan->log_file, std::string(name) + "\n");
  if (plan->fatal.IsNow(name)) ::kill(::getpid(), SIGKILL);
  if (plan->held.IsNow(name)) HoldWhileThereIs(plan->hold_file);
}

}  // namespace amooz

#endif  // AMOOZ_FAILPOINTS
