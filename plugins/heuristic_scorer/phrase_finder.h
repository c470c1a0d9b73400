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
    if (!long_.empty() && long_.size() <= kFew) {
      for (std::size_t i = 0; i < kFew; ++i) {
        const std::string& phrase = long_[std::min(i, long_.size() - 1)];
        seconds_[i] = phrase[1];
        fourths_[i] = phrase[3];
      }
    }
    for (std::size_t bucket = 0; bucket <= kBuckets; ++bucket) {
      first_[bucket] = static_cast<std::uint32_t>(
          std::ranges::lower_bound(long_, bucket, {}, by_bucket) - long_.begin());
    }
  }

  // Byte for byte, anywhere in `text`, inside a word too: Python's `phrase in text`.
  bool IsIn(std::string_view text) const {
    if (!long_.empty() && text.size() >= kHead) {
      const std::size_t starts = text.size() - kHead + 1;
      if (long_.size() > kFew) {
        if (IsLongAt(text, 0, starts)) return true;
      } else {
        for (std::size_t at = 0; at < starts; at += kBlock) {
          const std::size_t end = std::min(starts, at + kBlock);
          if (MayStart(text.data() + at, end - at) && IsLongAt(text, at, end)) return true;
        }
      }
    }
    for (const std::string& phrase : short_) {
      if (text.find(phrase) != std::string_view::npos) return true;
    }
    return false;
  }

 private:
  static constexpr std::size_t kHead = 4;  // bytes that choose a bucket
  // So few phrases are first looked for by two of their bytes, a block of the text at a time.
  static constexpr std::size_t kFew = 4, kBlock = 64;

  // One of the long phrases begins in [begin, end) of `text`.
  bool IsLongAt(std::string_view text, std::size_t begin, std::size_t end) const {
    for (std::size_t at = begin; at < end; ++at) {
      const std::size_t bucket = Bucket(text.data() + at);
      if (!may_start_[bucket]) continue;
      for (std::uint32_t i = first_[bucket]; i < first_[bucket + 1]; ++i) {
        if (text.substr(at).starts_with(long_[i])) return true;
      }
    }
    return false;
  }

  // One of at most kFew phrases may begin at p[0], ..., p[count - 1]: its second and fourth byte
  // are there. (A Persian letter's second byte says more than its first.) Written for a compiler
  // to turn into vector instructions.
  bool MayStart(const char* p, std::size_t count) const {
    const auto [a, b, c, d] = seconds_;
    const auto [e, f, g, h] = fourths_;
    unsigned char found = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const char second = p[i + 1], fourth = p[i + 3];
      found |= static_cast<unsigned char>(
          ((second == a) & (fourth == e)) | ((second == b) & (fourth == f)) |
          ((second == c) & (fourth == g)) | ((second == d) & (fourth == h)));
    }
    return found != 0;
  }

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
  std::array<char, kFew> seconds_{}, fourths_{};  // of long_, the last one again if it has fewer
};

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_PHRASE_FINDER_H_
