// Chats that amoozd refused, kept for a person to look at: `<dir>/<20 digits: seq>.json`, one chat
// each, with the server's code and message. They hold the chats' texts.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_REJECTED_CHATS_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_REJECTED_CHATS_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "sdk/base/files.h"
#include "sdk/base/status.h"

namespace amooz::chat {

// Thread-safe for different seqs.
class RejectedChats {
 public:
  static Result<std::unique_ptr<RejectedChats>> Open(const std::string& dir, Env* env);

  // Durable when it returns. The same seq again replaces its file. `chat_bytes`: a serialised Chat.
  Status Add(const std::string& producer, std::uint64_t seq, Code code, const std::string& message,
             const std::string& chat_bytes);
  std::uint32_t count() const { return count_; }

 private:
  RejectedChats(std::string dir, Env* env, std::uint32_t count)
      : dir_(std::move(dir)), env_(env), count_(count) {}

  const std::string dir_;
  Env* const env_;
  std::atomic<std::uint32_t> count_;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_REJECTED_CHATS_H_
