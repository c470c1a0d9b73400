// Sends a file's chats to the server and waits until all of them are on its disk.
#ifndef AMOOZ_CLIENT_LIB_CHAT_IMPORT_H_
#define AMOOZ_CLIENT_LIB_CHAT_IMPORT_H_

#include <cstdint>
#include <functional>
#include <vector>

#include "absl/status/status.h"
#include "amooz/v1/chat_log.grpc.pb.h"
#include "client/lib/import_file.h"

namespace amooz::client {

struct ChatImport {
  // OK: every chat was acknowledged or is in `rejected`. Else the stream broke; what was
  // acknowledged is safe, and the same import may be run again: it stores nothing twice.
  absl::Status status;
  // Chats that are on the server's disk: those stored now and those that were there before.
  std::uint32_t acknowledged = 0;
  std::uint32_t already_stored = 0;  // of those, the ones that were there before
  std::vector<v1::RejectedChat> rejected;
  std::uint64_t upto_seq = 0;
};

// Over StreamChats, in batches, some of them under way at a time. `on_acknowledged` (may be empty)
// is called from another thread with the number of chats answered so far.
//
// A chat without a time of its own bears the import's start, so a second import of the same file
// sends other content under the same seq. The producer's name is the digest of the file's bytes:
// the seq can only be taken by the same record, so ALREADY_EXISTS for such a chat counts as
// acknowledged.
ChatImport ImportChats(v1::ChatLogService::StubInterface* stub, const ChatFile& file,
                       const std::function<void(std::size_t answered)>& on_acknowledged);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_CHAT_IMPORT_H_
