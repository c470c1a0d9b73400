// A text as words and what lies between them.
#ifndef AMOOZ_PLUGINS_PATTERN_VARIATION_PIECES_H_
#define AMOOZ_PLUGINS_PATTERN_VARIATION_PIECES_H_

#include <string_view>
#include <vector>

namespace amooz::pattern_variation {

struct Piece {
  std::string_view text;
  bool is_word;  // Latin letters and apostrophes, letters and marks of the Arabic block, ZWNJ
};

// The pieces of `text`, which must outlive them; joined they are the text again. Words and the rest
// take turns.
std::vector<Piece> PiecesOf(std::string_view text);

}  // namespace amooz::pattern_variation

#endif  // AMOOZ_PLUGINS_PATTERN_VARIATION_PIECES_H_
