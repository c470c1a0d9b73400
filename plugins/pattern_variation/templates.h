// Pairs with a slot for a person, of this generator's own, for each family and language. They hold
// whoever stands in the slot: no pronoun of a gender, no age, nothing that only one relation does.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_TEMPLATES_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_TEMPLATES_H_

#include <span>
#include <string_view>

#include "pair.h"
#include "patterns.h"
#include "relations.h"

namespace amooz::pattern_variation {

struct Template {
  std::string_view instruction;  // {my} is «پدرم» or "my father"
  std::string_view response;     // {your} is «پدرت» or "your father"
};

std::span<const Template> TemplatesOf(Family family, Language language);
Pair Fill(const Template& pattern, const Relation& relation);

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_TEMPLATES_H_
