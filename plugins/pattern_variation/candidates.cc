#include "candidates.h"

#include <algorithm>
#include <array>
#include <optional>
#include <unordered_map>
#include <utility>

#include "amooz/sdk/text/text.h"
#include "greeting.h"
#include "relations.h"
#include "substitute.h"

namespace amooz::pattern_variation {
namespace {

// SplitMix64 (Steele, Lea, Flood 2014): the same numbers on every machine, unlike std::shuffle.
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed) {}
  std::size_t Below(std::size_t n) { return static_cast<std::size_t>(Next() % n); }
  template <typename T>
  void Shuffle(std::vector<T>* items) {
    for (std::size_t i = items->size(); i > 1; --i) std::swap((*items)[i - 1], (*items)[Below(i)]);
  }

 private:
  std::uint64_t Next() {
    std::uint64_t z = (state_ += 0x9E3779B97F4A7C15u);
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
  }
  std::uint64_t state_;
};

// Puts first what comes from an example of its own, then what comes second from one, and so on: a
// few of them then come from as many examples.
void SpreadOverSources(std::vector<Candidate>* candidates) {
  std::unordered_map<std::int64_t, int> times;
  std::vector<std::pair<int, Candidate>> ranked;
  for (Candidate& candidate : *candidates) {
    const int rank = times[candidate.source_index]++;
    ranked.emplace_back(rank, std::move(candidate));
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<int, Candidate>::first);
  std::ranges::transform(ranked, candidates->begin(),
                         [](std::pair<int, Candidate>& r) { return std::move(r.second); });
}

template <typename T>
bool Has(const std::vector<T>& items, const T& item) {
  return std::ranges::find(items, item) != items.end();
}

// Who is spoken of in a greeting may be who is greeted, and a friend ("Hey my friend") is so first
// of all.
bool MayChangeInGreeting(const Relation& relation) { return relation.circle != Circle::kPeer; }

}  // namespace

void Candidates::Add(std::int64_t index, std::string_view instruction, std::string_view response) {
  instructions_.emplace(text::Strip(instruction));
  const std::optional<Language> language = LanguageOf(instruction);
  if (!language || !Has(settings_->languages, *language)) return;
  const std::optional<Family> family = FamilyOf(instruction, *language);
  if (!family || !Has(settings_->families, *family)) return;
  const Pair pair{std::string(text::Strip(instruction)), std::string(text::Strip(response))};
  if (family == Family::kGreeting) {
    for (Regreeted& written : SubstituteGreeting(pair, *language)) {
      all_.push_back({std::move(written.pair), index, *family, written.word});
    }
  }
  for (Substituted& written : SubstituteRelation(pair, *language)) {
    const bool may_change = written.is_greeted || MayChangeInGreeting(*written.relation);
    if (family == Family::kGreeting && !may_change) continue;
    all_.push_back({std::move(written.pair), index, *family, written.relation->bare});
  }
}

std::vector<Candidate> Candidates::InOrder(std::uint64_t seed) const {
  std::array<std::vector<Candidate>, kFamilies.size()> by_family;
  for (const Candidate& candidate : all_) {
    if (instructions_.contains(candidate.pair.instruction)) continue;
    by_family[static_cast<std::size_t>(candidate.family)].push_back(candidate);
  }

  Random random(seed);
  std::size_t longest = 0;
  for (std::vector<Candidate>& family : by_family) {
    random.Shuffle(&family);
    SpreadOverSources(&family);
    longest = std::max(longest, family.size());
  }
  std::vector<Candidate> order;
  std::unordered_set<std::string> taken;
  for (std::size_t i = 0; i < longest; ++i) {
    for (std::vector<Candidate>& family : by_family) {
      if (i >= family.size() || !taken.insert(family[i].pair.instruction).second) continue;
      order.push_back(std::move(family[i]));
    }
  }
  return order;
}

}  // namespace amooz::pattern_variation
