// The plugin through its ABI: it knows what it pulls from the host, and nothing else.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "amooz/sdk/testing.hpp"
#include "config_schema.h"

namespace amooz::pattern_variation {
namespace {

using sdk::testing::Emitted;
using sdk::testing::FakeHost;
using sdk::testing::LoadedVariation;
using sdk::testing::Pair;

// Numbers 1, 2, 4 and 5 have a slot.
const std::vector<Pair> kExamples = {
    {"پایتخت فرانسه کجاست؟", "پاریس."},
    {"سلام، بیداری؟", "سلام، من خواب ندارم."},
    {"پدرم باغبون بود",
     "پس پدرت صبر بلد بود و با فصل‌ها حرف می‌زد."},
    {"دلم گرفته", "پنجره را باز کن؛ من اینجام."},
    {"دلم برای مادرم تنگ شده", "جای مادرت خالی است."},
    {"خواهرم از اون دنیا منو می‌بینه؟",
     "خیلی‌ها با همین باور زندگی می‌کنند."},
};

class PatternVariation : public ::testing::Test {
 protected:
  PatternVariation() {
    host_.train = kExamples;
    const nlohmann::json schema = nlohmann::json::parse(kConfigSchema);
    for (const auto& [key, property] : schema["properties"].items()) {
      const nlohmann::json& value = property["default"];
      if (value.is_array())
        host_.config.SetStrings("/" + key, value.get<std::vector<std::string>>());
      if (value.is_boolean()) host_.config.Set("/" + key, value.get<bool>());
      if (value.is_number()) host_.config.Set("/" + key, value.get<std::int64_t>());
    }
  }
  const std::vector<Emitted>& Generate(std::uint64_t count, std::uint64_t seed) {
    LoadedVariation(&host_, AMOOZ_PLUGIN_FILE).Generate(count, seed);
    return host_.emitted;
  }
  static std::string Family(const Emitted& emitted) {
    return nlohmann::json::parse(emitted.meta_json)["pattern"];
  }
  FakeHost host_;
};

TEST_F(PatternVariation, WritesAsManyAsAskedOfEveryKindFound) {
  std::set<std::string> families;
  for (const Emitted& emitted : Generate(9, 1)) families.insert(Family(emitted));
  EXPECT_EQ(host_.emitted.size(), 9u);
  EXPECT_EQ(families, (std::set<std::string>{"afterlife", "emotion", "greeting", "memory"}));
  EXPECT_EQ(Generate(1, 1).size(), 1u);
  EXPECT_EQ(Generate(0, 1).size(), 0u);
}

// Its score and author go with the pair, so it must be the example that was written again: equal
// but for the slot.
TEST_F(PatternVariation, CreditsTheExampleWhoseSlotWasFilled) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    for (const Emitted& emitted : Generate(9, seed)) {
      const Pair& source = kExamples[static_cast<std::size_t>(emitted.source_index)];
      const std::string slot = nlohmann::json::parse(emitted.meta_json)["slot"];
      EXPECT_NE(emitted.pair.instruction.find(slot), std::string::npos);
      const auto common_ending = [](const std::string& a, const std::string& b) {
        return std::mismatch(a.rbegin(), a.rend(), b.rbegin(), b.rend()).first - a.rbegin();
      };
      EXPECT_GT(common_ending(emitted.pair.instruction, source.instruction), 10);
      EXPECT_GT(common_ending(emitted.pair.response, source.response), 10);
    }
  }
}

TEST_F(PatternVariation, FillsUpFromOneKindWhereTheExamplesShowNoOther) {
  host_.train = {{"پایتخت فرانسه کجاست؟", "پاریس."},
                 {"تو احساساتی هستی", "من یک برنامه‌ام."},
                 {"سلام روز بخیر", "سلام، وقت شما بخیر. بفرمایید."},
                 {"درود بر تو", "سلام، امیدوارم حال شما خوب باشه."},
                 {"سلام", "سلام بر شما، در خدمتم."}};
  const std::vector<Emitted> all = Generate(9, 1);
  EXPECT_EQ(all.size(), 9u);
  for (const Emitted& emitted : all) {
    EXPECT_EQ(Family(emitted), "greeting");
    EXPECT_GE(emitted.source_index, 2);
  }
}

TEST_F(PatternVariation, DependsOnTheSeedAndTheExamplesAlone) {
  const std::vector<Emitted> first = Generate(9, 1);
  EXPECT_EQ(Generate(9, 1), first);
  EXPECT_NE(Generate(9, 2), first);
}

TEST_F(PatternVariation, WritesNoPairTwiceAndNoneThatExists) {
  host_.config.Set("/max_per_family", 1000);
  const std::vector<Emitted> all = Generate(100000, 1);
  ASSERT_EQ(all.size(), 1u + 3u + 12u + 2u);
  EXPECT_TRUE(host_.emitted_again.empty());
  std::set<std::string> instructions;
  for (const Emitted& emitted : all)
    EXPECT_TRUE(instructions.insert(emitted.pair.instruction).second);

  for (const Emitted& emitted : all) host_.train.push_back(emitted.pair);
  for (const Emitted& emitted : Generate(100000, 1)) {
    EXPECT_EQ(instructions.count(emitted.pair.instruction), 0u) << emitted.pair.instruction;
  }
}

TEST_F(PatternVariation, GoesOnWhenTheHostSaysThatAPairExists) {
  const std::vector<Emitted> first = Generate(4, 1);
  for (const Emitted& emitted : first) host_.existing.push_back(emitted.pair);
  EXPECT_EQ(Generate(4, 1).size(), 4u);
  EXPECT_FALSE(host_.emitted_again.empty());
}

TEST_F(PatternVariation, WritesNothingOfAKindThatNoExampleShows) {
  host_.train = {{"پایتخت فرانسه کجاست؟", "پاریس."}, {"What is 2 + 2?", "4."}};
  EXPECT_TRUE(Generate(9, 1).empty());
  host_.train.clear();
  EXPECT_TRUE(Generate(9, 1).empty());
}

TEST_F(PatternVariation, KeepsToItsConfig) {
  host_.config.SetStrings("/families", {"memory"});
  std::vector<std::string> written;
  for (const Emitted& emitted : Generate(9, 1)) written.push_back(emitted.pair.instruction);
  std::ranges::sort(written);
  EXPECT_EQ(written, (std::vector<std::string>{"دایی‌ام باغبون بود",
                                               "عمویم باغبون بود", "پدربزرگم باغبون بود"}));
  host_.config.Set("/max_per_family", 2);
  EXPECT_EQ(Generate(9, 1).size(), 2u);
  host_.config.SetStrings("/languages", {"en"});
  EXPECT_TRUE(Generate(9, 1).empty());
}

TEST_F(PatternVariation, StopsWhenToldTo) {
  LoadedVariation generator(&host_, AMOOZ_PLUGIN_FILE);
  host_.should_stop = true;
  EXPECT_THROW(generator.Generate(9, 1), std::runtime_error);
}

// The datasets that the project is shown with, and how many pairs a call of 9 gets of each.
TEST_F(PatternVariation, FindsPatternsInRealDatasets) {
  const char* shared = std::getenv("AMOOZ_SHARED");
  const std::filesystem::path root(shared != nullptr ? shared : AMOOZ_DEFAULT_SHARED);
  if (!std::filesystem::exists(root / "samples/dataset.fa.jsonl")) {
    GTEST_SKIP() << "no samples/dataset.fa.jsonl in " << root << "; set AMOOZ_SHARED";
  }
  for (const char* name :
       {"samples/dataset.fa.jsonl", "samples/dataset.en.jsonl", "data/seed_dataset.fa.jsonl"}) {
    if (!std::filesystem::exists(root / name)) continue;
    host_.train.clear();
    std::ifstream lines(root / name);
    for (std::string line; std::getline(lines, line);) {
      const nlohmann::json row = nlohmann::json::parse(line);
      host_.train.push_back({row["instruction"], row["response"]});
    }
    EXPECT_EQ(Generate(9, 1).size(), 9u) << name;
  }
}

}  // namespace
}  // namespace amooz::pattern_variation
