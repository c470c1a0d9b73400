// A stream socket that carries whole frames.
#ifndef AMOOZ_SDK_HOST_FRAME_SOCKET_H_
#define AMOOZ_SDK_HOST_FRAME_SOCKET_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "sdk/base/fd.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"
#include "sdk/host/wire.h"

namespace amooz::host {

// Send is [any thread]; Receive belongs to one thread.
class FrameSocket {
 public:
  // on_lost is called when a frame could not be sent, and so none ever will be. May be null.
  explicit FrameSocket(UniqueFd socket, std::function<void()> on_lost = {})
      : socket_(std::move(socket)), on_lost_(std::move(on_lost)) {}
  int fd() const { return socket_.get(); }

  // Blocks while the other side does not read, at most 30 s. INVALID_ARGUMENT if the payload is
  // over kMaxPayloadBytes (nothing was sent); UNAVAILABLE if the other side is gone.
  Status Send(FrameType type, std::uint64_t call_id, std::string_view payload)
      AMOOZ_EXCLUDES(mutex_);
  // The next frame that has arrived whole. nullopt: none has, or, if closed(), none will.
  // With may_block it waits for one. INTERNAL if the stream is damaged.
  Result<std::optional<Frame>> Receive(bool may_block);
  // The other side has closed its end, and all that it sent was received.
  bool closed() const { return closed_; }
  // Tells the other side that nothing more comes from here.
  void ShutdownSend();

 private:
  Status SendFrame(std::string_view header, std::string_view payload) AMOOZ_REQUIRES(mutex_);

  UniqueFd socket_;
  const std::function<void()> on_lost_;
  Mutex mutex_;  // keeps frames whole
  FrameParser parser_;
  bool closed_ = false;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_FRAME_SOCKET_H_
