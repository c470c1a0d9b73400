// amooz-plugin as a person runs it: output and exit codes.
#include <gmock/gmock.h>

#include <filesystem>

#include "sdk/base/files.h"
#include "sdk/base/json.h"
#include "sdk/base/process.h"

namespace amooz::tool {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class AmoozPlugin : public testing::Test {
 protected:
  AmoozPlugin() : dir_(testing::TempDir() + "amooz-tool-test-XXXXXX") {
    EXPECT_NE(::mkdtemp(dir_.data()), nullptr);
    std::string lines;
    for (int i = 0; i < 60; ++i) {
      lines += json{{"instruction", "سلام " + std::to_string(i)},
                    {"response", "درود بر تو، شماره " + std::to_string(i) + "!"}}
                   .dump() +
               "\n";
    }
    EXPECT_TRUE(WriteFileAtomically(Env::Default(), Rows(), lines).ok());
  }
  ~AmoozPlugin() override { std::filesystem::remove_all(dir_); }

  static std::string Fixture(const std::string& name) {
    return JoinPath(ExecutableDir(), "../plugins/" + name + ".so");
  }
  std::string Rows() const { return dir_ + "/rows.jsonl"; }
  std::string Out() const { return dir_ + "/model"; }

  Captured Run(std::vector<std::string> words) {
    words.insert(words.begin(), JoinPath(ExecutableDir(), "../../bin/amooz-plugin"));
    auto run = RunToEnd(Spawner::Default(), std::move(words), 60'000);
    EXPECT_TRUE(run.ok()) << run.status().ToString();
    return run.ok() ? *std::move(run) : Captured{};
  }
  Captured Train(const std::string& config = R"({"step_ms": 0})") {
    return Run({"train", Fixture("fixture"), "--in", Rows(), "--validation", Rows(), "--out", Out(),
                "--config", config, "--json"});
  }

  std::string dir_;
};

TEST_F(AmoozPlugin, HelpHasExamplesAndUsageErrorsExitWith2) {
  const Captured help = Run({"--help"});
  EXPECT_EQ(help.exit.exit_code, 0);
  EXPECT_THAT(help.out, HasSubstr("amooz-plugin score"));
  EXPECT_EQ(Run({}).exit.exit_code, 2);
  EXPECT_EQ(Run({"dance"}).exit.exit_code, 2);
  EXPECT_EQ(Run({"score", Fixture("echo"), "--in", Rows(), "--placement", "moon"}).exit.exit_code,
            2);
}

TEST_F(AmoozPlugin, WhatIsNotThereExitsWith3) {
  EXPECT_EQ(Run({"describe", "no_such_plugin"}).exit.exit_code, 3);
  EXPECT_EQ(Run({"score", Fixture("echo"), "--in", dir_ + "/nothing.jsonl"}).exit.exit_code, 3);
  EXPECT_EQ(Run({"score", Fixture("fixture"), "--in", Rows()}).exit.exit_code, 3)
      << "no scorer in it";
}

TEST_F(AmoozPlugin, DescribePrintsWhatAFileSaysOfItself) {
  const Captured table = Run({"describe", Fixture("fixture")});
  EXPECT_THAT(table.out, HasSubstr("trainer 'fixture' 1.0.0"));
  EXPECT_THAT(table.out, HasSubstr("/steps"));
  const json described = json::parse(Run({"describe", Fixture("echo"), "--json"}).out);
  ASSERT_EQ(described.size(), 3u);
  EXPECT_EQ(described[0]["kind"], "scorer");
  EXPECT_EQ(described[0]["config_schema"]["properties"]["score"]["default"], 0.5);
}

TEST_F(AmoozPlugin, ScoreGivesTheSameInBothPlacements) {
  std::string outputs[2];
  int i = 0;
  for (const char* placement : {"process", "in_process"}) {
    const Captured run = Run({"score", Fixture("echo"), "--in", Rows(), "--json", "--placement",
                              placement, "--config", R"({"score": 0.75})"});
    EXPECT_EQ(run.exit.exit_code, 0) << run.err;
    outputs[i++] = run.out;
  }
  EXPECT_EQ(outputs[0], outputs[1]);
  EXPECT_EQ(json::parse(outputs[0].substr(0, outputs[0].find('\n')))["score"], 0.75);
}

TEST_F(AmoozPlugin, ABadConfigExitsWith1AndNamesTheNearestKey) {
  const Captured run =
      Run({"score", Fixture("echo"), "--in", Rows(), "--config", R"({"scor": 1})"});
  EXPECT_EQ(run.exit.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("did you mean 'score'"));
}

TEST_F(AmoozPlugin, VaryPrintsPairsThatAreNew) {
  const Captured run =
      Run({"vary", Fixture("echo"), "--in", Rows(), "--count", "3", "--seed", "5"});
  EXPECT_EQ(run.exit.exit_code, 0) << run.err;
  EXPECT_EQ(std::count(run.out.begin(), run.out.end(), '\n'), 3);
  EXPECT_THAT(run.out, HasSubstr("سلام 0#5"));
}

TEST_F(AmoozPlugin, TrainGenerateAndEvaluateWorkTogether) {
  const Captured trained = Train();
  ASSERT_EQ(trained.exit.exit_code, 0) << trained.err;
  EXPECT_EQ(json::parse(trained.out)["annotations"]["stop_reason"], "steps");
  EXPECT_FALSE(std::filesystem::exists(Out() + ".partial"));
  EXPECT_FALSE(std::filesystem::exists(Out() + ".checkpoint"));

  const std::vector<std::string> ask{"generate", Fixture("fixture"), "--model", Out(),   "--prompt",
                                     "سلام",     "--seed",           "3",       "--json"};
  const Captured reply = Run(ask);
  ASSERT_EQ(reply.exit.exit_code, 0) << reply.err;
  EXPECT_FALSE(json::parse(reply.out)["text"].get<std::string>().empty());
  EXPECT_EQ(Run(ask).out, reply.out);

  const Captured measured =
      Run({"evaluate", Fixture("fixture"), "--model", Out(), "--in", Rows(), "--json"});
  ASSERT_EQ(measured.exit.exit_code, 0) << measured.err;
  const json result = json::parse(measured.out);
  EXPECT_EQ(result["examples"].size(), 60u);
  EXPECT_LT(result["total"]["bits_per_byte"], 2.0);
}

TEST_F(AmoozPlugin, TrainRefusesAFolderThatIsNotEmpty) {
  std::filesystem::create_directory(Out());
  EXPECT_TRUE(WriteFileAtomically(Env::Default(), Out() + "/precious", "x").ok());
  const Captured run = Train();
  EXPECT_EQ(run.exit.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("is not empty"));
  EXPECT_TRUE(std::filesystem::exists(Out() + "/precious"));
}

TEST_F(AmoozPlugin, AFailedTrainingLeavesNoModelAndGoesOnFromItsCheckpoint) {
  EXPECT_EQ(Train(R"({"step_ms": 0, "exit_at": 4})").exit.exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(Out()));
  EXPECT_FALSE(std::filesystem::exists(Out() + ".partial"));
  EXPECT_TRUE(std::filesystem::exists(Out() + ".checkpoint"));
}

}  // namespace
}  // namespace amooz::tool
