// The scoring rule, apart from the plugin boundary: points of a reply for its length, its variety,
// its end, a natural phrase, and a word shared with the instruction.
//
// kClassic is the original program's rule to the code point (Python's strip, split and lower).
// kUnicode is the same rule on text written the one Persian way: ي and ی, ۴ and 4, a diacritic or a
// ZWNJ make no difference, and neither does punctuation at a word or the case of a letter. Only
// what is visible has a length, and a sentence may end before a closing quote, a bracket or a
// direction mark.
#ifndef AMOOZ_PLUGINS_HEURISTIC_SCORER_RULE_H_
#define AMOOZ_PLUGINS_HEURISTIC_SCORER_RULE_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "phrase_finder.h"
#include "word_table.h"

namespace amooz::heuristic_scorer {

enum class Mode { kClassic, kUnicode };

// Lengths are code points of the stripped response (kUnicode: visible ones of the normalised and
// stripped one).
struct Settings {
  Mode mode = Mode::kUnicode;
  std::int64_t too_short_below = 30;
  std::int64_t good_length_min = 50;
  std::int64_t good_length_max = 300;
  std::int64_t too_long_above = 500;
  std::int64_t repetitive_from_percent = 25;  // the most frequent word's share of the words
  std::vector<char32_t> endings;
  std::vector<std::string> phrases;
  std::int64_t length_points = 2;
  std::int64_t variety_points = 2;
  std::int64_t ending_points = 1;
  std::int64_t phrase_points = 1;
  std::int64_t shared_word_points = 1;

  std::int64_t MaxPoints() const {
    return length_points + variety_points + ending_points + phrase_points + shared_word_points;
  }
};

struct Verdict {
  std::int64_t points = 0;
  bool is_too_short = false;
  bool is_too_long = false;
  bool is_repetitive = false;  // of a reply that has words
  bool has_ending = false;
  bool shares_word = false;
};

// Buffers that one thread keeps between replies.
struct Scratch {
  std::vector<std::string_view> response_words, instruction_words;
  WordTable table;
};

// Immutable: Judge may be called from any number of threads, each with a Scratch of its own.
class Rule {
 public:
  explicit Rule(Settings settings);
  const Settings& settings() const { return settings_; }
  // Both texts are valid UTF-8; any may be empty or without words.
  Verdict Judge(std::string_view instruction, std::string_view response, Scratch* scratch) const;

 private:
  void JudgeClassic(std::string_view instruction, std::string_view response, Scratch* scratch,
                    Verdict* verdict) const;
  void JudgeUnicode(std::string_view instruction, std::string_view response, Scratch* scratch,
                    Verdict* verdict) const;
  void JudgeLength(std::size_t code_points, Verdict* verdict) const;
  bool IsEnding(char32_t c) const;
  void JudgeEnding(bool has_ending, Verdict* verdict) const;
  void JudgeVariety(std::size_t largest_count, std::size_t words, Verdict* verdict) const;
  void JudgeSharing(Scratch* scratch, Verdict* verdict) const;

  Settings settings_;
  PhraseFinder phrases_;
};

}  // namespace amooz::heuristic_scorer

#endif  // AMOOZ_PLUGINS_HEURISTIC_SCORER_RULE_H_
