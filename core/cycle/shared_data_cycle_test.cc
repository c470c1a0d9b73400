// A whole cycle on the shared Persian data with the installation's own scorer and generator: rule
// 11's figures, and what it costs. Skipped where the data or the plugins are absent.
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/base/config.h"
#include "core/base/str_cat.h"
#include "core/cycle/cycle_manager.h"
#include "core/cycle/dataset_manager.h"
#include "core/cycle/fake_plugins.h"

namespace amooz::cycle {
namespace {

constexpr std::int64_t kFirstTime = 1'704'067'200'000'000;

std::string Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string SharedFile(const std::string& name) {
  const std::string shared = Environment("AMOOZ_SHARED");
  return JoinPath(shared.empty() ? JoinPath(Environment("AMOOZ_SOURCE_DIR"), "../shared") : shared,
                  JoinPath("data", name));
}

std::vector<nlohmann::json> ReadLines(const std::string& path) {
  std::vector<nlohmann::json> lines;
  std::ifstream file(path);
  for (std::string line; std::getline(file, line);) lines.push_back(nlohmann::json::parse(line));
  return lines;
}

double CpuSeconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) * 1e-6;
}

// Real for what lies in the plugin directory, fake for /fake/*.so.
PluginCatalog::Loader MixedLoader(FakeWorld* world) {
  const PluginCatalog::Loader fake = FakeLoader(world);
  PluginCatalog::Loader mixed;
  mixed.describe = [fake](const std::string& path) {
    return path.starts_with("/fake/") ? fake.describe(path) : host::Describe(path);
  };
  mixed.validate = [](std::string_view schema, std::string_view config) -> Result<std::string> {
    return schema.empty() || schema == "{}" ? std::string(config)
                                            : host::ValidateConfig(schema, config);
  };
  mixed.open = [fake](const host::OpenOptions& options) {
    return options.path.starts_with("/fake/") ? fake.open(options) : host::OpenPlugin(options);
  };
  mixed.digest = [fake](const std::string& path) -> Result<std::string> {
    if (path.starts_with("/fake/")) return fake.digest(path);
    AMOOZ_ASSIGN_OR_RETURN(const Sha256Digest digest, Sha256OfFile(path));
    return ToHex(digest);
  };
  return mixed;
}

// An optimised build's; with sanitizers, or not optimised, it takes several times that.
#ifdef NDEBUG
constexpr double kCpuSeconds = 2.0;
#else
constexpr double kCpuSeconds = 20.0;
#endif

class SharedDataCycle : public ::testing::Test {
 protected:
  void SetUp() override {
    plugin_directory_ = JoinPath(Environment("AMOOZ_BUILD_DIR"), "lib/amooz/plugins");
    if (!std::filesystem::exists(JoinPath(plugin_directory_, "heuristic_scorer.so"))) {
      GTEST_SKIP() << "heuristic_scorer.so is not built";
    }
    chats_ = ReadLines(SharedFile("chats.fa.jsonl"));
    seed_ = ReadLines(SharedFile("seed_dataset.fa.jsonl"));
    if (chats_.empty() || seed_.empty())
      GTEST_SKIP() << "the shared data is not here: set AMOOZ_SHARED";
    folder_ = JoinPath(::testing::TempDir(), "shared-data-cycle");
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    config_ = DefaultConfig();
    config_.set_data_dir(folder_);
    config_.mutable_training()->set_trainer("/fake/trainer.so");
    config_.mutable_serving()->set_runtime("/fake/runtime.so");
  }
  void TearDown() override {
    if (!folder_.empty()) std::filesystem::remove_all(folder_);
  }

  // Imports the seed, streams all chats, and runs one cycle without training.
  v1::CycleSummary Run() {
    StoreOptions options;
    options.data_dir = folder_;
    auto store = *OpenSqliteStore(options);
    ArtifactStore artifacts(folder_, Env::Default());
    ModelManager models(store.get(), &artifacts);
    PluginCatalog plugins(plugin_directory_, config_, MixedLoader(&world_));
    DatasetManager datasets(store.get(), config_);
    auto import = *datasets.BeginImport(std::string(64, 'a'), "seed");
    for (const auto& line : seed_) {
      v1::ImportedExample row;
      row.set_instruction(line["instruction"].get<std::string>());
      row.set_response(line["response"].get<std::string>());
      EXPECT_TRUE(import.Add(row).ok());
    }
    EXPECT_TRUE(import.Commit().ok());
    std::vector<NewChat> batch;
    const ProducerId producer = *store->EnsureProducer("file");
    for (const auto& line : chats_) {
      NewChat chat;
      chat.producer_id = producer;
      chat.seq = static_cast<std::int64_t>(batch.size()) + 1;
      chat.content.instruction = line["instruction"].get<std::string>();
      chat.content.response = line["response"].get<std::string>();
      chat.content.source = line["source"].get<std::string>();
      chat.content.time_us = kFirstTime + chat.seq;
      batch.push_back(std::move(chat));
    }
    EXPECT_TRUE(store->AppendChats(batch).ok());

    CycleManagerOptions cycle_options;
    cycle_options.store = store.get();
    cycle_options.models = &models;
    cycle_options.artifacts = &artifacts;
    cycle_options.plugins = &plugins;
    cycle_options.config = config_;
    cycle_options.runs_scheduler = false;
    CycleManager cycles(cycle_options);
    EXPECT_TRUE(cycles.Open().ok());
    v1::StartCycleRequest request;
    request.set_skip_training(true);
    const double before = CpuSeconds();
    const auto started = cycles.Start(request);
    EXPECT_TRUE(started.ok()) << started.status();
    EXPECT_TRUE(cycles.WaitUntilIdle(std::chrono::seconds(100)));
    const auto cycle = cycles.Get(1);
    EXPECT_EQ(cycle->state(), v1::CYCLE_STATE_FINISHED) << cycle->error();
    RecordProperty("cpu_seconds", StrCat(cycle->summary().server_cpu_seconds()));
    std::printf("collect to report: %.3f s of CPU; with start and retention %.3f s\n",
                cycle->summary().server_cpu_seconds(), CpuSeconds() - before);
    const auto report = cycles.Report(1);
    for (const v1::StageTime& time : report->stage_times()) {
      std::printf("  %s %.3f s\n", v1::Stage_Name(time.stage()).c_str(), time.seconds());
    }
    return cycle->summary();
  }

  std::string plugin_directory_, folder_;
  std::vector<nlohmann::json> chats_, seed_;
  FakeWorld world_;
  v1::Config config_;
};

TEST_F(SharedDataCycle, Rule11TheFiguresInClassicModeWithoutVariations) {
  auto* mode = config_.mutable_scoring()->mutable_scorers(0)->mutable_config()->mutable_fields();
  (*mode)["mode"].set_string_value("classic");
  config_.mutable_variation()->set_max_per_cycle(0);
  const v1::CycleSummary summary = Run();
  EXPECT_EQ(summary.original_size(), 2003u);
  EXPECT_EQ(summary.found_in_chats(), 14062u);
  EXPECT_EQ(summary.duplicates_removed(), 3u);
  EXPECT_EQ(summary.evicted(), 11062u);
  EXPECT_EQ(summary.final_size(), 5000u);
  EXPECT_LT(summary.server_cpu_seconds(), kCpuSeconds);
}

TEST_F(SharedDataCycle, TheDefaultsStayUnderTwoSecondsOfCpu) {
  const v1::CycleSummary summary = Run();
  EXPECT_EQ(summary.chats_read(), 22677u);
  EXPECT_EQ(summary.final_size(), 5000u);
  EXPECT_LT(summary.server_cpu_seconds(), kCpuSeconds);
}

}  // namespace
}  // namespace amooz::cycle
