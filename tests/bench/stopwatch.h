// Wall and CPU seconds of this process between two points, for the programs of this folder.
#ifndef AMOOZ_TESTS_BENCH_STOPWATCH_H_
#define AMOOZ_TESTS_BENCH_STOPWATCH_H_

#include <chrono>
#include <ctime>
#include <nlohmann/json.hpp>

namespace amooz::bench {

class Stopwatch {
 public:
  double Seconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
  }
  // Of all threads.
  double CpuSeconds() const { return Cpu() - cpu_; }
  // What tests/bench/measure.py reads.
  nlohmann::json ToJson() const { return {{"seconds", Seconds()}, {"cpu_seconds", CpuSeconds()}}; }

 private:
  static double Cpu() {
    timespec now{};
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
  const std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
  const double cpu_ = Cpu();
};

}  // namespace amooz::bench

#endif  // AMOOZ_TESTS_BENCH_STOPWATCH_H_
