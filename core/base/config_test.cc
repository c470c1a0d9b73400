#include "core/base/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include "core/base/log.h"
#include "sdk/base/files.h"

namespace amooz {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    std::string name = JoinPath(::testing::TempDir(), "amooz_config_XXXXXX");
    folder_ = mkdtemp(name.data());
  }
  ~ConfigTest() override { (void)Env::Default()->RemoveAll(folder_); }

  absl::StatusOr<v1::Config> Load(const std::string& yaml,
                                  std::vector<std::string> overrides = {}) {
    const std::string path = JoinPath(folder_, "amooz.yaml");
    EXPECT_TRUE(WriteFileAtomically(Env::Default(), path, yaml).ok());
    return LoadConfig({.file = path, .overrides = std::move(overrides), .data_dir = "/d"});
  }
  std::string Error(const std::string& yaml, std::vector<std::string> overrides = {}) {
    const absl::Status status = Load(yaml, std::move(overrides)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    return std::string(status.message());
  }
  std::string folder_;
};

TEST_F(ConfigTest, DefaultsAreThoseOfTheDesign) {
  const v1::Config config = Load("").value();
  EXPECT_EQ(config.listen(), "127.0.0.1:50650");
  EXPECT_EQ(config.chat_log().max_chats(), 1000U);
  EXPECT_EQ(config.chat_log().max_chat_bytes(), 1048576U);
  EXPECT_FALSE(config.chat_log().clear_after_training());
  EXPECT_EQ(config.cycle().min_chats_for_learning(), 20U);
  EXPECT_EQ(config.cycle().enhancement_interval().seconds(), 3600);
  EXPECT_EQ(config.cycle().max_dataset_size(), 5000U);
  EXPECT_EQ(config.cycle().eviction(), "lowest_score");
  EXPECT_EQ(config.cycle().held_out_share(), 0.05);
  EXPECT_EQ(config.cycle().seed(), 1U);
  EXPECT_EQ(config.gate().min_improvement(), 0.002);
  EXPECT_EQ(config.scoring().min_score().points(), 5);
  EXPECT_EQ(config.scoring().scorers(0).plugin(), "heuristic_scorer");
  EXPECT_EQ(config.scoring().scorers(0).weight(), 1);
  EXPECT_EQ(config.variation().max_per_cycle(), 9U);
  EXPECT_EQ(config.training().max_minutes(), 30);
  EXPECT_EQ(config.data_dir(), "/d");
}

TEST_F(ConfigTest, ReadsTheDesignsExample) {
  const v1::Config config = Load(R"(
data_dir: /var/lib/amooz
listen: 127.0.0.1:50650          # a comment
chat_log: {max_chats: 1000, max_chat_bytes: 2MiB, clear_after_training: true}
cycle:
  enhancement_interval: 90m
  held_out_share: 0.15
scoring:
  scorers: [{plugin: heuristic_scorer, weight: 2.5, placement: in_process, config: {mode: unicode, n: 3, on: true, s: "3", l: [1, a]}}]
variation: {max_per_cycle: 0, generators: []}
training: {trainer: torch, config: {max_epochs: 3}}
)")
                                .value();
  EXPECT_EQ(config.data_dir(), "/d");  // --data-dir is over the file
  EXPECT_EQ(config.chat_log().max_chat_bytes(), 2097152U);
  EXPECT_TRUE(config.chat_log().clear_after_training());
  EXPECT_EQ(config.cycle().enhancement_interval().seconds(), 5400);
  const v1::PluginUse& scorer = config.scoring().scorers(0);
  EXPECT_EQ(scorer.weight(), 2.5);
  const auto& fields = scorer.config().fields();
  EXPECT_EQ(fields.at("mode").string_value(), "unicode");
  EXPECT_EQ(fields.at("n").number_value(), 3);
  EXPECT_TRUE(fields.at("on").bool_value());
  EXPECT_EQ(fields.at("s").string_value(), "3");
  EXPECT_EQ(fields.at("l").list_value().values(1).string_value(), "a");
  EXPECT_EQ(config.variation().generators_size(), 0);
}

TEST_F(ConfigTest, OverridesGoOverTheFileInOrder) {
  const v1::Config config = Load("cycle: {seed: 2}\ntraining: {config: {a: 1, b: 2}}",
                                 {"cycle.seed=3", "cycle.seed=4", "cycle.enhancement_interval=90s",
                                  "scoring.scorers.0.config.mode=classic", "training.config.b=5",
                                  "variation.generators=[{plugin: mine}]"})
                                .value();
  EXPECT_EQ(config.cycle().seed(), 4U);
  EXPECT_EQ(config.cycle().enhancement_interval().seconds(), 90);
  EXPECT_EQ(config.scoring().scorers(0).config().fields().at("mode").string_value(), "classic");
  EXPECT_EQ(config.scoring().scorers(0).plugin(), "heuristic_scorer");
  EXPECT_EQ(config.training().config().fields().at("a").number_value(), 1);
  EXPECT_EQ(config.training().config().fields().at("b").number_value(), 5);
  EXPECT_EQ(config.variation().generators(0).plugin(), "mine");
  EXPECT_EQ(config.variation().generators(0).weight(), 1);
}

TEST_F(ConfigTest, AnUnknownKeyIsRefusedWithTheNearestOne) {
  EXPECT_EQ(Error("cycle: {max_dataset_sise: 1}"),
            "cycle.max_dataset_sise: there is no such setting; did you mean "
            "cycle.max_dataset_size?");
  EXPECT_THAT(Error("", {"cylce.seed=1"}), HasSubstr("did you mean cycle?"));
  EXPECT_THAT(Error("scoring: {scorers: [{plugin: a, wieght: 1}]}"),
              HasSubstr("scoring.scorers.0.wieght"));
}

TEST_F(ConfigTest, AKeyThatIsGivenTwiceIsRefused) {
  EXPECT_EQ(Error("cycle: {seed: 1}\ngate: {}\ncycle: {seed: 2}"),
            "cycle: is given twice; leave one of them out");
  EXPECT_THAT(Error("cycle: {seed: 1, seed: 2}"), HasSubstr("cycle.seed: is given twice"));
  EXPECT_THAT(Error("training: {config: {epochs: 1, epochs: 2}}"),
              HasSubstr("training.config.epochs: is given twice"));
}

TEST_F(ConfigTest, WrongTypesAreNamed) {
  EXPECT_EQ(Error("cycle: {max_dataset_size: many}"),
            "cycle.max_dataset_size: 'many' is not a whole number from 0 to 4294967295");
  EXPECT_THAT(Error("cycle: {max_dataset_size: -1}"), HasSubstr("'-1'"));
  EXPECT_THAT(Error("cycle: {max_dataset_size: 1.5}"), HasSubstr("'1.5'"));
  EXPECT_THAT(Error("cycle: {held_out_share: [1]}"), HasSubstr("a list is not a number"));
  EXPECT_THAT(Error("cycle: {enhancement_interval: soon}"), HasSubstr("not a duration such as"));
  EXPECT_THAT(Error("chat_log: {clear_after_training: yes}"), HasSubstr("true or false"));
  EXPECT_THAT(Error("chat_log: {max_chat_bytes: big}"), HasSubstr("a size such as"));
  EXPECT_THAT(Error("cycle: 3"), HasSubstr("cycle: '3' is not a map"));
  EXPECT_THAT(Error("[1]"), HasSubstr("the file: a list is not a map"));
  EXPECT_THAT(Error("scoring: {scorers: heuristic}"), HasSubstr("not a list"));
  EXPECT_THAT(Error("", {"scoring.scorers.4.weight=1"}), HasSubstr("the list has 1"));
  EXPECT_THAT(Error("a: [1"), HasSubstr("is no YAML"));
  EXPECT_THAT(Error("listen: 127.0.0.1:1\n# \xff"), HasSubstr("line 2 is not valid UTF-8"));
  EXPECT_THAT(Error("", {"cycle"}), HasSubstr("write key=value"));
}

TEST_F(ConfigTest, RangesNameFieldValueAndRange) {
  EXPECT_EQ(Error("cycle: {held_out_share: 0.6}"),
            "cycle.held_out_share: 0.6 is not in the range 0 to 0.5");
  EXPECT_THAT(Error("chat_log: {max_chat_bytes: 1}"), HasSubstr("1024 to 16777216"));
  EXPECT_THAT(Error("cycle: {enhancement_interval: 31d}"), HasSubstr("enhancement_interval"));
  EXPECT_THAT(Error("cycle: {eviction: oldest}"),
              HasSubstr("'oldest' is none of lowest_score, newest_first"));
  EXPECT_THAT(Error("scoring: {scorers: [{plugin: a, weight: 0}]}"), HasSubstr("above 0 to"));
  EXPECT_THAT(Error("scoring: {scorers: [{weight: 1}]}"), HasSubstr("scoring.scorers.0.plugin"));
  EXPECT_THAT(Error("scoring: {scorers: []}"), HasSubstr("without a scorer"));
  EXPECT_THAT(Error("scoring: {min_score: {points: 8}}"), HasSubstr("can never be reached"));
  EXPECT_THAT(Error("log_level: loud"), HasSubstr("log_level"));
}

TEST_F(ConfigTest, AnOpenAddressNeedsConsent) {
  EXPECT_THAT(Error("listen: 0.0.0.0:1"), HasSubstr("insecure_listen"));
  EXPECT_TRUE(Load("listen: 0.0.0.0:1\ninsecure_listen: true").ok());
  EXPECT_TRUE(Load("listen: localhost:0").ok());
  EXPECT_TRUE(Load("listen: '[::1]:0'").ok());
  EXPECT_THAT(Error("listen: 127.0.0.1"), HasSubstr("HOST:PORT"));
  EXPECT_THAT(Error("listen: 127.0.0.1:99999"), HasSubstr("HOST:PORT"));
}

TEST_F(ConfigTest, ADataFolderIsNeededAndAFileMustExist) {
  EXPECT_THAT(std::string(LoadConfig({}).status().message()), HasSubstr("--data-dir"));
  EXPECT_EQ(LoadConfig({.file = JoinPath(folder_, "none.yaml"), .data_dir = "/d"}).status().code(),
            absl::StatusCode::kNotFound);
}

TEST_F(ConfigTest, TheFrozenFormIsEqualForEqualConfigsAndReadsBack) {
  const std::string one = ConfigToJson(Load("training: {config: {b: 1, a: 2}}").value()).value();
  const std::string other = ConfigToJson(Load("training: {config: {a: 2, b: 1}}").value()).value();
  EXPECT_EQ(one, other);
  EXPECT_THAT(one, HasSubstr("\"max_dataset_size\":5000"));
  EXPECT_EQ(ConfigToJson(ConfigFromJson(one).value()).value(), one);
  EXPECT_EQ(ConfigFromJson("{").status().code(), absl::StatusCode::kDataLoss);
}

TEST(Units, DurationsAndSizes) {
  EXPECT_EQ(ParseDurationMicros("1h").value(), 3'600'000'000);
  EXPECT_EQ(ParseDurationMicros("3600").value(), 3'600'000'000);
  EXPECT_EQ(ParseDurationMicros("1.5 s").value(), 1'500'000);
  EXPECT_EQ(ParseDurationMicros("2d").value(), 172'800'000'000);
  for (const char* text : {"", "h", "-1s", "1 fortnight", "nan", "1e300d"}) {
    EXPECT_FALSE(ParseDurationMicros(text).ok()) << text;
  }
  EXPECT_EQ(ParseSizeBytes("1MiB").value(), 1048576U);
  EXPECT_EQ(ParseSizeBytes("64 KiB").value(), 65536U);
  EXPECT_EQ(ParseSizeBytes("4096").value(), 4096U);
  EXPECT_FALSE(ParseSizeBytes("1.5B").ok());
  EXPECT_FALSE(ParseSizeBytes("1Mb").ok());
}

TEST(Log, KnowsItsLevels) {
  EXPECT_TRUE(SetUpLog("warning").ok());
  EXPECT_EQ(SetUpLog("loud").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace amooz
