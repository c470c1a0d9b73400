// How wide a text is on a terminal, in columns: Persian marks and ZWNJ take none, East Asian wide
// characters and emoji two. A character is what a person takes for one (a grapheme cluster): it is
// never split.
#ifndef AMOOZ_CLIENT_CLI_DISPLAY_WIDTH_H_
#define AMOOZ_CLIENT_CLI_DISPLAY_WIDTH_H_

#include <string>
#include <string_view>

namespace amooz::client {

int DisplayWidth(std::string_view text);
// `text` if it fits, else as many whole characters as fit before a "…". max_columns >= 1.
std::string TruncateToWidth(std::string_view text, int max_columns);

// The words of `text` on lines of at most `max_columns` (0: no limit), each after the first behind
// `indent` spaces. A word that is longer stands alone on its line.
std::string WrapToWidth(std::string_view text, int max_columns, int indent);

// For a terminal that reorders right-to-left text (most do): the text between marks of no width
// that keep it, with its punctuation, in its own place on the line. Without them two Persian cells
// beside each other are one run, and the second stands before the first. Texts without
// right-to-left characters come back as they are.
std::string KeptInPlace(std::string_view text);

// What may go to a terminal: others wrote these texts, and control characters can do anything
// there. Invalid UTF-8 and controls become U+FFFD; direction overrides, which would turn the rest
// of the line around, go. `Line`: line breaks and tabs become spaces, so that a cell is one line.
std::string PrintableLine(std::string_view text);
// The same, but line breaks and tabs stay.
std::string PrintableText(std::string_view text);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_DISPLAY_WIDTH_H_
