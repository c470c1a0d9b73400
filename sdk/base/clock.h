// Time as an interface, so that a cycle can be replayed and a scenario can turn the clock.
#ifndef AMOOZ_SDK_BASE_CLOCK_H_
#define AMOOZ_SDK_BASE_CLOCK_H_

#include <cstdint>

namespace amooz {

// Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual std::int64_t NowMicros() = 0;  // since 1970-01-01T00:00:00Z
  // Never destroyed. In test builds (AMOOZ_FAILPOINTS) it runs ahead of the machine's clock by the
  // seconds, perhaps negative, that the file named by AMOOZ_CLOCK_OFFSET_FILE holds just now.
  static Clock* System();
};

// CLOCK_MONOTONIC in nanoseconds: for deadlines, which must not follow a clock that is set.
std::int64_t MonotonicNanos();

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_CLOCK_H_
