// A request whose items are good but for some: one text that is not UTF-8 must cost that item, not
// the whole batch, and must be named by its own number.
#ifndef AMOOZ_CORE_SERVER_SALVAGE_H_
#define AMOOZ_CORE_SERVER_SALVAGE_H_

#include <google/protobuf/message.h>
#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <vector>

#include "absl/status/status.h"

namespace amooz::server {

// Where a request has its items, by field number.
struct ItemFields {
  int items = 0;   // the repeated message field of the request
  int number = 0;  // the item's unsigned field that names it: seq, line
};

// For a request that ParseMessage refused. Reads it without the items that cannot be read, and
// lists these by their number (0 if that cannot be read either), in order. INVALID_ARGUMENT, as
// ParseMessage has it, if the rest cannot be read either.
absl::Status ParseWithoutBadItems(const grpc::ByteBuffer& bytes, const ItemFields& fields,
                                  google::protobuf::Message* request,
                                  std::vector<std::uint64_t>* bad_items);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_SALVAGE_H_
