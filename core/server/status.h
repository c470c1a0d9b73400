// The one place where an absl::Status becomes what a client sees.
#ifndef AMOOZ_CORE_SERVER_STATUS_H_
#define AMOOZ_CORE_SERVER_STATUS_H_

#include <grpcpp/support/status.h>

#include <utility>

#include "absl/status/status.h"
#include "core/base/status.h"
#include "sdk/base/exceptions.h"

namespace amooz::server {

// The same canonical code. The message is valid UTF-8 and at most 1 KiB: it travels in the trailing
// metadata, percent-encoded, and clients refuse more than 8 KiB of that.
grpc::Status ToGrpcStatus(const absl::Status& status);

// What `call()` returns, or what it threw (sdk/base/exceptions.h): no exception leaves a service.
template <class Call>
absl::Status WithoutExceptions(Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (...) {
    return ToAbsl(StatusOfException());
  }
}

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_STATUS_H_
