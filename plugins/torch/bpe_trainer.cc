#include "plugins/torch/bpe_trainer.h"

#include <algorithm>
#include <queue>
#include <unordered_map>
#include <unordered_set>

#include "plugins/torch/pretokenizer.h"

namespace amooz::llama {
namespace {

constexpr std::int64_t kMinFrequency = 2;
constexpr std::size_t kWordsAtOnce = 10'000;  // between stop points
constexpr std::size_t kBaseSize = 257;        // the end token and the bytes

struct Word {
  std::vector<std::int32_t> ids;
  std::int64_t count;
};

using Pair = BpeTokenizer::Merge;

struct PairHash {
  std::size_t operator()(const Pair& pair) const {
    return (static_cast<std::size_t>(pair.first) << 32 ^ static_cast<std::size_t>(pair.second)) *
           0x9E3779B97F4A7C15ULL;
  }
};

// Most frequent first; of equals, the lower ids.
struct Candidate {
  std::int64_t count;
  Pair pair;
  bool operator<(const Candidate& other) const {
    return count != other.count ? count < other.count : pair > other.pair;
  }
};

class Learner {
 public:
  Learner(std::vector<Word> words, const StopPoint& stop_point)
      : words_(std::move(words)), stop_point_(stop_point) {
    tokens_.emplace_back(kEndToken);
    for (int b = 0; b < 256; ++b) tokens_.emplace_back(1, static_cast<char>(b));
    for (std::size_t id = 1; id < tokens_.size(); ++id) ids_.emplace(tokens_[id], id);
    for (std::size_t w = 0; w < words_.size(); ++w) {
      if (w % kWordsAtOnce == 0) stop_point_();
      CountPairs(w, +1);
    }
    for (const auto& [pair, count] : counts_) heap_.push({count, pair});
  }

  BpeTokenizer Learn(std::size_t max_size) {
    while (tokens_.size() < max_size && !heap_.empty()) {
      stop_point_();
      const Candidate best = heap_.top();
      heap_.pop();
      if (const std::int64_t now = counts_[best.pair]; now != best.count) {
        if (now >= kMinFrequency) heap_.push({now, best.pair});
        continue;
      }
      if (best.count < kMinFrequency) break;
      Join(best.pair);
    }
    return BpeTokenizer(std::move(tokens_), std::move(merges_));
  }

 private:
  void CountPairs(std::size_t w, std::int64_t sign) {
    const Word& word = words_[w];
    for (std::size_t i = 0; i + 1 < word.ids.size(); ++i) {
      const Pair pair{word.ids[i], word.ids[i + 1]};
      counts_[pair] += sign * word.count;
      if (sign < 0) continue;
      where_[pair].insert(w);
      touched_.push_back(pair);
    }
  }

  void Join(const Pair pair) {
    const std::string joined = tokens_[static_cast<std::size_t>(pair.first)] +
                               tokens_[static_cast<std::size_t>(pair.second)];
    const auto [found, is_new] = ids_.emplace(joined, tokens_.size());
    if (is_new) tokens_.push_back(joined);
    merges_.push_back(pair);
    touched_.clear();
    const std::unordered_set<std::size_t> words = std::move(where_[pair]);
    where_.erase(pair);
    for (const std::size_t w : words) {
      CountPairs(w, -1);
      Replace(&words_[w].ids, pair, static_cast<std::int32_t>(found->second));
      CountPairs(w, +1);
    }
    counts_[pair] = 0;
    std::sort(touched_.begin(), touched_.end());
    touched_.erase(std::unique(touched_.begin(), touched_.end()), touched_.end());
    for (const Pair& fresh : touched_) heap_.push({counts_[fresh], fresh});
  }

  static void Replace(std::vector<std::int32_t>* ids, const Pair& pair, std::int32_t joined) {
    std::size_t to = 0;
    for (std::size_t from = 0; from < ids->size(); ++from, ++to) {
      const bool here =
          from + 1 < ids->size() && (*ids)[from] == pair.first && (*ids)[from + 1] == pair.second;
      (*ids)[to] = here ? joined : (*ids)[from];
      if (here) ++from;
    }
    ids->resize(to);
  }

  std::vector<Word> words_;
  const StopPoint& stop_point_;
  std::vector<std::string> tokens_;
  std::vector<Pair> merges_;
  std::unordered_map<std::string, std::size_t> ids_;
  std::unordered_map<Pair, std::int64_t, PairHash> counts_;
  std::unordered_map<Pair, std::unordered_set<std::size_t>, PairHash> where_;
  std::vector<Pair> touched_;
  std::priority_queue<Candidate> heap_;
};

}  // namespace

void BpeTrainer::Add(std::string_view text) {
  text_bytes_ += text.size();
  for (const std::string_view piece : PreTokenize(text)) {
    const auto found = pieces_.find(piece);
    if (found != pieces_.end()) {
      ++found->second;
    } else {
      pieces_.emplace(piece, 1);
    }
  }
}

BpeTokenizer BpeTrainer::Train(std::size_t max_size, const StopPoint& stop_point) const {
  std::vector<Word> words;
  words.reserve(pieces_.size());
  for (const auto& [piece, count] : pieces_) {
    Word word{{}, count};
    for (const char c : piece) word.ids.push_back(1 + static_cast<unsigned char>(c));
    words.push_back(std::move(word));
  }
  return Learner(std::move(words), stop_point).Learn(std::max(max_size, kBaseSize));
}

std::uint64_t BpeTrainer::CountTokens(const BpeTokenizer& tokenizer,
                                      const StopPoint& stop_point) const {
  std::uint64_t tokens = 0;
  std::size_t done = 0;
  for (const auto& [piece, count] : pieces_) {
    if (done++ % kWordsAtOnce == 0) stop_point();
    tokens += tokenizer.Encode(piece).size() * static_cast<std::uint64_t>(count);
  }
  return tokens;
}

std::size_t VocabularySize(std::uint64_t text_bytes, std::size_t most) {
  const auto affordable = static_cast<std::size_t>(text_bytes / 64);
  return std::max(std::min(most, affordable), kBaseSize);
}

}  // namespace amooz::llama
