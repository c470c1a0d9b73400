// A cycle's report, put together from what the store keeps of it: for people, long after it ended.
#ifndef AMOOZ_CORE_CYCLE_REPORT_H_
#define AMOOZ_CORE_CYCLE_REPORT_H_

#include "absl/status/statusor.h"
#include "amooz/v1/cycle.pb.h"
#include "core/store/store.h"

namespace amooz::cycle {

// NOT_FOUND.
absl::StatusOr<v1::CycleReport> BuildReport(Store* store, CycleId id);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_REPORT_H_
