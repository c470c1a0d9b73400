#include "core/server/status.h"

#include <string>
#include <string_view>

#include "sdk/base/utf8.h"

namespace amooz::server {
namespace {

constexpr std::size_t kMaxMessageBytes = 1024;

}  // namespace

grpc::Status ToGrpcStatus(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  const std::string text = ToUtf8({status.message().data(), status.message().size()});
  return {static_cast<grpc::StatusCode>(status.raw_code()),
          std::string(Utf8Prefix(text, kMaxMessageBytes))};
}

}  // namespace amooz::server
