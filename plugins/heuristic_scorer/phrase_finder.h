// Whether a text contains any of a few phrases, in one pass over its bytes.
#ifndef AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_
#define AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_

#include <algorithm>
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
      (phrase.size() < kHead ? short_ : long_).push_back(std::move(phrase));
    }
    const auto by_bucket = [](const std::string& phrase) { return Bucket(phrase.data()); };
    std::ranges::sort(long_, {}, by_bucket);
    for (const std::string& phrase : long_) may_start_[by_bucket(phrase)] = true;
    for (std::size_t bucket = 0; bucket <= kBuckets; ++bucket) {
      first_[bucket] = static_cast<std::uint32_t>(
          std::ranges::lower_bound(long_, bucket, {}, by_bucket) - long_.begin());
    }
  }

  // Byte for byte, anywhere in `text`, inside a word too: Python's `phrase in text`.
  bool IsIn(std::string_view text) const {
    for (std::size_t at = 0; at + kHead <= text.size(); ++at) {
      const std::size_t bucket = Bucket(text.data() + at);
      if (!may_start_[bucket]) continue;
      for (std::uint32_t i = first_[bucket]; i < first_[bucket + 1]; ++i) {
        if (text.substr(at).starts_with(long_[i])) return true;
      }
    }
    for (const std::string& phrase : short_) {
      if (text.find(phrase) != std::string_view::npos) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kHead = 4;  // bytes that choose a bucket
  static constexpr std::size_t kBuckets = 1024;
  static std::size_t Bucket(const char* p) {
    std::uint32_t head;
    std::memcpy(&head, p, kHead);
    return head * 0x9E3779B1u >> 22;
  }

  std::array<bool, kBuckets> may_start_{};
  // By bucket; those of bucket b are long_[first_[b]] up to long_[first_[b + 1]].
  std::vector<std::string> long_;
  std::array<std::uint32_t, kBuckets + 1> first_{};
  std::vector<std::string> short_;
};

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_
