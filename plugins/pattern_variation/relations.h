// The people that a slot can hold, with the forms that grammar gives them.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_RELATIONS_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_RELATIONS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "pair.h"

namespace amooz::pattern_variation {

// Who may stand for whom in a text that was written of one of them. An elder stays an elder of the
// same gender («روسری مادرم» is no «روسری پدرم»); of spouse and child nothing is taken over, since
// what is said of them is seldom true of anybody else. What fits anybody is another matter: see
// substitute.cc.
enum class Circle : std::uint8_t { kElderWoman, kElderMan, kPeer, kOwn };

struct Relation {
  std::string_view bare;   // «خاله», "aunt"
  std::string_view my;     // «خاله‌ام», "my aunt"
  std::string_view your;   // «خاله‌ات», "your aunt"
  std::string_view their;  // «خاله‌اش»; English: not used
  Circle circle;
  // Persian: written with an ezafe or a further ending, the bare form stays as it is (it ends in a
  // consonant). English: "a" stays before it.
  bool is_plain;
};

std::span<const Relation> RelationsOf(Language language);

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_RELATIONS_H_
