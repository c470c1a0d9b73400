// The plugin through its ABI: what it says to a host, and that classic mode says what the
// independent Python rule (tests/oracles/classic_rule.py) says.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <vector>

#include "amooz/sdk/testing.hpp"
#include "config_schema.h"

namespace amooz::heuristic_scorer {
namespace {

using sdk::testing::FakeHost;
using sdk::testing::LoadedScorer;
using sdk::testing::Pair;

// As a host would: the schema's defaults filled in.
void SetDefaults(sdk::testing::FakeConfig* config) {
  const nlohmann::json schema = nlohmann::json::parse(kConfigSchema);
  for (const auto& [key, property] : schema["properties"].items()) {
    const nlohmann::json& value = property["default"];
    if (value.is_array()) {
      config->SetStrings("/" + key, value.get<std::vector<std::string>>());
    } else if (value.is_string()) {
      config->Set("/" + key, value.get<std::string>());
    } else {
      config->Set("/" + key, value.get<std::int64_t>());
    }
  }
}

class HeuristicScorer : public ::testing::Test {
 protected:
  HeuristicScorer() { SetDefaults(&host_.config); }
  std::string Annotation(std::int64_t index, const std::string& key) {
    return host_.annotations[{index, key}];
  }
  std::string RefusalOf() {
    try {
      LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
    } catch (const std::runtime_error& error) {
      return error.what();
    }
    return "";
  }
  FakeHost host_;
};

TEST_F(HeuristicScorer, SaysPointsIssuesAndVeto) {
  LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
  const std::vector<double> scores = scorer.Score(
      {{"دلم براي خونه تنگ شده",
        "خونه همیشه جای خالیِ خودش رو نگه می‌داره؛ من "
        "اینجام، برام بگو از کجاش شروع کنیم؟"},
       {"hello", "ok"}});
  EXPECT_DOUBLE_EQ(scores[0], 1.0);
  EXPECT_EQ(Annotation(0, "points"), "7");
  EXPECT_EQ(Annotation(0, "of"), "7");
  EXPECT_EQ(Annotation(0, "issues"), "");
  EXPECT_DOUBLE_EQ(scores[1], 0.0);
  EXPECT_EQ(Annotation(1, "issues"), "too_short,repetitive,no_ending,no_shared_word");
  EXPECT_EQ(host_.vetoes, (std::map<std::int64_t, std::string>{{1, "too_short"}}));
}

TEST_F(HeuristicScorer, ClassicModeNamesTheOriginalsIssuesAlone) {
  host_.config.Set("/mode", "classic");
  LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
  scorer.Score({{"hello", "ok"}, {"x", " \x1C "}});
  EXPECT_EQ(Annotation(0, "issues"), "too_short,repetitive");
  EXPECT_EQ(Annotation(1, "issues"), "too_short");
  EXPECT_EQ(Annotation(1, "points"), "0");
}

TEST_F(HeuristicScorer, TakesEveryConstantFromItsConfig) {
  host_.config.Set("/too_short_below", 2);
  host_.config.Set("/good_length_min", 2);
  host_.config.Set("/length_points", 5);
  host_.config.Set("/repetitive_from_percent", 101);
  host_.config.SetStrings("/unicode_phrases", {"Ok"});
  host_.config.SetStrings("/unicode_endings", {"k"});
  LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
  EXPECT_DOUBLE_EQ(scorer.Score({{"so", "ok"}})[0], 9.0 / 10.0);
  EXPECT_EQ(Annotation(0, "of"), "10");
  EXPECT_TRUE(host_.vetoes.empty());
}

TEST_F(HeuristicScorer, RefusesAConfigThatMakesNoSense) {
  host_.config.SetStrings("/unicode_endings", {".", "ab"});
  EXPECT_NE(RefusalOf().find("unicode_endings: each ending is one character"), std::string::npos);
  SetDefaults(&host_.config);
  for (const char* nothing : {"\u200C", "\u064B", " ", ""}) {
    host_.config.SetStrings("/unicode_phrases", {nothing});
    EXPECT_NE(RefusalOf().find("every reply would contain it"), std::string::npos) << nothing;
  }
  SetDefaults(&host_.config);
  host_.config.Set("/good_length_min", 301);
  EXPECT_NE(RefusalOf().find("good_length_min is above"), std::string::npos);
  SetDefaults(&host_.config);
  for (const char* points : {"length", "variety", "ending", "phrase", "shared_word"}) {
    host_.config.Set(std::string("/") + points + "_points", 0);
  }
  EXPECT_NE(RefusalOf().find("all points are 0"), std::string::npos);
}

TEST_F(HeuristicScorer, ReadsTheModeThatIsNotInUseToo) {
  for (const char* mode : {"classic", "unicode"}) {
    for (const std::string other : {"classic", "unicode"}) {
      SetDefaults(&host_.config);
      host_.config.Set("/mode", mode);
      host_.config.SetStrings("/" + other + "_endings", {"ab"});
      EXPECT_NE(RefusalOf().find(other + "_endings: "), std::string::npos) << mode;
      SetDefaults(&host_.config);
      host_.config.Set("/mode", mode);
      host_.config.SetStrings("/" + other + "_phrases", {""});
      EXPECT_NE(RefusalOf().find(other + "_phrases: a phrase is empty"), std::string::npos) << mode;
    }
  }
}

TEST_F(HeuristicScorer, FindsAClassicPhraseByteForByteWhateverItIs) {
  host_.config.Set("/mode", "classic");
  host_.config.SetStrings("/classic_phrases", {"\u200C", "\u064B"});
  LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
  const std::vector<double> scores =
      scorer.Score({{"", "می\u200Cروم"}, {"", "حتماً"}, {"", "میروم"}});
  EXPECT_DOUBLE_EQ(scores[0] * 7, 1);
  EXPECT_DOUBLE_EQ(scores[1] * 7, 1);
  EXPECT_DOUBLE_EQ(scores[2] * 7, 0);
}

TEST_F(HeuristicScorer, StopsWhenToldTo) {
  LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
  host_.should_stop = true;
  EXPECT_THROW(scorer.Score({{"a", "b"}}), std::runtime_error);
  EXPECT_TRUE(scorer.Score({}).empty());
}

// Scores all chats of `path` in classic mode here and in Python, and compares.
class ClassicOracle : public HeuristicScorer {
 protected:
  void Compare(const std::filesystem::path& path) {
    const std::string expected_path = ::testing::TempDir() + "amooz_classic_scores.jsonl";
    const std::string command = std::string("python3 " AMOOZ_ORACLES "/classic_rule.py --chats '") +
                                path.string() + "' --scores '" + expected_path + "'";
    ASSERT_EQ(std::system(command.c_str()), 0) << command;
    std::ifstream expected_lines(expected_path), chat_lines(path);
    std::vector<nlohmann::json> expected;
    std::vector<Pair> pairs;
    for (std::string line; std::getline(chat_lines, line);) {
      const nlohmann::json chat = nlohmann::json::parse(line);
      pairs.push_back({chat["instruction"], chat["response"]});
    }
    for (std::string line; std::getline(expected_lines, line);) {
      expected.push_back(nlohmann::json::parse(line));
    }
    std::filesystem::remove(expected_path);
    ASSERT_EQ(expected.size(), pairs.size());

    host_.config.Set("/mode", "classic");
    LoadedScorer scorer(&host_, AMOOZ_PLUGIN_FILE);
    const std::vector<double> scores = scorer.Score(pairs);
    for (std::size_t i = 0; i < pairs.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const int points = expected[i]["points"];
      ASSERT_EQ(scores[i], points / 7.0) << expected[i];
      ASSERT_EQ(Annotation(index, "points"), std::to_string(points)) << expected[i];
      ASSERT_EQ(Annotation(index, "issues"), expected[i]["issues"]) << expected[i];
      ASSERT_EQ(host_.vetoes.count(index) == 1, expected[i]["veto"]) << expected[i];
    }
  }
};

TEST_F(ClassicOracle, AgreesOnTheBoundaryChats) {
  const std::string path = ::testing::TempDir() + "amooz_boundary_chats.jsonl";
  const std::string command = "python3 " AMOOZ_ORACLES "/boundary_chats.py --out '" + path + "'";
  ASSERT_EQ(std::system(command.c_str()), 0) << command;
  Compare(path);
  std::filesystem::remove(path);
}

TEST_F(ClassicOracle, AgreesOnAllSharedChats) {
  const char* shared = std::getenv("AMOOZ_SHARED");
  const std::filesystem::path data =
      std::filesystem::path(shared != nullptr ? shared : AMOOZ_DEFAULT_SHARED) / "data";
  if (!std::filesystem::exists(data / "chats.fa.jsonl")) {
    GTEST_SKIP() << "no chats.fa.jsonl in " << data << "; set AMOOZ_SHARED";
  }
  Compare(data / "chats.fa.jsonl");
  Compare(data / "chats.en.jsonl");
}

}  // namespace
}  // namespace amooz::heuristic_scorer
