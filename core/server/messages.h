// Messages to and from the bytes on the wire. The services take raw bytes instead of gRPC's own
// decoding because that answers a request it cannot read with an empty UNIMPLEMENTED, and ends a
// stream as if its sender had; here each becomes an INVALID_ARGUMENT that says what to mend.
#ifndef AMOOZ_CORE_SERVER_MESSAGES_H_
#define AMOOZ_CORE_SERVER_MESSAGES_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <span>

#include "absl/status/status.h"

namespace amooz::server {

// INVALID_ARGUMENT naming the message's type if the bytes are damaged or a text is not UTF-8.
absl::Status ParseMessage(const grpc::ByteBuffer& bytes, google::protobuf::Message* message);

// How many messages lie at `path`, field numbers from the outermost message on; the count ends at
// `most`, or where bytes are damaged. An item of two bytes costs a hundred once it is parsed, so a
// request that may have very many is counted first.
int CountItems(const grpc::ByteBuffer& bytes, std::span<const int> path, int most);

absl::Status SerializeMessage(const google::protobuf::Message& message, grpc::ByteBuffer* bytes);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_MESSAGES_H_
