// Writing one person for another in an example, in all its places or not at all.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_SUBSTITUTE_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_SUBSTITUTE_H_

#include <vector>

#include "pair.h"
#include "relations.h"

namespace amooz::pattern_variation {

struct Substituted {
  Pair pair;
  const Relation* relation;  // who is in it now
  bool is_greeted = false;   // as whom the speaker greets
};

// `pair` with its person replaced by each other one who may stand there; empty unless all of this
// holds: the instruction speaks of exactly one relation and calls it the speaker's own («پدرم», "my
// father"), greets it or calls it («سلام پدر»); the response speaks of no other; every word that
// holds the relation is a form that can be inflected again (no «مادرها», no «دوست داشتن», no
// "Mother's Day"); nothing ties the text to the person's gender where the gender would change, or
// to danger, where nothing should be copied.
std::vector<Substituted> SubstituteRelation(const Pair& pair, Language language);

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_SUBSTITUTE_H_
