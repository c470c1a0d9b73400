// Between sdk/base's Status and Abseil's. Codes are the same numbers; messages are kept.
#ifndef AMOOZ_CORE_BASE_STATUS_H_
#define AMOOZ_CORE_BASE_STATUS_H_

#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sdk/base/status.h"

namespace amooz {

absl::Status ToAbsl(const Status& status);
inline absl::Status ToAbsl(absl::Status status) { return status; }
template <typename T>
absl::StatusOr<T> ToAbsl(Result<T> result) {
  if (!result.ok()) return ToAbsl(result.status());
  return *std::move(result);
}
Status FromAbsl(const absl::Status& status);

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_STATUS_H_
