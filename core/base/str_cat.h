// absl::StrCat that also takes std::string_view: Debian's Abseil keeps absl::string_view a type of
// its own.
#ifndef AMOOZ_CORE_BASE_STR_CAT_H_
#define AMOOZ_CORE_BASE_STR_CAT_H_

#include <string>
#include <string_view>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace amooz {

inline absl::string_view ToAbsl(std::string_view text) { return {text.data(), text.size()}; }
inline std::string_view ToStd(absl::string_view text) { return {text.data(), text.size()}; }

namespace str_cat_internal {
template <typename T>
decltype(auto) Piece(const T& value) {
  if constexpr (std::is_same_v<T, std::string_view>) {
    return ToAbsl(value);
  } else {
    return (value);
  }
}
}  // namespace str_cat_internal

template <typename... Ts>
std::string StrCat(const Ts&... pieces) {
  return absl::StrCat(str_cat_internal::Piece(pieces)...);
}

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_STR_CAT_H_
