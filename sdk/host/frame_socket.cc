#include "sdk/host/frame_socket.h"

#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <string>

namespace amooz::host {
namespace {

constexpr int kSendTimeoutMs = 30'000;
constexpr std::size_t kReceiveBytes = std::size_t{64} << 10;

Status Gone() { return Status(Code::kUnavailable, "the other process has gone"); }

// Sends all of `bytes`, waiting for room.
Status SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    if (n >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(n));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd writable{fd, POLLOUT, 0};
      if (::poll(&writable, 1, kSendTimeoutMs) == 0) {
        return Status(Code::kUnavailable, "the other process has not read for 30 s");
      }
    } else if (errno != EINTR) {
      return Gone();
    }
  }
  return Status::Ok();
}

}  // namespace

Status FrameSocket::Send(FrameType type, std::uint64_t call_id, std::string_view payload) {
  if (payload.size() > kMaxPayloadBytes) {
    return Status(Code::kInvalidArgument, "a call or its answer has " +
                                              std::to_string(payload.size()) + " bytes, at most " +
                                              std::to_string(kMaxPayloadBytes) +
                                              " can cross to a plugin's process");
  }
  const std::string header = EncodeFrameHeader(type, call_id, payload.size());
  const MutexLock lock(&mutex_);
  const Status sent = SendFrame(header, payload);
  if (!sent.ok() && on_lost_) on_lost_();
  return sent;
}

Status FrameSocket::SendFrame(std::string_view header, std::string_view payload) {
  if (payload.size() <= kReceiveBytes) {
    return SendAll(socket_.get(), std::string(header).append(payload));
  }
  AMOOZ_RETURN_IF_ERROR(SendAll(socket_.get(), header));
  return SendAll(socket_.get(), payload);
}

Result<std::optional<Frame>> FrameSocket::Receive(bool may_block) {
  char buffer[kReceiveBytes];
  for (;;) {
    AMOOZ_ASSIGN_OR_RETURN(std::optional<Frame> frame, parser_.Next());
    if (frame.has_value() || closed_) return frame;
    const ssize_t n = ::recv(socket_.get(), buffer, sizeof(buffer), may_block ? 0 : MSG_DONTWAIT);
    if (n > 0) {
      parser_.Feed({buffer, static_cast<std::size_t>(n)});
    } else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK)) {
      closed_ = true;
    } else if (errno != EINTR) {
      return std::optional<Frame>();
    }
  }
}

void FrameSocket::ShutdownSend() { ::shutdown(socket_.get(), SHUT_WR); }

}  // namespace amooz::host
