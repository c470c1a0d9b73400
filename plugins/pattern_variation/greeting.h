// Greeting in other words: another salutation, another time of the day, another address.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_GREETING_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_GREETING_H_

#include <string_view>
#include <vector>

#include "pair.h"

namespace amooz::pattern_variation {

struct Regreeted {
  Pair pair;
  std::string_view word;  // static; what is in the slot now: «درود», "evening"
};

// `pair` with one slot of the greeting that its instruction begins with filled anew:
//   salutation   «سلام، بیداری؟» → «درود، بیداری؟»          "Hi there!" → "Hello there!"
//   time of day  «سلام روز بخیر» → «سلام صبح بخیر»          "Good morning." → "Good evening."
//   address      «درود بر تو» → «درود بر شما», where the response says «شما»
// The response greets in the same words afterwards. Empty where the words are part of another
// saying («سلام علیکم», «سلام به روی ماهت», "Hey you") or where the pair speaks of the time of the
// day otherwise. «شب بخیر» alone is a farewell and is left alone.
std::vector<Regreeted> SubstituteGreeting(const Pair& pair, Language language);

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_GREETING_H_
