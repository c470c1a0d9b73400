// plugin.h through both placements: scorers, generators, opening, and what ends a child.
#include "sdk/host/plugin.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <thread>

#include "sdk/host/plugin_testing.h"

namespace amooz::host {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;

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

TEST(Describe, AMissingHelperIsNamedAndNotThePlugin) {
  const std::string before = PluginHostPath();
  ::setenv("AMOOZ_PLUGIN_HOST", "/nowhere/amooz-plugin-host", 1);
  const Status status = Describe(FixturePath("fixture")).status();
  ::setenv("AMOOZ_PLUGIN_HOST", before.c_str(), 1);
  EXPECT_EQ(status.code(), Code::kInternal);
  EXPECT_THAT(status.message(), HasSubstr("/nowhere/amooz-plugin-host: No such file"));
  EXPECT_THAT(status.message(), HasSubstr("AMOOZ_PLUGIN_HOST"));
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
  const Status refusal = ScoreOne(plugin.get(), huge).status();
  EXPECT_EQ(refusal.code(), Code::kInvalidArgument);
  EXPECT_THAT(refusal.message(), HasSubstr("plugin 'echo': row 1 has "));
  EXPECT_TRUE(ScoreOne(plugin.get(), "fine").ok());
}

}  // namespace
}  // namespace amooz::host
