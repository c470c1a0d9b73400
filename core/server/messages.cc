#include "core/server/messages.h"

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/wire_format_lite.h>
#include <grpcpp/support/proto_buffer_reader.h>
#include <grpcpp/support/proto_buffer_writer.h>

#include "absl/strings/str_cat.h"

namespace amooz::server {
namespace {

using google::protobuf::internal::WireFormatLite;
using google::protobuf::io::CodedInputStream;

// Small enough to waste little on an acknowledgement, large enough for a piece of a model.
constexpr int kBlockBytes = 256 << 10;

// Those below where `in` stands, to the end of the message that it stands in.
int CountBelow(CodedInputStream* in, std::span<const int> path, int most) {
  int count = 0;
  while (count < most) {
    const std::uint32_t tag = in->ReadTag();
    if (tag == 0) break;
    const bool is_on_path =
        WireFormatLite::GetTagFieldNumber(tag) == path.front() &&
        WireFormatLite::GetTagWireType(tag) == WireFormatLite::WIRETYPE_LENGTH_DELIMITED;
    if (!is_on_path || path.size() == 1) {
      count += is_on_path ? 1 : 0;
      if (!WireFormatLite::SkipField(in, tag)) break;
      continue;
    }
    int size = 0;
    if (!in->ReadVarintSizeAsInt(&size)) break;
    const CodedInputStream::Limit limit = in->PushLimit(size);
    count += CountBelow(in, path.subspan(1), most - count);
    if (!in->Skip(in->BytesUntilLimit())) break;
    in->PopLimit(limit);
  }
  return count;
}

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

int CountItems(const grpc::ByteBuffer& bytes, std::span<const int> path, int most) {
  grpc::ByteBuffer readable(bytes);  // shares the slices
  grpc::ProtoBufferReader reader(&readable);
  if (!reader.status().ok()) return 0;
  CodedInputStream in(&reader);
  return CountBelow(&in, path, most);
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
