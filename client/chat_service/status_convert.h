// Statuses at this service's edges: its own are sdk/base's. All codes are google.rpc.Code numbers.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_STATUS_CONVERT_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_STATUS_CONVERT_H_

#include <grpcpp/support/status.h>

#include <string>

#include "absl/status/status.h"
#include "sdk/base/status.h"

namespace amooz::chat {

inline grpc::Status ToGrpc(const Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return {static_cast<grpc::StatusCode>(status.code()), status.message()};
}

inline Status FromGrpc(const grpc::Status& status) {
  if (status.ok()) return Status::Ok();
  return {static_cast<Code>(status.error_code()), status.error_message()};
}

inline Status FromAbsl(const absl::Status& status) {
  if (status.ok()) return Status::Ok();
  return {static_cast<Code>(status.code()), std::string(status.message())};
}

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_STATUS_CONVERT_H_
