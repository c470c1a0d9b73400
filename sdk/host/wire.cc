#include "sdk/host/wire.h"

namespace amooz::host {
namespace {

struct Header {
  std::uint32_t payload_bytes = 0;
  std::uint16_t type = 0;
  std::uint16_t flags = 0;
  std::uint64_t call_id = 0;
  template <typename A>
  void Fields(A& a) {
    a(payload_bytes, type, flags, call_id);
  }
};

}  // namespace

std::string EncodeFrameHeader(FrameType type, std::uint64_t call_id, std::size_t payload_bytes) {
  return Encode(Header{static_cast<std::uint32_t>(payload_bytes), static_cast<std::uint16_t>(type),
                       0, call_id});
}

Result<std::optional<Frame>> FrameParser::Next() {
  const std::string_view rest = std::string_view(buffer_).substr(consumed_);
  if (rest.size() < kFrameHeaderBytes) return std::optional<Frame>();
  Header header;
  AMOOZ_RETURN_IF_ERROR(Decode(rest.substr(0, kFrameHeaderBytes), &header));
  if (header.payload_bytes > kMaxPayloadBytes || header.flags != 0) {
    return Status(Code::kInternal,
                  "a frame header between this process and its amooz-plugin-host is damaged, or "
                  "announces more than " +
                      std::to_string(kMaxPayloadBytes) + " bytes");
  }
  if (rest.size() - kFrameHeaderBytes < header.payload_bytes) return std::optional<Frame>();
  Frame frame{static_cast<FrameType>(header.type), header.call_id,
              std::string(rest.substr(kFrameHeaderBytes, header.payload_bytes))};
  consumed_ += kFrameHeaderBytes + header.payload_bytes;
  if (consumed_ == buffer_.size()) {
    buffer_.clear();
    consumed_ = 0;
  } else if (consumed_ > buffer_.size() / 2) {
    buffer_.erase(0, consumed_);
    consumed_ = 0;
  }
  return std::optional<Frame>(std::move(frame));
}

}  // namespace amooz::host
