// The one text format that chats are trained and served in:
//
//   System: {...}\n            a system turn
//   User: {...}\n              a user turn
//   Assistant: {...}<|end|>    an assistant turn
//   Assistant:                 what the reply follows; the reply is " {response}" and <|end|>
//
// ChatTemplate() renders the same in transformers.
#ifndef AMOOZ_PLUGINS_TORCH_PROMPT_H_
#define AMOOZ_PLUGINS_TORCH_PROMPT_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/bpe_tokenizer.h"
#include "plugins/torch/failure.h"

namespace amooz::llama {

// `turns` oldest first, then `instruction` as the last user turn.
std::vector<std::int32_t> EncodePrompt(const BpeTokenizer& tokenizer,
                                       std::span<const sdk::Turn> turns,
                                       std::string_view instruction);

// EncodePrompt, with as many of the newest turns as leave the prompt at most `most` tokens. Time is
// linear in the texts, however many turns there are; `stop_point` is called between its parts.
// INVALID_ARGUMENT if the instruction alone has more.
std::vector<std::int32_t> EncodePromptWithin(const BpeTokenizer& tokenizer,
                                             std::span<const sdk::Turn> turns,
                                             std::string_view instruction, std::size_t most,
                                             const StopPoint& stop_point);

// An example as the model reads it.
struct Sequence {
  std::vector<std::int32_t> tokens;  // prompt, response, end token
  std::size_t first_target = 0;      // index of the response's first token
};
// The response is encoded after the prompt's own tokens: neither changes the other's.
Sequence EncodeExample(const BpeTokenizer& tokenizer, const sdk::Example& example);

// The texts that EncodeExample encodes, for training a tokenizer.
std::vector<std::string> TextsOf(const sdk::Example& example);

// A stretch of a sequence that fits the context: tokens [begin, end); the predictions of tokens
// [first_target, end) count.
struct Window {
  std::size_t begin, end, first_target;
};
// Windows of at most `context` tokens that overlap by half. Each token from sequence.first_target
// on counts in exactly one; windows in which none would count are left out.
std::vector<Window> Windows(const Sequence& sequence, std::size_t context);

// The Jinja template for tokenizer_config.json.
std::string ChatTemplate();

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_PROMPT_H_
