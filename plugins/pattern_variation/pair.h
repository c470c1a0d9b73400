#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_PAIR_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_PAIR_H_

#include <string>

namespace amooz::pattern_variation {

enum class Language { kPersian, kEnglish };

struct Pair {
  std::string instruction, response;
  bool operator==(const Pair&) const = default;
};

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_PAIR_H_
