// Cuts text into the pieces that byte-level BPE works within: words with the space before them,
// single digits, runs of punctuation, white space. Persian words stay whole with their ZWNJ and
// marks, emoji with their joiners, because everything that is not listed here is part of a word.
//
// The classes are explicit code points, not Unicode properties: another library, with another
// version of Unicode, cuts the same text at the same places.
#ifndef AMOOZ_PLUGINS_TORCH_PRETOKENIZER_H_
#define AMOOZ_PLUGINS_TORCH_PRETOKENIZER_H_

#include <string>
#include <string_view>
#include <vector>

namespace amooz::llama {

// The pieces of text, in order; joined they are the text. `text` must be valid UTF-8.
std::vector<std::string_view> PreTokenize(std::string_view text);

// The same rule as a regular expression, for tokenizer.json (Oniguruma's syntax).
std::string PreTokenizerRegex();

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_PRETOKENIZER_H_
