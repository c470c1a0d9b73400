#include "candidates.h"

#include <algorithm>
#include <optional>
#include <unordered_map>
#include <utility>

#include "amooz/sdk/text/text.h"
#include "relations.h"
#include "substitute.h"
#include "templates.h"

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

// Puts first what no earlier candidate was made from, then what one was, and so on: a few of them
// then come from as many patterns.
void SpreadOverOrigins(std::vector<Candidate>* candidates) {
  std::unordered_map<std::int64_t, int> times;
  std::vector<std::pair<int, Candidate>> ranked;
  for (Candidate& candidate : *candidates) {
    const int rank = times[candidate.origin]++;
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

}  // namespace

Candidates::Found& Candidates::FoundOf(Language language, Family family) {
  for (Found& found : found_) {
    if (found.language == language && found.family == family) return found;
  }
  return found_.emplace_back(Found{language, family, {}});
}

void Candidates::Add(std::int64_t index, std::string_view instruction, std::string_view response) {
  instructions_.emplace(text::Strip(instruction));
  const std::optional<Language> language = LanguageOf(instruction);
  if (!language || !Has(settings_->languages, *language)) return;
  const std::optional<Family> family = FamilyOf(instruction, *language);
  if (!family || !Has(settings_->families, *family)) return;
  FoundOf(*language, *family).examples.push_back(index);
  // The person in a greeting is often the one greeted ("Hey my friend"), so nobody takes that
  // place.
  if (!settings_->uses_examples || *family == Family::kGreeting) return;
  const Pair pair{std::string(text::Strip(instruction)), std::string(text::Strip(response))};
  for (Substituted& written : SubstituteRelation(pair, *language)) {
    substituted_.push_back(
        {std::move(written.pair), index, *family, written.relation->bare, index});
  }
}

std::vector<Candidate> Candidates::InOrder(std::uint64_t seed) {
  Random random(seed);
  std::array<std::vector<Candidate>, kFamilies.size()> by_family;
  const auto place = [&](Candidate candidate) {
    if (instructions_.contains(candidate.pair.instruction)) return;
    by_family[static_cast<std::size_t>(candidate.family)].push_back(std::move(candidate));
  };
  for (const Candidate& candidate : substituted_) place(candidate);
  std::int64_t origin = 0;  // examples have theirs from 0 up, templates from -1 down
  for (const Found& found : found_) {
    if (!settings_->uses_templates) break;
    for (const Template& pattern : TemplatesOf(found.family, found.language)) {
      --origin;
      for (const Relation& relation : RelationsOf(found.language)) {
        const std::int64_t source = found.examples[random.Below(found.examples.size())];
        place({Fill(pattern, relation), source, found.family, relation.bare, origin});
      }
    }
  }

  std::size_t longest = 0;
  for (std::vector<Candidate>& family : by_family) {
    random.Shuffle(&family);
    SpreadOverOrigins(&family);
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
