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
    if (wanted > slots_.size()) {
      slots_.assign(wanted, Slot{});
      generation_ = 0;
    }
    ++generation_;
    std::size_t largest = 0;
    for (const std::string_view word : words) {
      Slot& slot = Find(word);
      if (slot.generation != generation_) slot = {word, generation_, 0};
      largest = std::max<std::size_t>(largest, ++slot.count);
    }
    return largest;
  }

  // Not before the first Fill.
  bool Contains(std::string_view word) { return Find(word).generation == generation_; }

 private:
  struct Slot {
    std::string_view word;
    std::uint64_t generation = 0;  // of the text that filled it
    std::size_t count = 0;
  };

  static std::uint64_t Hash(std::string_view word) {
    constexpr std::uint64_t kMultiplier = 0x9E3779B97F4A7C15u;  // 2^64 over the golden ratio
    std::uint64_t hash = word.size();
    const auto mix = [&hash](std::uint64_t chunk) {
      hash = (hash ^ chunk) * kMultiplier;
      hash ^= hash >> 32;
    };
    const char* p = word.data();
    std::size_t left = word.size();
    for (; left > 8; left -= 8, p += 8) {
      std::uint64_t chunk;
      std::memcpy(&chunk, p, 8);
      mix(chunk);
    }
    std::uint64_t tail = 0;
    for (std::size_t i = 0; i < left; ++i) tail = tail << 8 | static_cast<unsigned char>(p[i]);
    mix(tail);
    return hash;
  }

  // The slot of `word`, or the free one where it would go. At least half of the slots are free.
  Slot& Find(std::string_view word) {
    const std::size_t mask = slots_.size() - 1;
    std::size_t at = Hash(word) & mask;
    while (slots_[at].generation == generation_ && slots_[at].word != word) at = (at + 1) & mask;
    return slots_[at];
  }

  std::vector<Slot> slots_;
  std::uint64_t generation_ = 0;
};

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_WORD_TABLE_H_
