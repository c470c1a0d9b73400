// plugin.h through both placements, with the fixture plugins of tests/fixtures.
#include "sdk/host/plugin.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "amooz/sdk/abi.h"
#include "sdk/base/files.h"

namespace amooz::host {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

std::string FixturePath(const std::string& name) {
  return JoinPath(ExecutableDir(), "../plugins/" + name + ".so");
}

Result<std::unique_ptr<Plugin>> Open(const std::string& fixture, Kind kind, Placement placement,
                                     const std::string& config = "{}") {
  OpenOptions options;
  options.path = FixturePath(fixture);
  options.kind = kind;
  options.config_json = config;
  options.placement = placement;
  return OpenPlugin(options);
}

std::unique_ptr<Plugin> MustOpen(const std::string& fixture, Kind kind, Placement placement,
                                 const std::string& config = "{}") {
  auto plugin = Open(fixture, kind, placement, config);
  EXPECT_TRUE(plugin.ok()) << plugin.status().ToString();
  return plugin.ok() ? *std::move(plugin) : nullptr;
}

Example Pair1(const std::string& instruction, const std::string& response) {
  Example example;
  example.instruction = instruction;
  example.response = response;
  example.split = AMOOZ_SPLIT_TRAIN;
  return example;
}

Result<ScoreResult> ScoreOne(Plugin* plugin, std::string_view response,
                             const CallOptions& options = {}) {
  const ExampleView item{"hello", response, {}, 0, 0, 0, std::nullopt};
  auto results = plugin->scorer()->Score({&item, 1}, options);
  if (!results.ok()) return results.status();
  return results->at(0);
}

std::string AnnotationOf(const ScoreResult& result, const std::string& key) {
  for (const auto& [name, value] : result.annotations) {
    if (name == key) return value;
  }
  return "(none)";
}

std::string NewDir() {
  std::string path = testing::TempDir() + "amooz-host-test-XXXXXX";
  EXPECT_NE(::mkdtemp(path.data()), nullptr);
  return path;
}

bool ProcessExists(std::int32_t pid) { return ::kill(pid, 0) == 0; }

// A process that has ended and that nobody has reaped yet does not count.
bool IsRunning(std::int32_t pid) {
  std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
  std::string number, name, state;
  return static_cast<bool>(stat >> number >> name >> state) && state != "Z" && state != "X";
}

// Waits until `is_so`, at most ten seconds.
bool Becomes(const std::function<bool()>& is_so) {
  for (int i = 0; i < 1000 && !is_so(); ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return is_so();
}

// ---- Both placements ----

class InBothPlacements : public testing::TestWithParam<Placement> {};
INSTANTIATE_TEST_SUITE_P(Placements, InBothPlacements,
                         testing::Values(Placement::kInProcess, Placement::kProcess),
                         [](const auto& placement) {
                           return placement.param == Placement::kInProcess ? "InProcess"
                                                                           : "Process";
                         });

TEST_P(InBothPlacements, AScorerGetsTextsAndContextAndGivesScoresAndAnnotations) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam(), R"({"score": 0.25})");
  const std::vector<Turn> turns{{AMOOZ_ROLE_USER, "first"}, {AMOOZ_ROLE_ASSISTANT, "پاسخ"}};
  const std::vector<ExampleView> items{{"one", "1", {}, 0, 0, 0, std::nullopt},
                                       {"two", "2", turns, 0, 0, 0, 0.5}};
  const auto results = plugin->scorer()->Score(items, {});
  ASSERT_TRUE(results.ok()) << results.status().ToString();
  ASSERT_EQ(results->size(), 2u);
  EXPECT_EQ((*results)[0].score, 0.25);
  EXPECT_THAT((*results)[0].annotations,
              ElementsAre(Pair("instruction", "one"), Pair("context", "0")));
  EXPECT_THAT(
      (*results)[1].annotations,
      ElementsAre(Pair("instruction", "two"), Pair("context", "2"), Pair("last_turn", "پاسخ")));
  EXPECT_EQ(plugin->pid() != 0, GetParam() == Placement::kProcess);
  EXPECT_TRUE(plugin->alive());
}

TEST_P(InBothPlacements, AnEmptyBatchHasNoResults) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  const auto results = plugin->scorer()->Score({}, {});
  ASSERT_TRUE(results.ok());
  EXPECT_THAT(*results, IsEmpty());
}

TEST_P(InBothPlacements, ALargeBatchKeepsItsOrder) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  std::vector<std::string> texts;
  for (int i = 0; i < 3000; ++i) texts.push_back("text " + std::to_string(i));
  std::vector<ExampleView> items;
  for (const std::string& text : texts) items.push_back({text, "x", {}, 0, 0, 0, std::nullopt});
  const auto results = plugin->scorer()->Score(items, {});
  ASSERT_TRUE(results.ok()) << results.status().ToString();
  ASSERT_EQ(results->size(), texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    ASSERT_EQ(AnnotationOf((*results)[i], "instruction"), texts[i]);
  }
}

TEST_P(InBothPlacements, AVetoAnAbstentionAndAFailureBelongToTheirItem) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  const auto vetoed = ScoreOne(plugin.get(), "veto");
  ASSERT_TRUE(vetoed.ok());
  EXPECT_TRUE(vetoed->vetoed);
  EXPECT_EQ(vetoed->veto_reason, "asked_for");
  EXPECT_EQ(ScoreOne(plugin.get(), "abstain")->score, std::nullopt);
  const auto failed = ScoreOne(plugin.get(), "fail_item");
  ASSERT_TRUE(failed.ok());
  EXPECT_EQ(failed->failure, "INVALID_ARGUMENT: this item is odd");
  EXPECT_THAT(ScoreOne(plugin.get(), "too_high")->failure, HasSubstr("outside 0..1"));
}

TEST_P(InBothPlacements, AnExceptionBecomesAStatusAndThePluginLivesOn) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  const auto thrown = ScoreOne(plugin.get(), "throw");
  EXPECT_EQ(thrown.status().code(), Code::kInternal);
  EXPECT_EQ(thrown.status().message(), "plugin 'echo': thrown on purpose");
  EXPECT_TRUE(ScoreOne(plugin.get(), "fine").ok());
}

TEST_P(InBothPlacements, AFailureWithoutAMessageSaysSo) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  const auto failed = ScoreOne(plugin.get(), "fail_silently");
  EXPECT_EQ(failed.status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(failed.status().message(), "plugin 'echo': (no message)");
}

TEST_P(InBothPlacements, AConfigIsCheckedBeforeThePluginSeesIt) {
  const auto unknown = Open("echo", Kind::kScorer, GetParam(), R"({"scroe": 1})");
  EXPECT_EQ(unknown.status().code(), Code::kInvalidArgument);
  EXPECT_THAT(unknown.status().message(),
              AllOf(HasSubstr("plugin 'echo'"), HasSubstr("'scroe'"), HasSubstr("'score'")));
}

TEST_P(InBothPlacements, AConfigThatThePluginRefusesFailsWithItsReason) {
  const auto refused = Open("echo", Kind::kScorer, GetParam(), R"({"refuse": "not today"})");
  EXPECT_EQ(refused.status().code(), Code::kInvalidArgument);
  EXPECT_EQ(refused.status().message(), "plugin 'echo': not today");
}

TEST_P(InBothPlacements, AStopTokenEndsACall) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  const CallOptions options{std::make_shared<StopToken>(), nullptr, 0};
  std::thread canceller([&] { options.stop->Stop(); });
  EXPECT_EQ(ScoreOne(plugin.get(), "wait", options).status().code(), Code::kCancelled);
  canceller.join();
}

TEST_P(InBothPlacements, ADeadlineEndsACall) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  EXPECT_EQ(ScoreOne(plugin.get(), "wait", {nullptr, nullptr, 50}).status().code(),
            Code::kDeadlineExceeded);
  EXPECT_TRUE(ScoreOne(plugin.get(), "fine").ok());
}

TEST_P(InBothPlacements, EmissionAfterReturnIsIgnored) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  for (int i = 0; i < 20; ++i) ASSERT_TRUE(ScoreOne(plugin.get(), "emit_late").ok());
  EXPECT_TRUE(ScoreOne(plugin.get(), "fine").ok());
}

TEST_P(InBothPlacements, AScratchFolderIsEmptyAndGoesWithItsCall) {
  const auto plugin = MustOpen("echo", Kind::kScorer, GetParam());
  const auto result = ScoreOne(plugin.get(), "scratch");
  ASSERT_TRUE(result.ok());
  const std::string dir = AnnotationOf(*result, "scratch");
  EXPECT_EQ(dir[0], '/');
  EXPECT_FALSE(std::filesystem::exists(dir));
  EXPECT_EQ(AnnotationOf(*ScoreOne(plugin.get(), "device"), "device"), "cpu");
}

TEST_P(InBothPlacements, AGeneratorReadsExamplesAndItsPairsAreAskedAbout) {
  const auto plugin = MustOpen("echo", Kind::kVariation, GetParam(), R"({"passes": 2})");
  VectorExampleSource source({Pair1("a", "A"), Pair1("b", "B"), Pair1("c", "C")}, {});
  std::vector<GeneratedVariation> offered;
  std::map<std::string, int> seen;
  const auto offer = [&](const GeneratedVariation& v) {
    offered.push_back(v);
    return seen[v.instruction]++ > 0 ? 1 : 0;
  };
  const Status status = plugin->variation()->Generate(10, 7, &source, offer, {});
  ASSERT_TRUE(status.ok()) << status.ToString();
  ASSERT_EQ(offered.size(), 6u);
  EXPECT_EQ(offered[1].instruction, "b#7");
  EXPECT_EQ(offered[1].response, "B");
  EXPECT_EQ(offered[1].source_index, 1);
  EXPECT_EQ(offered[5].meta_json, R"({"pass": 1})");
}

TEST_P(InBothPlacements, AGeneratorIsStoppedOnceEnoughAreKept) {
  const auto plugin = MustOpen("echo", Kind::kVariation, GetParam(), R"({"passes": 1000})");
  VectorExampleSource source({Pair1("a", "A")}, {});
  int kept = 0;
  const Status status = plugin->variation()->Generate(5, 0, &source,
                                                      [&](const GeneratedVariation&) {
                                                        ++kept;
                                                        return 0;
                                                      },
                                                      {});
  EXPECT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(kept, 5);
}

TEST_P(InBothPlacements, WhatIsNoPairIsRefusedWithAWarning) {
  const auto plugin =
      MustOpen("echo", Kind::kVariation, GetParam(), R"({"emit_bad": true, "passes": 0})");
  VectorExampleSource source({}, {});
  std::vector<std::string> warnings;
  Observer observer;
  observer.on_log = [&](std::int32_t, std::string_view line) { warnings.emplace_back(line); };
  int offered = 0;
  const auto offer = [&](const GeneratedVariation&) { return offered++, 0; };
  ASSERT_TRUE(plugin->variation()->Generate(9, 0, &source, offer, {nullptr, &observer, 0}).ok());
  EXPECT_EQ(offered, 0);
  EXPECT_THAT(warnings, ElementsAre(HasSubstr("empty"), HasSubstr("UTF-8"), HasSubstr("object")));
}

TEST_P(InBothPlacements, WarningsThatNoCallObservesGoToThePluginsLog) {
  std::vector<std::string> lines;
  OpenOptions options;
  options.path = FixturePath("echo");
  options.kind = Kind::kVariation;
  options.config_json = R"({"emit_bad": true, "source": 5})";
  options.placement = GetParam();
  options.on_log = [&](std::int32_t level, std::string_view line) {
    if (level == AMOOZ_LOG_WARNING) lines.emplace_back(line);
  };
  const auto plugin = OpenPlugin(options);
  ASSERT_TRUE(plugin.ok()) << plugin.status().ToString();
  VectorExampleSource source({Pair1("a", "A")}, {});
  std::vector<std::int64_t> sources;
  const auto offer = [&](const GeneratedVariation& v) {
    return sources.push_back(v.source_index), 0;
  };
  ASSERT_TRUE((*plugin)->variation()->Generate(9, 0, &source, offer, {}).ok());
  EXPECT_THAT(lines, ElementsAre(HasSubstr("empty"), HasSubstr("UTF-8"), HasSubstr("object"),
                                 HasSubstr("names example 5 as its source, of 1")));
  EXPECT_THAT(sources, ElementsAre(-1));
}

TEST_P(InBothPlacements, ManyExamplesArePulledAndRewound) {
  const auto plugin = MustOpen("echo", Kind::kVariation, GetParam(), R"({"passes": 3})");
  std::vector<Example> rows;
  for (int i = 0; i < 1500; ++i)
    rows.push_back(Pair1(std::to_string(i) + "?", std::string(500, 'x')));
  VectorExampleSource source(rows, {});
  std::int64_t next = 0;
  bool is_in_order = true;
  const auto offer = [&](const GeneratedVariation& v) {
    is_in_order &=
        v.source_index == next % 1500 && v.instruction == std::to_string(next % 1500) + "?#1";
    ++next;
    return 1;
  };
  ASSERT_TRUE(plugin->variation()->Generate(9, 1, &source, offer, {}).ok());
  EXPECT_EQ(next, 4500);
  EXPECT_TRUE(is_in_order);
}

// ---- Opening ----

TEST(OpenPlugin, TrainersAndRuntimesAreRefusedInProcess) {
  for (const Kind kind : {Kind::kTrainer, Kind::kRuntime}) {
    const auto plugin = Open("fixture", kind, Placement::kInProcess);
    EXPECT_EQ(plugin.status().code(), Code::kInvalidArgument);
    EXPECT_THAT(plugin.status().message(), HasSubstr("placement process"));
  }
}

TEST_P(InBothPlacements, AFileThatIsNoPluginIsRefused) {
  const auto plugin = Open("not_a_plugin", Kind::kScorer, GetParam());
  EXPECT_EQ(plugin.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(plugin.status().message(),
              HasSubstr("is not an Amooz plugin of ABI 1 (no symbol amooz_plugin_v1)"));
}

TEST_P(InBothPlacements, AMissingFileIsNotFound) {
  EXPECT_EQ(Open("nowhere", Kind::kScorer, GetParam()).status().code(), Code::kNotFound);
}

TEST_P(InBothPlacements, AKindThatTheFileLacksIsNotFound) {
  const auto plugin = Open("fixture", Kind::kScorer, GetParam());
  EXPECT_EQ(plugin.status().code(), Code::kNotFound);
  EXPECT_THAT(plugin.status().message(), HasSubstr("trainer 'fixture', runtime 'fixture'"));
}

TEST_P(InBothPlacements, AChangedFileIsRefused) {
  OpenOptions options;
  options.path = FixturePath("echo");
  options.placement = GetParam();
  options.expected_sha256 = std::string(64, '0');
  const auto plugin = OpenPlugin(options);
  EXPECT_EQ(plugin.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(plugin.status().message(), HasSubstr("SHA-256"));
}

TEST(OpenPlugin, ARelativePathIsRefused) {
  OpenOptions options;
  options.path = "echo.so";
  EXPECT_EQ(OpenPlugin(options).status().code(), Code::kInvalidArgument);
}

TEST(OpenPlugin, ACrashAtCreateNamesTheSignal) {
  const auto plugin =
      Open("echo", Kind::kScorer, Placement::kProcess, R"({"crash_at_create": true})");
  EXPECT_EQ(plugin.status().code(), Code::kUnavailable);
  EXPECT_THAT(plugin.status().message(), HasSubstr("signal 11"));
}

TEST(OpenPlugin, AMissingHelperSaysWhereItBelongs) {
  const std::string before = PluginHostPath();
  ::setenv("AMOOZ_PLUGIN_HOST", "/nowhere/amooz-plugin-host", 1);
  const auto plugin = Open("echo", Kind::kScorer, Placement::kProcess);
  ::setenv("AMOOZ_PLUGIN_HOST", before.c_str(), 1);
  EXPECT_EQ(plugin.status().code(), Code::kNotFound);
  EXPECT_THAT(plugin.status().message(), HasSubstr("AMOOZ_PLUGIN_HOST"));
}

TEST(Describe, TellsAllPluginsOfAFileWithoutLoadingItHere) {
  const auto descriptors = Describe(FixturePath("fixture"));
  ASSERT_TRUE(descriptors.ok()) << descriptors.status().ToString();
  ASSERT_EQ(descriptors->size(), 2u);
  EXPECT_EQ((*descriptors)[0].kind, Kind::kTrainer);
  EXPECT_EQ((*descriptors)[0].artifact_format, "fixture-bytes-1");
  EXPECT_EQ((*descriptors)[1].kind, Kind::kRuntime);
  EXPECT_TRUE((*descriptors)[1].has_evaluate);
  EXPECT_EQ((*descriptors)[1].max_concurrency, 4);
  EXPECT_EQ((*descriptors)[0].sha256.size(), 64u);
  EXPECT_THAT((*descriptors)[0].needed, testing::Contains("libstdc++.so.6"));
}

TEST(Describe, RefusesWhatIsNoPlugin) {
  EXPECT_EQ(Describe(FixturePath("not_a_plugin")).status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Describe("/etc/passwd").status().code(), Code::kFailedPrecondition);
  EXPECT_EQ(Describe(FixturePath("nowhere")).status().code(), Code::kNotFound);
}

TEST(Describe, OneThatNeverLoadsIsNamed) {
  const auto hanging = DescribeWithin(FixturePath("hangs_at_load"), 200);
  EXPECT_EQ(hanging.status().code(), Code::kFailedPrecondition);
  EXPECT_THAT(hanging.status().message(),
              AllOf(HasSubstr("hangs_at_load.so"), HasSubstr("200 ms"), HasSubstr("constructors")));
}

TEST(Describe, AMissingSymbolIsNamedAndNothingElse) {
  EXPECT_THAT(Describe(FixturePath("missing_symbol")).status().message(),
              testing::EndsWith("undefined symbol: amooz_missing_symbol"));
}

TEST(Describe, WhatIsNoRegularFileIsRefusedAtOnce) {
  const std::string dir = NewDir();
  const std::string fifo = dir + "/fifo.so";
  ASSERT_EQ(::mkfifo(fifo.c_str(), 0600), 0);
  for (const std::string& path : {fifo, dir}) {
    EXPECT_EQ(Describe(path).status().code(), Code::kFailedPrecondition);
    EXPECT_THAT(Describe(path).status().message(), HasSubstr(path + " is "));
    OpenOptions options;
    options.path = path;
    options.placement = Placement::kInProcess;
    EXPECT_EQ(OpenPlugin(options).status().code(), Code::kFailedPrecondition);
  }
  std::filesystem::remove_all(dir);
}

TEST(ResolvePluginPath, NamesLieInTheDirectoryAndAbsolutePathsStay) {
  EXPECT_EQ(*ResolvePluginPath("torch", "/p"), "/p/torch.so");
  EXPECT_EQ(*ResolvePluginPath("/x/y.so", "/p"), "/x/y.so");
  for (const char* bad : {"", "../x", "a/b", "./x.so"}) {
    EXPECT_EQ(ResolvePluginPath(bad, "/p").status().code(), Code::kInvalidArgument) << bad;
  }
}

// ---- A child's death and its limits ----

TEST(Hosted, ACrashFailsItsCallWithTheSignalAndTheLastLines) {
  const auto plugin = MustOpen("echo", Kind::kScorer, Placement::kProcess);
  const auto result = ScoreOne(plugin.get(), "crash");
  EXPECT_EQ(result.status().code(), Code::kUnavailable);
  EXPECT_THAT(result.status().message(),
              AllOf(HasSubstr("plugin 'echo'"), HasSubstr("signal 11 (Segmentation fault)"),
                    HasSubstr("echo: about to crash")));
  EXPECT_FALSE(plugin->alive());
  EXPECT_EQ(ScoreOne(plugin.get(), "fine").status().code(), Code::kUnavailable);
}

TEST(Hosted, AKilledChildFailsTheCallUnderWay) {
  const auto plugin = MustOpen("echo", Kind::kScorer, Placement::kProcess);
  std::thread killer([&] { ::kill(plugin->pid(), SIGKILL); });
  const auto result = ScoreOne(plugin.get(), "wait");
  killer.join();
  EXPECT_EQ(result.status().code(), Code::kUnavailable);
  EXPECT_THAT(result.status().message(), HasSubstr("signal 9"));
}

// What becomes of a call that hangs, once `stop` tells it to end.
void StopAHangingCall(const std::shared_ptr<StopToken>& stop, const std::string& says) {
  OpenOptions options;
  options.path = FixturePath("echo");
  options.on_log = [&](std::int32_t, std::string_view line) {
    if (line == "echo: hangs") stop->Stop();
  };
  const auto plugin = OpenPlugin(options);
  ASSERT_TRUE(plugin.ok()) << plugin.status().ToString();
  const auto result = ScoreOne(plugin->get(), "hang", {stop, nullptr, 0});
  EXPECT_EQ(result.status().code(), Code::kCancelled);
  EXPECT_THAT(result.status().message(), HasSubstr(says));
  EXPECT_FALSE((*plugin)->alive());
}

TEST(Hosted, APluginThatIgnoresStopIsKilledAfterItsGrace) {
  StopAHangingCall(std::make_shared<StopToken>(), "within its 200 ms and was killed");
}

TEST(Hosted, WhoStopsAPluginMayGiveItLessGraceThanItAsksFor) {
  StopAHangingCall(std::make_shared<StopToken>(50), "within its 50 ms and was killed");
}

TEST(Hosted, NoChildOutlivesItsPlugin) {
  auto plugin = MustOpen("echo", Kind::kScorer, Placement::kProcess);
  const std::int32_t pid = plugin->pid();
  EXPECT_TRUE(ProcessExists(pid));
  plugin.reset();
  EXPECT_FALSE(ProcessExists(pid));
}

TEST(Hosted, AStopEndsACreateThatHangs) {
  OpenOptions options;
  options.path = FixturePath("echo");
  options.config_json = R"({"hang_at_create": true})";
  options.stop = std::make_shared<StopToken>();
  options.on_log = [&](std::int32_t, std::string_view line) {
    if (line == "echo: hangs") options.stop->Stop();
  };
  const auto plugin = OpenPlugin(options);
  EXPECT_EQ(plugin.status().code(), Code::kCancelled);
  EXPECT_THAT(plugin.status().message(), HasSubstr("plugin 'echo'"));
}

TEST(Hosted, APluginThatClosesItsDescriptorsDoesNotKeepItsCallerWaiting) {
  const auto plugin = MustOpen("echo", Kind::kScorer, Placement::kProcess);
  const auto result = ScoreOne(plugin.get(), "close_descriptors");
  EXPECT_EQ(result.status().code(), Code::kUnavailable);
  EXPECT_THAT(result.status().message(),
              AllOf(HasSubstr("plugin 'echo'"), HasSubstr("must not close descriptors")));
}

TEST(Hosted, WhatAPluginForkedEndsWithItsChild) {
  auto plugin = MustOpen("echo", Kind::kScorer, Placement::kProcess);
  const std::int32_t forked = std::stoi(AnnotationOf(*ScoreOne(plugin.get(), "fork"), "child"));
  EXPECT_TRUE(IsRunning(forked));
  plugin.reset();
  EXPECT_TRUE(Becomes([&] { return !IsRunning(forked); }));
}

TEST(Hosted, AChildGetsItsThreadLimit) {
  OpenOptions options;
  options.path = FixturePath("echo");
  options.cpu_threads = 2;
  const auto plugin = OpenPlugin(options);
  ASSERT_TRUE(plugin.ok());
  EXPECT_EQ(AnnotationOf(*ScoreOne(plugin->get(), "threads"), "threads"), "2");
}

TEST(Hosted, ATextThatIsTooLongForAFrameIsRefused) {
  const auto plugin = MustOpen("echo", Kind::kScorer, Placement::kProcess);
  const std::string huge(std::size_t{65} << 20, 'x');
  EXPECT_EQ(ScoreOne(plugin.get(), huge).status().code(), Code::kInvalidArgument);
  EXPECT_TRUE(ScoreOne(plugin.get(), "fine").ok());
}

// ---- Trainer and runtime ----

std::vector<Example> Rows(int n) {
  std::vector<Example> rows;
  for (int i = 0; i < n; ++i) {
    rows.push_back(
        Pair1("سلام " + std::to_string(i), "درود بر تو، شماره " + std::to_string(i) + "!"));
  }
  return rows;
}

class Training : public testing::Test {
 protected:
  Training() {
    job_.output_dir = NewDir();
    job_.checkpoint_dir = NewDir();
    job_.job_digest = "d1";
    observer_.on_progress = [this](std::uint64_t done, std::uint64_t) {
      progress_.push_back(done);
    };
    observer_.on_metric = [this](std::string_view name, double value, std::int64_t step) {
      metrics_[std::string(name)][step] = value;
    };
    observer_.on_annotation = [this](std::string_view key, std::string_view value) {
      annotations_[std::string(key)] = value;
    };
  }
  ~Training() override {
    std::filesystem::remove_all(job_.output_dir);
    std::filesystem::remove_all(job_.checkpoint_dir);
  }

  Status Train(const std::string& config, CallOptions options = {}) {
    const auto plugin = MustOpen("fixture", Kind::kTrainer, Placement::kProcess, config);
    options.observer = &observer_;
    return plugin->trainer()->Train(job_, &source_, options);
  }

  TrainJob job_;
  VectorExampleSource source_{Rows(300), Rows(20)};
  Observer observer_;
  std::vector<std::uint64_t> progress_;
  std::map<std::string, std::map<std::int64_t, double>> metrics_;
  std::map<std::string, std::string> annotations_;
};

TEST_F(Training, ReportsProgressMetricsAndAnnotationsAndFillsTheArtifact) {
  const Status status = Train(R"({"steps": 10, "step_ms": 0})");
  ASSERT_TRUE(status.ok()) << status.ToString();
  EXPECT_EQ(progress_.front(), 0u);
  EXPECT_EQ(progress_.back(), 10u);
  EXPECT_EQ(metrics_["loss"].size(), 10u);
  EXPECT_LT(metrics_["loss"][9], metrics_["loss"][0]);
  EXPECT_TRUE(std::isfinite(metrics_["validation_loss"][9]));
  EXPECT_EQ(annotations_["started_from"], "cold");
  EXPECT_TRUE(std::filesystem::exists(job_.output_dir + "/model.bin"));
}

TEST_F(Training, ANaNLossStopsTheCallAndNamesTheStepAndARemedy) {
  const Status status = Train(R"({"steps": 10, "step_ms": 0, "nan_at": 4})");
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(),
              AllOf(HasSubstr("loss became NaN at step 4"), HasSubstr("lower the learning rate")));
  EXPECT_LE(progress_.back(), 5u);
}

TEST_F(Training, ATrainerThatExitsNamesItsExitCode) {
  const Status status = Train(R"({"steps": 10, "step_ms": 0, "exit_at": 3})");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_THAT(status.message(), AllOf(HasSubstr("plugin 'fixture'"), HasSubstr("exit code 3"),
                                      HasSubstr("exits on purpose at step 3")));
}

TEST_F(Training, AFailureIsThePluginsOwn) {
  const Status status = Train(R"({"steps": 10, "step_ms": 0, "fail_at": 2})");
  EXPECT_EQ(status.code(), Code::kInternal);
  EXPECT_EQ(status.message(), "plugin 'fixture': failed on purpose at step 2");
}

TEST_F(Training, ATrainerThatHangsIsStopped) {
  CallOptions options;
  options.stop = std::make_shared<StopToken>();
  observer_.on_progress = [&](std::uint64_t done, std::uint64_t) {
    if (done == 2) options.stop->Stop();
  };
  const Status status = Train(R"({"steps": 10, "step_ms": 0, "hang_at": 2})", options);
  EXPECT_EQ(status.code(), Code::kCancelled) << status.ToString();
}

TEST_F(Training, ResumesAtTheCheckpointedStepAndGivesTheSameArtifact) {
  ASSERT_TRUE(Train(R"({"steps": 10, "step_ms": 0})").ok());
  const std::string undisturbed = *Env::Default()->ReadFile(job_.output_dir + "/model.bin");
  std::filesystem::remove_all(job_.checkpoint_dir);
  std::filesystem::create_directory(job_.checkpoint_dir);
  ASSERT_FALSE(Train(R"({"steps": 10, "step_ms": 0, "exit_at": 6})").ok());
  progress_.clear();
  ASSERT_TRUE(Train(R"({"steps": 10, "step_ms": 0})").ok());
  EXPECT_EQ(progress_.front(), 6u);
  EXPECT_EQ(annotations_["resumed_at_step"], "6");
  EXPECT_EQ(*Env::Default()->ReadFile(job_.output_dir + "/model.bin"), undisturbed);
  job_.job_digest = "d2";
  progress_.clear();
  ASSERT_TRUE(Train(R"({"steps": 10, "step_ms": 0})").ok());
  EXPECT_EQ(progress_.front(), 0u) << "a checkpoint of another job was used";
}

TEST_F(Training, APlanBoundsTheCost) {
  const auto plugin = MustOpen("fixture", Kind::kTrainer, Placement::kProcess, R"({"steps": 9})");
  const auto plan = plugin->trainer()->Plan(job_, &source_, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->memory_bytes, 300u * 4096u);
  EXPECT_GT(plan->seconds, 0);
}

class Serving : public Training {
 protected:
  void SetUp() override {
    ASSERT_TRUE(Train(R"({"steps": 2, "step_ms": 0})").ok());
    Reopen("{}");
  }
  void Reopen(const std::string& config) {
    model_.reset();
    plugin_ = MustOpen("fixture", Kind::kRuntime, Placement::kProcess, config);
    auto model = plugin_->runtime()->Load(job_.output_dir, "cpu", 1, {});
    ASSERT_TRUE(model.ok()) << model.status().ToString();
    model_ = *std::move(model);
  }
  Result<std::string> Reply(std::uint64_t seed) {
    GenerateRequest request;
    request.instruction = "سلام";
    request.min_tokens = 64;
    request.max_tokens = 100;
    request.seed = seed;
    std::string text;
    auto result = model_->Generate(
        request, [&](std::string_view piece) { return text.append(piece), true; }, {});
    if (!result.ok()) return result.status();
    EXPECT_EQ(result->reply_tokens, text.size());
    return text;
  }

  std::unique_ptr<Plugin> plugin_;
  std::unique_ptr<LoadedModel> model_;
};

TEST_F(Serving, GeneratesTheSameForTheSameSeed) {
  const auto first = Reply(1);
  ASSERT_TRUE(first.ok()) << first.status().ToString();
  EXPECT_GE(first->size(), 64u);
  EXPECT_EQ(*Reply(1), *first);
  EXPECT_NE(*Reply(2), *first);
}

TEST_F(Serving, ConcurrentCallsEachGetTheirOwnReply) {
  const std::string expected[2] = {*Reply(1), *Reply(2)};
  std::vector<std::thread> clients;
  std::atomic<int> right{0};
  for (std::uint64_t i = 0; i < 8; ++i) {
    clients.emplace_back([&, i] {
      for (int n = 0; n < 5; ++n) right += *Reply(1 + i % 2) == expected[i % 2] ? 1 : 0;
    });
  }
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(right, 40);
}

TEST_F(Serving, AReaderThatStopsCancelsTheReply) {
  GenerateRequest request;
  request.min_tokens = 150;
  int chunks = 0;
  const auto result = model_->Generate(request, [&](std::string_view) { return ++chunks < 3; }, {});
  EXPECT_EQ(result.status().code(), Code::kCancelled);
  EXPECT_EQ(chunks, 3);
  EXPECT_TRUE(Reply(1).ok());
}

TEST_F(Serving, EvaluatesAnyNumberOfExamplesInOrder) {
  const std::vector<Example> rows = Rows(150);
  const auto results = model_->Evaluate(rows, {});
  ASSERT_TRUE(results.ok()) << results.status().ToString();
  ASSERT_EQ(results->size(), 150u);
  for (std::size_t i = 0; i < rows.size(); ++i) {
    ASSERT_TRUE((*results)[i].nll.has_value());
    EXPECT_GT(*(*results)[i].nll, 0);
    EXPECT_EQ((*results)[i].tokens, rows[i].response.size() + 1);
  }
}

TEST_F(Serving, ADamagedArtifactIsDataLoss) {
  ASSERT_TRUE(WriteFileAtomically(Env::Default(), job_.output_dir + "/model.bin", "rubbish").ok());
  const auto model = plugin_->runtime()->Load(job_.output_dir, "cpu", 1, {});
  EXPECT_EQ(model.status().code(), Code::kDataLoss);
}

TEST_F(Serving, ADeadChildFailsRepliesWithUnavailable) {
  ::kill(plugin_->pid(), SIGKILL);
  EXPECT_EQ(Reply(1).status().code(), Code::kUnavailable);
  EXPECT_EQ(model_->Evaluate(Rows(1), {}).status().code(), Code::kUnavailable);
}

TEST_F(Serving, MoreDataMakesABetterModel) {
  const auto total = [&] {
    double sum = 0;
    const auto results = model_->Evaluate(Rows(300), {});
    EXPECT_TRUE(results.ok());
    for (const EvaluateResult& result : *results) sum += result.nll.value_or(0);
    return sum;
  };
  const double of_all_rows = total();
  source_ = VectorExampleSource(Rows(30), {});
  std::filesystem::remove_all(job_.checkpoint_dir);
  std::filesystem::create_directory(job_.checkpoint_dir);
  ASSERT_TRUE(Train(R"({"steps": 2, "step_ms": 0})").ok());
  Reopen("{}");
  EXPECT_LT(of_all_rows, total());
}

// ---- Streaming ----

TEST(Streaming, ASlowReaderHoldsThePluginBack) {
  std::atomic<int> emitted{0};
  OpenOptions options;
  options.path = FixturePath("echo");
  options.kind = Kind::kRuntime;
  options.on_log = [&](std::int32_t, std::string_view line) {
    if (line.starts_with("emitting")) ++emitted;
  };
  const auto plugin = OpenPlugin(options);
  ASSERT_TRUE(plugin.ok()) << plugin.status().ToString();
  const auto model = (*plugin)->runtime()->Load("/", "cpu", 1, {});
  ASSERT_TRUE(model.ok());
  GenerateRequest request;
  request.instruction = "1000";
  std::string text;
  int most_ahead = 0;
  int taken = 0;
  const auto on_chunk = [&](std::string_view piece) {
    if (++taken <= 200) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    most_ahead = std::max(most_ahead, emitted.load() - taken);
    text.append(piece);
    return true;
  };
  const auto result = (*model)->Generate(request, on_chunk, {});
  ASSERT_TRUE(result.ok()) << result.status().ToString();
  EXPECT_EQ(taken, 1000);
  EXPECT_TRUE(text.ends_with("998 999 "));
  EXPECT_LE(most_ahead, 100) << "the window is 64";
}

TEST(Streaming, AChunkThatIsNotUtf8FailsTheCall) {
  const auto plugin = MustOpen("echo", Kind::kRuntime, Placement::kProcess);
  const auto model = plugin->runtime()->Load("/", "cpu", 1, {});
  ASSERT_TRUE(model.ok());
  GenerateRequest request;
  request.instruction = "broken utf-8";
  const auto result = (*model)->Generate(request, [](std::string_view) { return true; }, {});
  EXPECT_EQ(result.status().code(), Code::kInternal);
  EXPECT_THAT(result.status().message(), HasSubstr("UTF-8"));
}

TEST(Streaming, AChunkWithANullCharacterFailsTheCall) {
  const auto plugin = MustOpen("echo", Kind::kRuntime, Placement::kProcess);
  const auto model = plugin->runtime()->Load("/", "cpu", 1, {});
  ASSERT_TRUE(model.ok());
  GenerateRequest request;
  request.instruction = "null";
  const auto result = (*model)->Generate(request, [](std::string_view) { return true; }, {});
  EXPECT_EQ(result.status().code(), Code::kInternal);
  EXPECT_THAT(result.status().message(), AllOf(HasSubstr("plugin 'echo'"), HasSubstr("U+0000")));
}

TEST(Runtime, WithoutLikelihoodEvaluateIsUnimplemented) {
  const auto plugin = MustOpen("echo", Kind::kRuntime, Placement::kProcess);
  EXPECT_FALSE(plugin->descriptor().has_evaluate);
  const auto model = plugin->runtime()->Load("/", "cpu", 1, {});
  ASSERT_TRUE(model.ok());
  EXPECT_EQ((*model)->Evaluate(Rows(1), {}).status().code(), Code::kUnimplemented);
}

}  // namespace
}  // namespace amooz::host
