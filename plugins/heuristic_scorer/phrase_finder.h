// Whether a text contains any of a few phrases, in one pass over its bytes.
#ifndef AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_
#define AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace amooz::heuristic_scorer {

class PhraseFinder {
 public:
  // No phrase may be empty.
  explicit PhraseFinder(std::vector<std::string> phrases) {
    for (std::string& phrase : phrases) {
      if (phrase.size() < kHead) {
        short_.push_back(std::move(phrase));
      } else {
        may_start_[Bucket(phrase.data())] = true;
        long_.push_back(std::move(phrase));
      }
    }
  }

  // Byte for byte, anywhere in `text`, inside a word too: Python's `phrase in text`.
  bool IsIn(std::string_view text) const {
    for (std::size_t at = 0; at + kHead <= text.size(); ++at) {
      if (!may_start_[Bucket(text.data() + at)]) continue;
      for (const std::string& phrase : long_) {
        if (text.substr(at, phrase.size()) == phrase) return true;
      }
    }
    for (const std::string& phrase : short_) {
      if (text.find(phrase) != std::string_view::npos) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kHead = 4;  // bytes that choose a bucket
  static std::size_t Bucket(const char* p) {
    std::uint32_t head;
    std::memcpy(&head, p, kHead);
    return head * 0x9E3779B1u >> 22;
  }

  std::array<bool, 1024> may_start_{};
  std::vector<std::string> long_, short_;
};

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_
