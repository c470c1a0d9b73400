// "Did you mean": the known name that a mistyped one is nearest to.
#ifndef AMOOZ_SDK_BASE_NEAREST_H_
#define AMOOZ_SDK_BASE_NEAREST_H_

#include <string>
#include <string_view>
#include <vector>

namespace amooz {

// The least number of byte insertions, deletions, substitutions and swaps of neighbours that turn
// `a` into `b` (Damerau-Levenshtein, optimal string alignment).
std::size_t EditDistance(std::string_view a, std::string_view b);
// The nearest of `known`, the first of equals; "" if there is none within a third of the longer
// length (at least 2).
std::string NearestName(std::string_view name, const std::vector<std::string>& known);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_NEAREST_H_
