#include "pieces.h"

namespace amooz::pattern_variation {
namespace {

bool IsWordByte(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\''; }

// Bytes of the word's code point at p: a Latin letter or apostrophe, a letter or mark of the Arabic
// block, or a ZWNJ; 0 if it is none.
std::size_t WordCodePoint(std::string_view text, std::size_t at) {
  const char c = text[at];
  if (IsWordByte(c)) return 1;
  if (c >= '\xD8' && c <= '\xDB') {
    const std::string_view letter = text.substr(at, 2);
    const bool is_punctuation = letter == "،" || letter == "؛" || letter == "؟" || letter == "٪" ||
                                letter == "٫" || letter == "٬" || letter == "۔";
    return is_punctuation ? 0 : 2;
  }
  if (text.substr(at, 3) == "\xE2\x80\x8C") return 3;
  return 0;
}

}  // namespace

std::vector<Piece> PiecesOf(std::string_view text) {
  std::vector<Piece> pieces;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t start = at;
    std::size_t length = WordCodePoint(text, at);
    const bool is_word = length != 0;
    do {
      at += is_word ? length : 1;
      length = at < text.size() ? WordCodePoint(text, at) : 0;
    } while (at < text.size() && (length != 0) == is_word);
    pieces.push_back({text.substr(start, at - start), is_word});
  }
  return pieces;
}

}  // namespace amooz::pattern_variation
