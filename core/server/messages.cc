#include "core/server/messages.h"

#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include "absl/strings/str_cat.h"

namespace amooz::server {
namespace {

// Small enough to waste little on an acknowledgement, large enough for a piece of a model.
constexpr int kBlockBytes = 256 << 10;

}  // namespace

absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message* message) {
  grpc::ByteBuffer readable(bytes);  // shares the slices
  grpc::ProtoBufferReader reader(&readable);
  if (reader.status().ok() && message->ParseFromZeroCopyStream(&reader)) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the ", message->GetDescriptor()->name(),
                   " cannot be read: a text in it is not valid UTF-8, or its bytes are damaged; "
                   "send every text as UTF-8"));
}

absl::Status SerializeMessage(const google::protobuf::Message& message, grpc::ByteBuffer* bytes) {
  const std::size_t size = message.ByteSizeLong();
  if (size > static_cast<std::size_t>(INT32_MAX)) {
    return absl::ResourceExhaustedError(
        "the reply is larger than 2 GiB; ask for less (a smaller page_size or limit)");
  }
  grpc::ProtoBufferWriter writer(bytes, kBlockBytes, static_cast<int>(size));
  if (!message.SerializeToZeroCopyStream(&writer)) {
    return absl::InternalError(
        absl::StrCat("the ", message.GetDescriptor()->name(), " cannot be written"));
  }
  return absl::OkStatus();
}

}  // namespace amooz::server
