// Byte-level byte-pair encoding, as in Hugging Face's tokenizer.json.
//
// Guarantees: 1. Decode(Encode(text)) is text, byte for byte. 2. Encode never yields end_id(): a
// text that spells the end token is encoded as any other text. 3. For texts that do not spell it,
// the ids equal those of the `tokenizers` library on the same tokenizer.json. 4. Immutable, so any
// thread may use it.
#ifndef AMOOZ_PLUGINS_TORCH_BPE_TOKENIZER_H_
#define AMOOZ_PLUGINS_TORCH_BPE_TOKENIZER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace amooz::llama {

inline constexpr std::string_view kEndToken = "<|end|>";

class BpeTokenizer {
 public:
  using Merge = std::pair<std::int32_t, std::int32_t>;

  // tokens[id] are the bytes of a token; tokens[0] is the end token, and all 256 single bytes are
  // among the others. merges are in order of rank; what a merge joins is in `tokens` too.
  BpeTokenizer(std::vector<std::string> tokens, std::vector<Merge> merges);

  // From the text of a tokenizer.json that this class wrote. `path` is for messages: DATA_LOSS if
  // it is damaged or needs what this class does not do.
  static BpeTokenizer FromJson(std::string_view json, const std::string& path);
  std::string ToJson() const;

  // text must be valid UTF-8.
  std::vector<std::int32_t> Encode(std::string_view text) const;
  // The bytes of a token; "" for end_id(), whose spelling is never part of a text.
  std::string_view Bytes(std::int32_t id) const {
    if (id == end_id()) return {};
    return tokens_[Index(id)];
  }

  std::int32_t end_id() const { return 0; }
  std::int32_t size() const { return static_cast<std::int32_t>(tokens_.size()); }

 private:
  struct Joined {
    std::int32_t rank, id;
  };
  static std::size_t Index(std::int32_t id) { return static_cast<std::size_t>(id); }
  static std::uint64_t Key(std::int32_t left, std::int32_t right) {
    return static_cast<std::uint64_t>(left) << 32 | static_cast<std::uint32_t>(right);
  }
  void EncodePiece(std::string_view piece, std::vector<std::int32_t>* out) const;

  std::vector<std::string> tokens_;
  std::vector<Merge> merges_;
  std::vector<std::int32_t> byte_ids_;  // 256
  std::unordered_map<std::uint64_t, Joined> joined_;
};

// The 256 printable characters that stand for bytes in tokenizer.json (GPT-2's table), in UTF-8.
const std::vector<std::string>& ByteLevelAlphabet();

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_BPE_TOKENIZER_H_
