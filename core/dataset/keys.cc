#include "core/dataset/keys.h"

#include <cstring>
#include <string>

#include "sdk/text/text.h"

namespace amooz::dataset {
namespace {

constexpr std::size_t kChatKeyCodePoints = 80;
constexpr std::size_t kDatasetKeyCodePoints = 100;

}  // namespace

KeyMaker::KeyMaker(std::string_view split_key) {
  std::string bytes(split_key);
  bytes.resize(splits_.size() + duplicates_.size(), '\0');
  std::memcpy(splits_.data(), bytes.data(), splits_.size());
  std::memcpy(duplicates_.data(), bytes.data() + splits_.size(), duplicates_.size());
}

DuplicateKeys KeyMaker::Duplicate(std::string_view instruction, std::string_view response) const {
  // NUL, which no text holds, keeps ("ab", "c") and ("a", "bc") apart.
  std::string key = text::Lower(text::Strip(instruction));
  key.push_back('\0');
  const std::size_t start = key.size();
  key += text::Lower(text::Strip(response));
  const std::string_view lowered = std::string_view(key).substr(start);
  const std::size_t of_chat = start + text::FirstCodePoints(lowered, kChatKeyCodePoints).size();
  const std::size_t of_dataset =
      start + text::FirstCodePoints(lowered, kDatasetKeyCodePoints).size();
  const std::string_view whole = key;
  return {.among_chats = SipHash128(duplicates_, whole.substr(0, of_chat)).low,
          .in_dataset = SipHash128(duplicates_, whole.substr(0, of_dataset)).low};
}

std::uint64_t KeyMaker::Split(std::string_view text) const {
  return SipHash128(splits_, text::SplitKeyText(text)).low;
}

ExampleKeys KeyMaker::Example(std::string_view instruction, std::string_view response) const {
  return {.dataset = Duplicate(instruction, response).in_dataset,
          .instruction = Split(instruction),
          .response = Split(response)};
}

}  // namespace amooz::dataset
