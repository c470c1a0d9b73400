// The private wire between a process and its amooz-plugin-host: frames, and the codec of their
// payloads. Both ends come from one build (see build_id.h), so this file needs no compatibility
// policy; but a child that went mad must not harm its parent, so every read is bounds-checked.
//
//   frame = u32 payload bytes | u16 type | u16 flags (0) | u64 call id | payload
//
// Numbers are little-endian; a text is a u32 length and bytes; a list is a u32 count and items.
// A message is a struct with `template <typename A> void Fields(A& a) { a(x, y, ...); }`.
#ifndef AMOOZ_SDK_HOST_WIRE_H_
#define AMOOZ_SDK_HOST_WIRE_H_

#include <bit>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "sdk/base/status.h"

namespace amooz::host {

static_assert(std::endian::native == std::endian::little, "the wire is little-endian");

inline constexpr std::size_t kFrameHeaderBytes = 16;
inline constexpr std::size_t kMaxPayloadBytes = std::size_t{64} << 20;
// What an amooz-plugin-host exits with that cannot send to its parent any more.
inline constexpr int kUnheardExit = 113;

enum class FrameType : std::uint16_t {
  // Parent to child: calls. The child answers each with one kResult of the same call id.
  kHello = 1,
  kCreate = 2,
  kScore = 3,
  kVary = 4,
  kPlan = 5,
  kTrain = 6,
  kEstimate = 7,
  kLoad = 8,
  kUnload = 9,
  kGenerate = 10,
  kEvaluate = 11,
  // Parent to child, about a call under way.
  kCancel = 32,           // no payload
  kCredit = 33,           // the child may send this many more notices
  kExamples = 34,         // answers kPullExamples
  kVariationAnswer = 35,  // answers kVariation
  // Child to parent, about a call under way. Notices cost a credit each; see credit.h.
  kResult = 64,
  kProgress = 65,
  kMetric = 66,
  kLog = 67,
  kCallAnnotation = 68,
  kChunk = 69,
  kVariation = 70,     // no credit: one at a time
  kPullExamples = 71,  // no credit: at most two of a split at a time
};

struct Frame {
  FrameType type{};
  std::uint64_t call_id = 0;
  std::string payload;
};

// The 16 bytes before a payload of `payload_bytes`.
std::string EncodeFrameHeader(FrameType type, std::uint64_t call_id, std::size_t payload_bytes);

// Cuts a byte stream into frames. Not thread-safe.
class FrameParser {
 public:
  void Feed(std::string_view bytes) { buffer_.append(bytes); }
  // The next whole frame; nullopt if more bytes are needed. INTERNAL, for good, once a header is
  // not one of ours (a payload over kMaxPayloadBytes, flags).
  Result<std::optional<Frame>> Next();

 private:
  std::string buffer_;
  std::size_t consumed_ = 0;
};

class Encoder {
 public:
  template <typename... Ts>
  void operator()(const Ts&... values) {
    (Put(values), ...);
  }
  std::string Take() { return std::move(bytes_); }

 private:
  template <typename T>
  void Put(const T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      char raw[sizeof(T)];
      std::memcpy(raw, &value, sizeof(T));
      bytes_.append(raw, sizeof(T));
    } else {
      // Fields serves both directions, so it is not const; an encoder only reads.
      const_cast<T&>(value).Fields(*this);  // NOLINT
    }
  }
  void Put(const std::string& text) { Put(std::string_view(text)); }
  void Put(std::string_view text) {
    Put(static_cast<std::uint32_t>(text.size()));
    bytes_.append(text);
  }
  template <typename T>
  void Put(const std::vector<T>& items) {
    Put(static_cast<std::uint32_t>(items.size()));
    for (const T& item : items) Put(item);
  }
  template <typename T>
  void Put(const std::optional<T>& value) {
    Put(static_cast<std::uint8_t>(value.has_value() ? 1 : 0));
    if (value.has_value()) Put(*value);
  }
  std::string bytes_;
};

// Reads what Encoder wrote. After the first read past the end everything reads as zero and ok() is
// false. A std::string_view field points into the payload.
class Decoder {
 public:
  explicit Decoder(std::string_view bytes) : bytes_(bytes) {}
  template <typename... Ts>
  void operator()(Ts&... values) {
    (Get(values), ...);
  }
  // Everything was read, and nothing is left.
  bool Finished() const { return ok_ && bytes_.empty(); }

 private:
  std::string_view GetBytes(std::size_t n) {
    if (!ok_ || bytes_.size() < n) {
      ok_ = false;
      return {};
    }
    const std::string_view taken = bytes_.substr(0, n);
    bytes_.remove_prefix(n);
    return taken;
  }
  template <typename T>
  void Get(T& value) {
    if constexpr (std::is_arithmetic_v<T>) {
      static_assert(!std::is_same_v<T, bool>, "a bool crosses as std::uint8_t");
      const std::string_view raw = GetBytes(sizeof(T));
      value = T{};
      if (!raw.empty()) std::memcpy(&value, raw.data(), sizeof(T));
    } else {
      value.Fields(*this);
    }
  }
  void Get(std::string_view& text) {
    std::uint32_t size = 0;
    Get(size);
    text = GetBytes(size);
  }
  void Get(std::string& text) {
    std::string_view view;
    Get(view);
    text.assign(view);
  }
  template <typename T>
  void Get(std::vector<T>& items) {
    std::uint32_t count = 0;
    Get(count);
    items.clear();
    // An item takes a byte at least, so a count beyond what is left is a lie: believe it not before
    // memory is taken for it.
    if (count > bytes_.size()) ok_ = false;
    for (std::uint32_t i = 0; ok_ && i < count; ++i) Get(items.emplace_back());
  }
  template <typename T>
  void Get(std::optional<T>& value) {
    std::uint8_t has_value = 0;
    Get(has_value);
    if (has_value > 1) ok_ = false;
    value.reset();
    if (has_value == 1) Get(value.emplace());
  }
  std::string_view bytes_;
  bool ok_ = true;
};

template <typename M>
std::string Encode(const M& message) {
  Encoder encoder;
  encoder(message);
  return encoder.Take();
}

// INTERNAL if `payload` is not exactly one M. The string_views of *message point into `payload`.
template <typename M>
Status Decode(std::string_view payload, M* message) {
  Decoder decoder(payload);
  decoder(*message);
  if (!decoder.Finished()) {
    return Status(Code::kInternal,
                  "a frame between this process and its amooz-plugin-host is damaged");
  }
  return Status::Ok();
}

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_WIRE_H_
