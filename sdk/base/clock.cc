#include "sdk/base/clock.h"

#include <chrono>

#ifdef AMOOZ_FAILPOINTS
#include <cstdlib>
#include <fstream>
#endif

namespace amooz {
namespace {

#ifdef AMOOZ_FAILPOINTS
// Read at each look, so that a test steps the clock of a running server by writing the file.
std::int64_t OffsetMicros() {
  static const char* const path = std::getenv("AMOOZ_CLOCK_OFFSET_FILE");
  double seconds = 0;
  if (path != nullptr) std::ifstream(path) >> seconds;
  return static_cast<std::int64_t>(seconds * 1e6);
}
#else
constexpr std::int64_t OffsetMicros() { return 0; }
#endif

class SystemClock : public Clock {
 public:
  std::int64_t NowMicros() override {
    return std::chrono::duration_cast<std::chrono::microseconds>(
               std::chrono::system_clock::now().time_since_epoch())
               .count() +
           OffsetMicros();
  }
};

}  // namespace

Clock* Clock::System() {
  static SystemClock* const clock = new SystemClock;
  return clock;
}

std::int64_t MonotonicNanos() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

}  // namespace amooz
