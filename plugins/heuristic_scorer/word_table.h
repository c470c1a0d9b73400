// How often each word of one text occurs. Made for millions of short texts: one allocation for all
// of them, and clearing costs nothing.
#ifndef AMOOZ_PLUGINS_HEURISTIC_SCORER_WORD_TABLE_H_
#define AMOOZ_PLUGINS_HEURISTIC_SCORER_WORD_TABLE_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

namespace amooz::heuristic_scorer {

class WordTable {
 public:
  // Forgets what it held and counts `words`, whose text must outlive the lookups. Returns the
  // largest count; 0 if there are no words.
  std::size_t Fill(std::span<const std::string_view> words) {
    const std::size_t wanted = std::bit_ceil(words.size() * 2 + 1);
    ++generation_;
    if (wanted > slots_.size() || generation_ == 0) {
      slots_.assign(std::max(wanted, slots_.size()), Slot{});
      generation_ = 1;
    }
    std::uint32_t largest = 0;
    for (const std::string_view word : words) {
      const std::uint64_t hash = Hash(word);
      Slot& slot = Find(word, hash);
      if (slot.generation != generation_) slot = {word, hash, generation_, 0};
      largest = std::max(largest, ++slot.count);
    }
    return largest;
  }

  // Not before the first Fill.
  bool Contains(std::string_view word) { return Find(word, Hash(word)).generation == generation_; }

 private:
  struct Slot {
    std::string_view word;
    std::uint64_t hash = 0;
    std::uint32_t generation = 0;  // of the text that filled it
    std::uint32_t count = 0;
  };

  template <typename T>
  static std::uint64_t Load(const char* p) {
    T value;
    std::memcpy(&value, p, sizeof(value));
    return value;
  }

  // Eight bytes at a time, the last ones with an overlap. The table compares words, so a collision
  // costs time alone.
  static std::uint64_t Hash(std::string_view word) {
    constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15u;  // 2^64 over the golden ratio
    const char* const p = word.data();
    const std::size_t n = word.size();
    std::uint64_t hash = n;
    const auto mix = [&hash](std::uint64_t chunk) {
      hash = (hash ^ chunk) * kMultiplier;
      hash ^= hash >> 32;
    };
    if (n >= 8) {
      for (std::size_t at = 0; at + 8 < n; at += 8) mix(Load<std::uint64_t>(p + at));
      mix(Load<std::uint64_t>(p + n - 8));
    } else if (n >= 4) {
      mix(Load<std::uint32_t>(p) << 32 | Load<std::uint32_t>(p + n - 4));
    } else if (n > 0) {
      mix(Load<std::uint8_t>(p) << 16 | Load<std::uint8_t>(p + n / 2) << 8 |
          Load<std::uint8_t>(p + n - 1));
    }
    return hash;
  }

  // The slot of `word`, or the free one where it would go. At least half of the slots are free.
  Slot& Find(std::string_view word, std::uint64_t hash) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = hash & mask;
    while (slots_[at].generation == generation_ &&
           (slots_[at].hash != hash || slots_[at].word != word)) {
      at = (at + 1) & mask;
    }
    return slots_[at];
  }

  std::vector<Slot> slots_;
  std::uint32_t generation_ = 0;
};

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_WORD_TABLE_H_
