// What could be written from the examples seen so far, and in which order it is offered.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_CANDIDATES_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_CANDIDATES_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "pair.h"
#include "patterns.h"

namespace amooz::pattern_variation {

struct Settings {
  std::vector<Language> languages = {Language::kPersian, Language::kEnglish};
  std::vector<Family> families = {kFamilies.begin(), kFamilies.end()};
};

// An example with one slot filled anew.
struct Candidate {
  Pair pair;
  std::int64_t source_index;  // of that example
  Family family;
  std::string_view slot;  // static; what is in it now: «خاله», «درود», "evening"
};

// Feed it every example in pull order, then ask for the order of one seed.
class Candidates {
 public:
  explicit Candidates(const Settings* settings) : settings_(settings) {}
  void Add(std::int64_t index, std::string_view instruction, std::string_view response);

  // Every candidate, family after family in turn so that a few of them are of all kinds, in an
  // order that depends on the examples and the seed alone. None has the instruction of an example.
  std::vector<Candidate> InOrder(std::uint64_t seed) const;

 private:
  const Settings* settings_;
  std::vector<Candidate> all_;
  std::unordered_set<std::string> instructions_;
};

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_CANDIDATES_H_
