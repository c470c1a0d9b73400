// plugin.h's trainers and model runtimes, in a child as always.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <map>
#include <thread>

#include "sdk/base/clock.h"
#include "sdk/host/plugin_testing.h"

namespace amooz::host {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

// ---- Trainer ----

std::vector<Example> Rows(int n) {
  std::vector<Example> rows;
  for (int i = 0; i < n; ++i) {
    rows.push_back(
        Pair1("سلام " + std::to_string(i), "درود بر تو، شماره " + std::to_string(i) + "!"));
  }
  return rows;
}

// A row with `bytes` of context. The default is that of chat_log.max_chat_bytes: 65 such rows are
// more than a frame holds.
Example LongRow(std::size_t bytes = std::size_t{1} << 20) {
  Example row = Pair1("hello", "hi");
  row.context.push_back({AMOOZ_ROLE_USER, std::string(bytes, 'x')});
  return row;
}

// The same train row 65 times, kept once.
class SameRow : public ExampleSource {
 public:
  std::uint64_t Count(std::int32_t split) override { return split == AMOOZ_SPLIT_TRAIN ? 65 : 0; }
  const Example& Get(std::int32_t, std::uint64_t) override { return row_; }

 private:
  const Example row_ = LongRow();
};

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

TEST_F(Training, RowsWithLongContextsAreSentAFewAtATime) {
  const auto plugin =
      MustOpen("fixture", Kind::kTrainer, Placement::kProcess, R"({"steps": 1, "step_ms": 0})");
  SameRow rows;
  const Status status = plugin->trainer()->Train(job_, &rows, {});
  EXPECT_TRUE(status.ok()) << status.ToString();
}

TEST_F(Training, ARowThatNoFrameHoldsIsNamedAndTheTrainerLivesOn) {
  const auto plugin =
      MustOpen("fixture", Kind::kTrainer, Placement::kProcess, R"({"steps": 1, "step_ms": 0})");
  VectorExampleSource rows({Pair1("a", "A"), LongRow(std::size_t{65} << 20)}, {});
  const Status status = plugin->trainer()->Train(job_, &rows, {});
  EXPECT_EQ(status.code(), Code::kInvalidArgument);
  EXPECT_THAT(status.message(), HasSubstr("plugin 'fixture': train row 2 has "));
  EXPECT_TRUE(plugin->alive());
}

TEST_F(Training, APlanBoundsTheCost) {
  const auto plugin = MustOpen("fixture", Kind::kTrainer, Placement::kProcess, R"({"steps": 9})");
  const auto plan = plugin->trainer()->Plan(job_, &source_, {});
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->memory_bytes, 300u * 4096u);
  EXPECT_GT(plan->seconds, 0);
}

// ---- Runtime ----

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

TEST_F(Serving, EvaluatesRowsWithLongContexts) {
  const auto results = model_->Evaluate(std::vector<Example>(65, LongRow()), {});
  ASSERT_TRUE(results.ok()) << results.status().ToString();
  ASSERT_EQ(results->size(), 65u);
  for (const EvaluateResult& result : *results) EXPECT_TRUE(result.nll.has_value());
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

// ---- Ends that hang ----

// The plugin `faulty`, opened with a stop that leaves it 50 ms. The stop comes before what hangs,
// or while it does.
class HangingEnd : public Training, public testing::WithParamInterface<bool> {
 protected:
  void Open(Kind kind, const std::string& config) {
    OpenOptions options;
    options.path = FixturePath("faulty");
    options.kind = kind;
    options.config_json = config;
    options.stop = stop_;
    options.on_log = [this](std::int32_t, std::string_view line) {
      if (line == "faulty: hangs") stop_->Stop();
    };
    auto plugin = OpenPlugin(options);
    ASSERT_TRUE(plugin.ok()) << plugin.status().ToString();
    plugin_ = *std::move(plugin);
  }
  void OpenRuntime(const std::string& fault) {
    const std::string file = job_.checkpoint_dir + "/fault";
    ASSERT_TRUE(WriteFileAtomically(Env::Default(), file, fault).ok());
    Open(Kind::kRuntime, R"({"fault_file": ")" + file + R"("})");
  }
  // Seconds from the stop until nothing is left of what was opened.
  double SecondsToEnd() {
    if (GetParam()) stop_->Stop();
    model_.reset();
    plugin_.reset();
    return static_cast<double>(MonotonicNanos() - stop_->stopped_at_ns()) * 1e-9;
  }

  const std::shared_ptr<StopToken> stop_ = std::make_shared<StopToken>(50);
  std::unique_ptr<Plugin> plugin_;
  std::unique_ptr<LoadedModel> model_;
};
INSTANTIATE_TEST_SUITE_P(AStop, HangingEnd, testing::Bool(), [](const auto& is_before) {
  return is_before.param ? "BeforeIt" : "DuringIt";
});

TEST_P(HangingEnd, ADestroyOfATrainerIsCutShort) {
  ASSERT_NO_FATAL_FAILURE(Open(Kind::kTrainer, R"({"fault": "hang_at_destroy"})"));
  EXPECT_LT(SecondsToEnd(), 2);
}

TEST_P(HangingEnd, ADestroyOfARuntimeIsCutShort) {
  ASSERT_NO_FATAL_FAILURE(OpenRuntime("destroy_hang"));
  EXPECT_LT(SecondsToEnd(), 2);
}

TEST_P(HangingEnd, AnUnloadIsCutShort) {
  ASSERT_TRUE(Train(R"({"steps": 2, "step_ms": 0})").ok());
  ASSERT_NO_FATAL_FAILURE(OpenRuntime("unload_hang"));
  auto model = plugin_->runtime()->Load(job_.output_dir, "cpu", 1, {});
  ASSERT_TRUE(model.ok()) << model.status().ToString();
  model_ = *std::move(model);
  EXPECT_LT(SecondsToEnd(), 2);
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
