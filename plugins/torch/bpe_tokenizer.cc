#include "plugins/torch/bpe_tokenizer.h"

#include <nlohmann/json.hpp>
#include <queue>
#include <tuple>

#include "plugins/torch/failure.h"
#include "plugins/torch/pretokenizer.h"

namespace amooz::llama {
namespace {

using Json = nlohmann::ordered_json;

std::string Utf8OfTwoBytes(unsigned code_point) {
  if (code_point < 0x80) return std::string(1, static_cast<char>(code_point));
  return {static_cast<char>(0xC0 | (code_point >> 6)),
          static_cast<char>(0x80 | (code_point & 0x3F))};
}

// The token as tokenizer.json spells it.
std::string Spelled(std::string_view bytes) {
  std::string out;
  for (const char c : bytes) out += ByteLevelAlphabet()[static_cast<unsigned char>(c)];
  return out;
}

// The inverse of Spelled; throws std::out_of_range for a character that stands for no byte.
std::string Unspelled(std::string_view spelled) {
  static const auto* const kBytes = [] {
    auto* map = new std::unordered_map<std::string, char>;
    for (std::size_t b = 0; b < 256; ++b)
      map->emplace(ByteLevelAlphabet()[b], static_cast<char>(b));
    return map;
  }();
  std::string out;
  for (std::size_t at = 0; at < spelled.size();) {
    const std::size_t size = static_cast<unsigned char>(spelled[at]) < 0x80 ? 1 : 2;
    out += kBytes->at(std::string(spelled.substr(at, size)));
    at += size;
  }
  return out;
}

Json PreTokenizerJson() {
  return {{"type", "Sequence"},
          {"pretokenizers",
           {{{"type", "Split"},
             {"pattern", {{"Regex", PreTokenizerRegex()}}},
             {"behavior", "Isolated"},
             {"invert", false}},
            {{"type", "ByteLevel"},
             {"add_prefix_space", false},
             {"trim_offsets", true},
             {"use_regex", false}}}}};
}

}  // namespace

const std::vector<std::string>& ByteLevelAlphabet() {
  static const auto* const kAlphabet = [] {
    auto* alphabet = new std::vector<std::string>(256);
    unsigned next = 256;
    for (unsigned b = 0; b < 256; ++b) {
      const bool printable = (b > 0x20 && b < 0x7F) || (b > 0xA0 && b != 0xAD);
      (*alphabet)[b] = Utf8OfTwoBytes(printable ? b : next++);
    }
    return alphabet;
  }();
  return *kAlphabet;
}

BpeTokenizer::BpeTokenizer(std::vector<std::string> tokens, std::vector<Merge> merges)
    : tokens_(std::move(tokens)), merges_(std::move(merges)), byte_ids_(256, -1) {
  std::unordered_map<std::string_view, std::int32_t> ids;
  for (std::size_t id = 1; id < tokens_.size(); ++id) {
    ids.emplace(tokens_[id], static_cast<std::int32_t>(id));
    if (tokens_[id].size() == 1) {
      byte_ids_[static_cast<unsigned char>(tokens_[id][0])] = static_cast<std::int32_t>(id);
    }
  }
  for (const std::int32_t id : byte_ids_) {
    if (id < 0) Fail(AMOOZ_DATA_LOSS, "a single byte is missing from the vocabulary");
  }
  joined_.reserve(merges_.size());
  for (std::size_t rank = 0; rank < merges_.size(); ++rank) {
    const auto [left, right] = merges_[rank];
    const auto found = ids.find(tokens_.at(Index(left)) + tokens_.at(Index(right)));
    if (found == ids.end()) Fail(AMOOZ_DATA_LOSS, "a merge makes what is not in the vocabulary");
    joined_.emplace(Key(left, right), Joined{static_cast<std::int32_t>(rank), found->second});
  }
}

std::vector<std::int32_t> BpeTokenizer::Encode(std::string_view text) const {
  std::vector<std::int32_t> ids;
  for (const std::string_view piece : PreTokenize(text)) EncodePiece(piece, &ids);
  return ids;
}

// Merges the pair of lowest rank, the leftmost of equals, until none is left. A heap over a linked
// list, so that a piece of n bytes costs n log n even if someone sends a megabyte without a space.
void BpeTokenizer::EncodePiece(std::string_view piece, std::vector<std::int32_t>* out) const {
  struct Symbol {
    std::int32_t id;  // -1: merged into the one before
    std::int32_t previous, next;
  };
  const auto n = static_cast<std::int32_t>(piece.size());
  std::vector<Symbol> symbols;
  symbols.reserve(piece.size());
  for (std::int32_t i = 0; i < n; ++i) {
    const auto byte = static_cast<unsigned char>(piece[static_cast<std::size_t>(i)]);
    symbols.push_back({byte_ids_[byte], i - 1, i + 1 < n ? i + 1 : -1});
  }
  // (rank, position, left id, right id): the ids tell whether the pair is still there.
  using Candidate = std::tuple<std::int32_t, std::int32_t, std::int32_t, std::int32_t>;
  std::priority_queue<Candidate, std::vector<Candidate>, std::greater<>> heap;
  const auto offer = [&](std::int32_t at) {
    if (at < 0 || symbols[Index(at)].next < 0) return;
    const std::int32_t left = symbols[Index(at)].id;
    const std::int32_t right = symbols[Index(symbols[Index(at)].next)].id;
    if (const auto found = joined_.find(Key(left, right)); found != joined_.end()) {
      heap.emplace(found->second.rank, at, left, right);
    }
  };
  for (std::int32_t i = 0; i < n; ++i) offer(i);
  while (!heap.empty()) {
    const auto [rank, at, left, right] = heap.top();
    heap.pop();
    Symbol& symbol = symbols[Index(at)];
    if (symbol.id != left || symbol.next < 0 || symbols[Index(symbol.next)].id != right) continue;
    Symbol& gone = symbols[Index(symbol.next)];
    symbol.id = joined_.at(Key(left, right)).id;
    symbol.next = gone.next;
    gone.id = -1;
    if (symbol.next >= 0) symbols[Index(symbol.next)].previous = at;
    offer(symbol.previous);
    offer(at);
  }
  for (const Symbol& symbol : symbols) {
    if (symbol.id >= 0) out->push_back(symbol.id);
  }
}

std::string BpeTokenizer::ToJson() const {
  Json vocabulary = Json::object();
  vocabulary[std::string(kEndToken)] = 0;
  for (std::size_t id = 1; id < tokens_.size(); ++id) vocabulary[Spelled(tokens_[id])] = id;
  Json merges = Json::array();
  for (const auto& [left, right] : merges_) {
    merges.push_back({Spelled(tokens_[Index(left)]), Spelled(tokens_[Index(right)])});
  }
  const Json json = {{"version", "1.0"},
                     {"truncation", nullptr},
                     {"padding", nullptr},
                     {"added_tokens",
                      {{{"id", 0},
                        {"content", kEndToken},
                        {"single_word", false},
                        {"lstrip", false},
                        {"rstrip", false},
                        {"normalized", false},
                        {"special", true}}}},
                     {"normalizer", nullptr},
                     {"pre_tokenizer", PreTokenizerJson()},
                     {"post_processor", nullptr},
                     {"decoder",
                      {{"type", "ByteLevel"},
                       {"add_prefix_space", false},
                       {"trim_offsets", true},
                       {"use_regex", false}}},
                     {"model",
                      {{"type", "BPE"},
                       {"dropout", nullptr},
                       {"unk_token", nullptr},
                       {"continuing_subword_prefix", nullptr},
                       {"end_of_word_suffix", nullptr},
                       {"fuse_unk", false},
                       {"byte_fallback", false},
                       {"ignore_merges", false},
                       {"vocab", std::move(vocabulary)},
                       {"merges", std::move(merges)}}}};
  return json.dump(1) + "\n";
}

BpeTokenizer BpeTokenizer::FromJson(std::string_view text, const std::string& path) {
  try {
    const Json json = Json::parse(text);
    if (json.at("pre_tokenizer") != PreTokenizerJson() || !json.at("normalizer").is_null()) {
      FailDamaged(path, "cuts text in another way than this plugin does");
    }
    const Json& vocabulary = json.at("model").at("vocab");
    std::vector<std::string> tokens(vocabulary.size());
    std::vector<bool> seen(vocabulary.size(), false);
    std::unordered_map<std::string, std::int32_t> ids;
    for (const auto& [spelled, value] : vocabulary.items()) {
      const auto id = value.get<std::int32_t>();
      if (id < 0 || Index(id) >= tokens.size() || seen[Index(id)]) {
        FailDamaged(path, "the ids of model.vocab are not 0 to n - 1");
      }
      if ((id == 0) != (spelled == kEndToken)) FailDamaged(path, "id 0 is not the end token");
      seen[Index(id)] = true;
      tokens[Index(id)] = id == 0 ? spelled : Unspelled(spelled);
      ids.emplace(spelled, id);
    }
    std::vector<Merge> merges;
    for (const Json& merge : json.at("model").at("merges")) {
      merges.emplace_back(ids.at(merge.at(0).get<std::string>()),
                          ids.at(merge.at(1).get<std::string>()));
    }
    return BpeTokenizer(std::move(tokens), std::move(merges));
  } catch (const nlohmann::json::exception&) {
    FailDamaged(path, "is not a tokenizer.json of this plugin");
  } catch (const std::out_of_range&) {
    FailDamaged(path, "a merge or a token names what is not in the vocabulary");
  }
}

}  // namespace amooz::llama
