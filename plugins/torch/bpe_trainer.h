// Learns a byte-pair vocabulary from text.
#ifndef AMOOZ_PLUGINS_TORCH_BPE_TRAINER_H_
#define AMOOZ_PLUGINS_TORCH_BPE_TRAINER_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "plugins/torch/bpe_tokenizer.h"
#include "plugins/torch/failure.h"

namespace amooz::llama {

// Counts the pieces of texts, then learns merges from them. A function of the set of texts alone:
// their order does not matter, and ties are broken by token ids.
class BpeTrainer {
 public:
  void Add(std::string_view text);
  // UTF-8 bytes added so far.
  std::uint64_t text_bytes() const { return text_bytes_; }
  // Tokens: the end token, 256 bytes, then merges of pairs that occur at least twice, at most
  // `max_size` in all (257 if it is less).
  BpeTokenizer Train(std::size_t max_size, const StopPoint& stop_point = GoOn) const;
  // How many tokens `tokenizer` makes of all that was added.
  std::uint64_t CountTokens(const BpeTokenizer& tokenizer,
                            const StopPoint& stop_point = GoOn) const;

 private:
  std::map<std::string, std::int64_t, std::less<>> pieces_;
  std::uint64_t text_bytes_ = 0;
};

// docs/rules.md, rule 20: at most 8,000 entries, and one for each 64 bytes of text.
std::size_t VocabularySize(std::uint64_t text_bytes, std::size_t most);

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_BPE_TRAINER_H_
