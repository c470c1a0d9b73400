#include "plugins/torch/reply_stream.h"

#include <algorithm>

namespace amooz::llama {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

// How the bytes at the front of `bytes` read: a code point of `size` bytes, `size` bytes that are
// no part of one, or (size 0) the beginning of one that is not all there. Unicode 15, table 3-7.
struct Front {
  std::size_t size;
  bool is_valid;
};
Front ReadFront(std::string_view bytes) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {1, lead != 0};
  if (lead < 0xC2 || lead > 0xF4) return {1, false};
  const std::size_t size = lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  for (std::size_t i = 1; i < size; ++i) {
    if (i == bytes.size()) return {0, false};
    unsigned low = 0x80, high = 0xBF;
    if (i == 1 && lead == 0xE0) low = 0xA0;
    if (i == 1 && lead == 0xED) high = 0x9F;
    if (i == 1 && lead == 0xF0) low = 0x90;
    if (i == 1 && lead == 0xF4) high = 0x8F;
    if (byte(i) < low || byte(i) > high) return {i, false};
  }
  return {size, true};
}

}  // namespace

ReplyStream::ReplyStream(const std::vector<std::string_view>& stop) {
  for (const std::string_view s : stop) {
    if (!s.empty()) stop_.emplace_back(s);
  }
}

std::string ReplyStream::Push(std::string_view bytes) {
  if (stopped_) return {};
  bytes_ += bytes;
  Decode(false);
  return Release(false);
}

std::string ReplyStream::Finish() {
  if (stopped_) return {};
  Decode(true);
  return Release(true);
}

void ReplyStream::Decode(bool is_end) {
  std::string_view rest = bytes_;
  while (!rest.empty()) {
    auto [size, is_valid] = ReadFront(rest);
    if (size == 0 && !is_end) break;
    if (size == 0) size = rest.size();
    std::string_view piece = is_valid ? rest.substr(0, size) : kReplacement;
    if (!(at_start_ && piece == " ")) text_ += piece;
    at_start_ = false;
    rest.remove_prefix(size);
  }
  bytes_ = std::string(rest);
}

std::string ReplyStream::Release(bool is_end) {
  std::size_t first = std::string::npos;
  for (const std::string& s : stop_) first = std::min(first, text_.find(s));
  std::size_t shown = text_.size();
  if (first != std::string::npos) {
    stopped_ = true;
    shown = first;
  } else if (!is_end) {
    for (const std::string& s : stop_) {
      std::size_t held = std::min(s.size() - 1, text_.size());
      while (held > 0 && !text_.ends_with(std::string_view(s).substr(0, held))) --held;
      shown = std::min(shown, text_.size() - held);
    }
  }
  std::string out = text_.substr(0, shown);
  text_.erase(0, shown);
  return out;
}

}  // namespace amooz::llama
