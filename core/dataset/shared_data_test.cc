// Rule 11's figures on the shared Persian data: classic scores, no variations, cap 5,000.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "core/dataset/decisions.h"
#include "core/dataset/keys.h"
#include "core/dataset/merge.h"
#include "sdk/text/text.h"

namespace amooz::dataset {
namespace {

struct Pair {
  std::string instruction, response;
};

std::string SharedFile(const std::string& name) {
  const char* shared = std::getenv("AMOOZ_SHARED");
  const char* source = std::getenv("AMOOZ_SOURCE_DIR");
  const std::string folder =
      shared ? shared : (source ? std::string(source) + "/../shared" : "../shared");
  return folder + "/data/" + name;
}

std::vector<Pair> ReadPairs(const std::string& path) {
  std::vector<Pair> pairs;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) {
    const auto json = nlohmann::json::parse(line);
    pairs.push_back({json.at("instruction"), json.at("response")});
  }
  return pairs;
}

// The original's rule, told once more; the scorer itself is held to its own oracle elsewhere.
Judged JudgeClassic(const Pair& pair) {
  const std::string_view response = text::Strip(pair.response);
  const std::size_t length = text::CountCodePoints(response);
  int points = length >= 50 && length <= 300 ? 2 : 0;
  std::map<std::string_view, std::size_t> counts;
  std::size_t words = 0, most = 0;
  std::set<std::string> lowered;
  for (const std::string_view word : text::SplitWords(response)) {
    most = std::max(most, ++counts[word]);
    ++words;
    lowered.insert(text::Lower(word));
  }
  if (words > 0 && 4 * most < words) points += 2;
  const char32_t last = text::LastCodePoint(response);
  points += last == U'.' || last == U'!' || last == U'\u061f';
  const std::array<std::string_view, 4> phrases = {"من اینجام", "همیشه کنارت", "دعا میکنم",
                                                   "عاشقتم"};
  points += std::any_of(phrases.begin(), phrases.end(), [&](std::string_view phrase) {
    return response.find(phrase) != response.npos;
  });
  const auto asked = text::SplitWords(text::Strip(pair.instruction));
  points += std::any_of(asked.begin(), asked.end(),
                        [&](std::string_view word) { return lowered.contains(text::Lower(word)); });
  return {.score = points / 7.0, .is_vetoed = length < 30};
}

TEST(SharedPersianData, Rule11TheFigures) {
  const std::vector<Pair> seed = ReadPairs(SharedFile("seed_dataset.fa.jsonl"));
  const std::vector<Pair> chats = ReadPairs(SharedFile("chats.fa.jsonl"));
  if (seed.empty() || chats.empty())
    GTEST_SKIP() << "the shared data is not here: set AMOOZ_SHARED";

  const KeyMaker keys(std::string(32, 'k'));
  std::vector<MergeRow> rows;
  std::unordered_map<std::uint64_t, ExampleId> dataset;
  for (const Pair& pair : seed) {
    rows.push_back({keys.Duplicate(pair.instruction, pair.response).in_dataset, Origin::kImport,
                    std::nullopt, false});
    dataset.try_emplace(rows.back().dataset_key, static_cast<ExampleId>(rows.size()));
  }
  std::vector<Judged> judged;
  for (const Pair& pair : chats) judged.push_back(JudgeClassic(pair));
  const auto selected = Select(
      std::span<const Judged>(judged), {5, 7}, dataset,
      [&](std::size_t i) { return keys.Duplicate(chats[i].instruction, chats[i].response); });
  std::size_t found = 0;
  for (std::size_t i = 0; i < chats.size(); ++i) {
    if (selected[i].outcome != Outcome::kAccepted &&
        selected[i].outcome != Outcome::kDuplicateOfExample)
      continue;
    rows.push_back({selected[i].keys.in_dataset, Origin::kChat, judged[i].score, false});
    ++found;
  }
  for (const Eviction eviction : {Eviction::kNewestFirst, Eviction::kLowestScore}) {
    auto fates = RemoveDuplicates(rows);
    ApplyCap(rows, 5000, eviction, fates);
    const Arithmetic sums = Count(fates, seed.size(), found);
    EXPECT_EQ(sums.original_size, 2003u);
    EXPECT_EQ(sums.found_in_chats, 14062u);
    EXPECT_EQ(sums.added_variations, 0u);
    EXPECT_EQ(sums.duplicates_removed, 3u);
    EXPECT_EQ(sums.evicted, 11062u);
    EXPECT_EQ(sums.final_size, 5000u);
    EXPECT_TRUE(sums.Balances());
  }
}

}  // namespace
}  // namespace amooz::dataset
