// UTF-8 as RFC 3629 has it: no surrogates, no overlong forms, at most U+10FFFF.
#ifndef AMOOZ_SDK_BASE_UTF8_H_
#define AMOOZ_SDK_BASE_UTF8_H_

#include <string>
#include <string_view>

namespace amooz {

bool IsUtf8(std::string_view bytes);
// Where the first byte stands that is part of no valid sequence; npos if there is none.
std::size_t FindNotUtf8(std::string_view bytes);
// `bytes` with each byte that is part of no valid sequence replaced by U+FFFD.
std::string ToUtf8(std::string_view bytes);
// The longest prefix of valid UTF-8 text that has at most max_bytes and splits no code point.
std::string_view Utf8Prefix(std::string_view text, std::size_t max_bytes);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_UTF8_H_
