// What the host does with each pair that a generator emits, in both placements.
#ifndef AMOOZ_SDK_HOST_VARIATION_GATE_H_
#define AMOOZ_SDK_HOST_VARIATION_GATE_H_

#include <cstdint>
#include <functional>
#include <string>

#include "sdk/base/mutex.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// Refuses what is no pair (empty, not UTF-8, too long, a meta_json that is no object) with a
// warning, asks `offer` about the rest, and says "stop" once `count` are kept. A source_index that
// names none of the `sources` examples of the train split becomes -1, with a warning. Warnings are
// told kMaxWarnings times a call. Thread-safe; offer is called one at a time.
class VariationGate {
 public:
  static constexpr std::size_t kMaxTextBytes = std::size_t{1} << 20;
  static constexpr int kMaxWarnings = 20;
  VariationGate(std::uint64_t count, std::uint64_t sources, const VariationGenerator::Offer& offer,
                std::function<void(const std::string&)> warn);
  // 0 kept, 1 exists already or refused, 2 stop.
  std::int32_t Emit(GeneratedVariation variation);
  // A generator that ends with CANCELLED because it was told "stop" at `count` has done its work.
  Status Outcome(const Status& status);

 private:
  void Warn(const std::string& warning) AMOOZ_REQUIRES(mutex_);

  const std::uint64_t count_;
  const std::uint64_t sources_;
  const VariationGenerator::Offer& offer_;
  const std::function<void(const std::string&)> warn_;
  Mutex mutex_;
  std::uint64_t kept_ AMOOZ_GUARDED_BY(mutex_) = 0;
  int warnings_ AMOOZ_GUARDED_BY(mutex_) = 0;
  bool warned_of_excess_ AMOOZ_GUARDED_BY(mutex_) = false;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_VARIATION_GATE_H_
