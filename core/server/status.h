// The one place where an absl::Status becomes what a client sees.
#ifndef AMOOZ_CORE_SERVER_STATUS_H_
#define AMOOZ_CORE_SERVER_STATUS_H_

#include <grpcpp/support/status.h>

#include <exception>
#include <new>
#include <string>
#include <utility>

#include "absl/status/status.h"

namespace amooz::server {

// The same canonical code. The message is valid UTF-8 and at most 1 KiB: it travels in the trailing
// metadata, percent-encoded, and clients refuse more than 8 KiB of that.
grpc::Status ToGrpcStatus(const absl::Status& status);

// What `call()` returns, or INTERNAL if it throws: no exception leaves a service.
template <class Call>
absl::Status WithoutExceptions(Call&& call) {
  try {
    return std::forward<Call>(call)();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("the server is out of memory; try again later");
  } catch (const std::exception& e) {
    return absl::InternalError(std::string("a fault of the server (please report it): ") +
                               e.what());
  }
}

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_STATUS_H_
