// Statuses at the client's edge. gRPC's and sdk/base's codes are google.rpc.Code numbers, as
// Abseil's are, so nothing is lost.
#ifndef AMOOZ_CLIENT_LIB_GRPC_STATUS_H_
#define AMOOZ_CLIENT_LIB_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "sdk/base/status.h"

namespace amooz::client {

inline absl::Status ToAbsl(const grpc::Status& status) {
  return {static_cast<absl::StatusCode>(status.error_code()), status.error_message()};
}

inline absl::Status ToAbsl(const Status& status) {
  return {static_cast<absl::StatusCode>(status.code()), status.message()};
}

template <typename T>
absl::StatusOr<T> ToAbsl(Result<T> result) {
  if (!result.ok()) return ToAbsl(result.status());
  return *std::move(result);
}

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_GRPC_STATUS_H_
