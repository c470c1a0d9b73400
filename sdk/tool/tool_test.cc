// amooz-plugin as a person runs it: output and exit codes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "sdk/base/fd.h"
#include "sdk/base/files.h"
#include "sdk/base/json.h"
#include "sdk/base/process.h"

namespace amooz::tool {
namespace {

using nlohmann::json;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

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
  // Starts the tool with `dir_`/tmp for its temporary files. What it and its children print to
  // standard error goes to `output`.
  std::unique_ptr<Process> Start(std::vector<std::string> words, UniqueFd* output,
                                 int stdout_fd = -1) {
    std::filesystem::create_directory(Tmp());
    words.insert(words.begin(), JoinPath(ExecutableDir(), "../../bin/amooz-plugin"));
    int fds[2];
    EXPECT_EQ(::pipe2(fds, O_CLOEXEC), 0);
    *output = UniqueFd(fds[0]);
    const UniqueFd end(fds[1]);
    SpawnOptions options;
    options.argv = std::move(words);
    options.environment = {{"TMPDIR", Tmp()}, {"AMOOZ_TEST_PID_FILE", PidFile()}};
    options.stdout_fd = stdout_fd;
    options.stderr_fd = end.get();
    auto process = Spawner::Default()->Spawn(options);
    EXPECT_TRUE(process.ok()) << process.status().ToString();
    return process.ok() ? *std::move(process) : nullptr;
  }
  std::string Tmp() const { return dir_ + "/tmp"; }
  std::string PidFile() const { return dir_ + "/pid"; }
  // Whether `output` says `wanted` before its end.
  static bool Says(const UniqueFd& output, const std::string& wanted) {
    std::string text;
    char piece[256];
    while (text.find(wanted) == std::string::npos) {
      const ssize_t n = ::read(output.get(), piece, sizeof(piece));
      if (n <= 0) return false;
      text.append(piece, static_cast<std::size_t>(n));
    }
    return true;
  }
  // Waits until `is_so`, at most thirty seconds.
  static bool Becomes(const std::function<bool()>& is_so) {
    for (int i = 0; i < 3000 && !is_so(); ++i) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return is_so();
  }
  // A process that has ended and that nobody has reaped yet does not count.
  static bool IsRunning(std::int32_t pid) {
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string number, name, state;
    return static_cast<bool>(stat >> number >> name >> state) && state != "Z" && state != "X";
  }
  std::string WriteRow(const std::string& response) {
    const std::string path = dir_ + "/row.jsonl";
    const json row{{"instruction", "a"}, {"response", response}};
    EXPECT_TRUE(WriteFileAtomically(Env::Default(), path, row.dump()).ok());
    return path;
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

TEST_F(AmoozPlugin, AFolderNamedWithASlashKeepsItsModel) {
  std::filesystem::create_directory(Out());
  const Captured run = Run({"train", Fixture("fixture"), "--in", Rows(), "--out", Out() + "/",
                            "--config", R"({"step_ms": 0})", "--json"});
  EXPECT_EQ(run.exit.exit_code, 0) << run.err;
  EXPECT_EQ(json::parse(run.out)["out"], Out());
  EXPECT_FALSE(std::filesystem::is_empty(Out()));
}

TEST_F(AmoozPlugin, ABaseIsAnyFolderOfAModel) {
  const std::string base = dir_ + "/base";
  ASSERT_EQ(Train().exit.exit_code, 0);
  std::filesystem::rename(Out(), base);
  const auto train_from_base = [&](const std::string& config) {
    return Run({"train", Fixture("fixture"), "--in", Rows(), "--out", Out(), "--base", base,
                "--config", config, "--json"});
  };
  // As one lies in a server's data folder, and as one that came from elsewhere.
  for (const char* name : {"/manifest.json", "/.gitattributes"}) {
    EXPECT_TRUE(WriteFileAtomically(Env::Default(), base + name, "{}").ok());
  }
  std::filesystem::create_directory(base + "/onnx");
  ASSERT_EQ(train_from_base(R"({"step_ms": 0, "exit_at": 4})").exit.exit_code, 1);
  ASSERT_TRUE(std::filesystem::exists(Out() + ".checkpoint"));
  // Another base of the same name: not what the checkpoint goes on from.
  EXPECT_TRUE(WriteFileAtomically(Env::Default(), base + "/more.txt", "x").ok());
  const Captured run = train_from_base(R"({"step_ms": 0})");
  EXPECT_EQ(run.exit.exit_code, 0) << run.err;
  EXPECT_FALSE(json::parse(run.out)["annotations"].contains("resumed_at_step"));
}

TEST_F(AmoozPlugin, ACheckpointOfAnotherConfigFileIsNotGoneOnFrom) {
  const std::string config = dir_ + "/config.json";
  const auto train_with = [&](const std::string& text) {
    EXPECT_TRUE(WriteFileAtomically(Env::Default(), config, text).ok());
    return Train("@" + config);
  };
  ASSERT_EQ(train_with(R"({"step_ms": 0, "exit_at": 4})").exit.exit_code, 1);
  const Captured other = train_with(R"({"step_ms": 0})");
  ASSERT_EQ(other.exit.exit_code, 0) << other.err;
  EXPECT_FALSE(json::parse(other.out)["annotations"].contains("resumed_at_step"));
}

TEST_F(AmoozPlugin, AFailedTrainingLeavesNoModelAndGoesOnFromItsCheckpoint) {
  EXPECT_EQ(Train(R"({"step_ms": 0, "exit_at": 4})").exit.exit_code, 1);
  EXPECT_FALSE(std::filesystem::exists(Out()));
  EXPECT_FALSE(std::filesystem::exists(Out() + ".partial"));
  EXPECT_TRUE(std::filesystem::exists(Out() + ".checkpoint"));
}

TEST_F(AmoozPlugin, WhatWasNotReachedIsNotPromised) {
  const Captured kept = Train(R"({"step_ms": 0, "exit_at": 4})");
  EXPECT_THAT(kept.err, HasSubstr("is kept in " + Out() + ".checkpoint"));
  std::filesystem::remove_all(Out() + ".checkpoint");
  const Captured nothing = Train(R"({"step_ms": 0, "fail_at": 0})");
  EXPECT_EQ(nothing.exit.exit_code, 1);
  EXPECT_THAT(nothing.err, Not(HasSubstr("is kept")));
  EXPECT_FALSE(std::filesystem::exists(Out() + ".checkpoint"));
}

TEST_F(AmoozPlugin, TrainRefusesWhatIsNoArtifact) {
  for (const auto& [fault, why] :
       {std::pair("nothing", "wrote no files"), {"link", "tokenizer.json"}, {"folder", "more"}}) {
    const Captured run = Run({"train", Fixture("faulty"), "--in", Rows(), "--out", Out(),
                              "--config", json{{"fault", fault}}.dump()});
    EXPECT_EQ(run.exit.exit_code, 1) << fault;
    EXPECT_THAT(run.err, AllOf(HasSubstr("plugin 'faulty': the trainer"), HasSubstr(why)));
    EXPECT_FALSE(std::filesystem::exists(Out())) << fault;
    EXPECT_FALSE(std::filesystem::exists(Out() + ".partial")) << fault;
  }
}

TEST_F(AmoozPlugin, TrainNamesAFileThatStandsWhereAFolderShould) {
  EXPECT_TRUE(WriteFileAtomically(Env::Default(), Out(), "x").ok());
  const Captured run = Train();
  EXPECT_EQ(run.exit.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("--out " + Out() + " is a file; name a folder"));
}

TEST_F(AmoozPlugin, AnUnknownCommandIsNamedAndTheKnownOnesListed) {
  const Captured run = Run({"scroe"});
  EXPECT_EQ(run.exit.exit_code, 2);
  EXPECT_THAT(run.err, AllOf(HasSubstr("'scroe'"), HasSubstr("did you mean 'score'?"),
                             HasSubstr("describe, score, vary, train, generate, evaluate")));
  EXPECT_THAT(Run({}).err, HasSubstr("a command is needed. Commands: describe"));
}

TEST_F(AmoozPlugin, AFlagOutOfRangeIsNamedInAFewWords) {
  const std::vector<std::string> train{"train", "x", "--in", "-", "--out", "o"};
  const std::vector<std::string> generate{"generate", "x", "--model", "m", "--prompt", "p"};
  const std::vector<std::string> vary{"vary", "x", "--in", "-"};
  struct Wrong {
    std::vector<std::string> words;
    std::string flag, value;
  };
  for (const Wrong& wrong :
       {Wrong{train, "--max-seconds", "-1"}, Wrong{train, "--max-seconds", "nan"},
        Wrong{train, "--seed", "99999999999999999999999"}, Wrong{generate, "--max-tokens", "0"},
        Wrong{generate, "--temperature", "nan"}, Wrong{generate, "--top-p", "0"},
        Wrong{generate, "--top-k", "99999999999"}, Wrong{generate, "--stop", "a\xFF"},
        Wrong{generate, "--options", "nope"}, Wrong{generate, "--options", "[]"},
        Wrong{generate, "--config", ""}, Wrong{generate, "--config", "[]"},
        Wrong{vary, "--count", "-1"}, Wrong{vary, "--seed", "1.5"}}) {
    std::vector<std::string> words = wrong.words;
    words.insert(words.end(), {wrong.flag, wrong.value});
    const Captured run = Run(words);
    EXPECT_EQ(run.exit.exit_code, 2) << wrong.flag << " " << wrong.value;
    EXPECT_THAT(run.err, HasSubstr(wrong.flag)) << wrong.value;
    EXPECT_LT(run.err.size(), 200u) << run.err;
  }
  const Captured prompt = Run({"generate", "x", "--model", "m", "--prompt", "a\xFF"});
  EXPECT_THAT(prompt.err, HasSubstr("--prompt: is not UTF-8 at byte 2"));
}

TEST_F(AmoozPlugin, OutputThatCannotBeWrittenIsNoSuccess) {
  const std::vector<std::vector<std::string>> commands = {
      {"--help"}, {"describe", Fixture("echo")}, {"score", Fixture("echo"), "--in", Rows()}};
  for (const std::vector<std::string>& words : commands) {
    const UniqueFd full(::open("/dev/full", O_WRONLY | O_CLOEXEC));
    UniqueFd errors;
    const auto tool = Start(words, &errors, full.get());
    EXPECT_TRUE(Says(errors, "could not write standard output")) << words[0];
    EXPECT_EQ(tool->Wait(30'000)->exit_code, 1) << words[0];
  }
}

TEST_F(AmoozPlugin, AStopTextInBracketsIsOneTextAndEatsNoOtherWord) {
  ASSERT_EQ(Train().exit.exit_code, 0);
  const Captured run = Run({"generate", "--model", Out(), "--prompt", "a", "--max-tokens", "3",
                            "--stop", "[x,y]", "--stop", "z", Fixture("fixture"), "--json"});
  EXPECT_EQ(run.exit.exit_code, 0) << run.err;
}

TEST_F(AmoozPlugin, APluginThatExitsInThisProcessIsNoSuccess) {
  const Captured run = Run(
      {"score", Fixture("echo"), "--in", WriteRow("exit"), "--placement", "in_process", "--json"});
  EXPECT_EQ(run.exit.exit_code, 1);
  EXPECT_THAT(run.err, HasSubstr("plugin 'echo' called exit()"));
}

TEST_F(AmoozPlugin, SigtermWhileAPluginIsCreatedEndsItAndLeavesNothing) {
  UniqueFd output;
  const auto tool =
      Start({"score", Fixture("echo"), "--in", Rows(), "--config", R"({"hang_at_create": true})"},
            &output);
  ASSERT_TRUE(Says(output, "echo: hangs"));
  tool->Signal(SIGTERM);
  EXPECT_EQ(tool->Wait(30'000)->exit_code, 1);
  EXPECT_TRUE(std::filesystem::is_empty(Tmp()));
}

TEST_F(AmoozPlugin, WhatIsBeingDescribedDiesWithTheToolThatIsKilled) {
  UniqueFd output;
  const auto tool = Start({"describe", Fixture("hangs_at_load")}, &output);
  std::int32_t pid = 0;
  ASSERT_TRUE(Becomes([&] { return static_cast<bool>(std::ifstream(PidFile()) >> pid); }));
  EXPECT_TRUE(IsRunning(pid));
  tool->Signal(SIGKILL);
  ASSERT_TRUE(tool->Wait(30'000).has_value());
  EXPECT_TRUE(Becomes([&] { return !IsRunning(pid); }));
}

}  // namespace
}  // namespace amooz::tool
