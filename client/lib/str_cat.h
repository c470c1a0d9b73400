// Texts out of pieces. Not StrCat: Debian builds Abseil for C++14, where absl::string_view is
// a type of its own that std::string_view does not convert to.
#ifndef AMOOZ_CLIENT_LIB_STR_CAT_H_
#define AMOOZ_CLIENT_LIB_STR_CAT_H_

#include <concepts>
#include <string>
#include <string_view>

#include "absl/strings/string_view.h"

namespace amooz::client {

inline void AppendPiece(std::string* text, std::string_view piece) { text->append(piece); }
template <typename T>
requires std::same_as<T, absl::string_view>
void AppendPiece(std::string* text, const T& piece) { text->append(piece.data(), piece.size()); }
template <std::integral T>
requires(!std::same_as<T, char> && !std::same_as<T, bool>) void AppendPiece(std::string* text,
                                                                            T number) {
  text->append(std::to_string(number));
}

// Texts and whole numbers; how a fraction is written is the caller's to say.
template <typename... Pieces>
void StrAppend(std::string* text, const Pieces&... pieces) {
  (AppendPiece(text, pieces), ...);
}

template <typename... Pieces>
std::string StrCat(const Pieces&... pieces) {
  std::string text;
  StrAppend(&text, pieces...);
  return text;
}

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_STR_CAT_H_
