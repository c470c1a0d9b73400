// What tests of whole cycles share: a real store, real files, fake plugins and a clock that stands
// still.
#ifndef AMOOZ_CORE_CYCLE_CYCLE_TESTING_H_
#define AMOOZ_CORE_CYCLE_CYCLE_TESTING_H_

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "core/base/config.h"
#include "core/base/str_cat.h"
#include "core/cycle/cycle_manager.h"
#include "core/cycle/dataset_manager.h"
#include "core/cycle/fake_plugins.h"

namespace amooz::cycle {

inline constexpr std::int64_t kSecond = 1'000'000;
inline constexpr auto kLong = std::chrono::seconds(60);

class TestClock : public Clock {
 public:
  std::int64_t NowMicros() override { return now_us.load(); }
  std::atomic<std::int64_t> now_us{1'700'000'000 * kSecond};
};

class CycleTest : public ::testing::Test {
 protected:
  CycleTest() {
    folder_ =
        JoinPath(::testing::TempDir(),
                 StrCat("cycle-", ::testing::UnitTest::GetInstance()->current_test_info()->name()));
    Fresh();
  }
  ~CycleTest() override {
    CloseAll();
    std::filesystem::remove_all(folder_);
  }

  // An empty data folder and a manager on it.
  void Fresh() {
    CloseAll();
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_);
    config_ = DefaultConfig();
    config_.set_data_dir(folder_);
    config_.mutable_scoring()->clear_scorers();
    config_.mutable_scoring()->add_scorers()->set_plugin("/fake/scorer.so");
    config_.mutable_variation()->clear_generators();
    config_.mutable_variation()->add_generators()->set_plugin("/fake/variation.so");
    config_.mutable_training()->set_trainer("/fake/trainer.so");
    config_.mutable_serving()->set_runtime("/fake/runtime.so");
    config_.mutable_gate()->set_min_improvement(0.002);
    Open();
  }
  void CloseAll() {
    cycles_.reset();
    datasets_.reset();
    models_.reset();
    plugins_.reset();
    artifacts_.reset();
    store_.reset();
  }
  // As after a restart of the process.
  void Open() {
    CloseAll();
    StoreOptions options;
    options.data_dir = folder_;
    options.split_key = "test";
    options.clock = &clock_;
    auto store = OpenSqliteStore(options);
    ASSERT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    artifacts_ = std::make_unique<ArtifactStore>(folder_, Env::Default());
    models_ = std::make_unique<ModelManager>(store_.get(), artifacts_.get());
    plugins_ = std::make_unique<PluginCatalog>("/fake", config_, FakeLoader(&world_));
    datasets_ = std::make_unique<DatasetManager>(store_.get(), config_);
    CycleManagerOptions cycle_options;
    cycle_options.store = store_.get();
    cycle_options.models = models_.get();
    cycle_options.artifacts = artifacts_.get();
    cycle_options.plugins = plugins_.get();
    cycle_options.config = config_;
    cycle_options.clock = &clock_;
    cycle_options.resume_pause = std::chrono::seconds(1);
    cycle_options.runs_scheduler = false;
    cycles_ = std::make_unique<CycleManager>(cycle_options);
    const absl::Status opened = cycles_->Open();
    ASSERT_TRUE(opened.ok()) << opened;
  }

  // n chats of `producer` that the scorer passes; texts depend on `label` alone.
  void Stream(const std::string& producer, int n, const std::string& label,
              const std::string& points = "p7") {
    std::vector<NewChat> chats;
    const ProducerId id = *store_->EnsureProducer(producer);
    for (int i = 0; i < n; ++i) {
      NewChat chat;
      chat.producer_id = id;
      chat.seq = ++seq_[producer];
      chat.content.instruction = StrCat("question ", label, " ", i);
      chat.content.response = StrCat(points, " answer ", label, " ", i);
      chat.content.time_us = clock_.now_us.load() + chat.seq;
      chats.push_back(chat);
    }
    ASSERT_TRUE(store_->AppendChats(chats).ok());
  }
  NewChat OneChat(const std::string& producer, const std::string& instruction,
                  const std::string& response, std::int64_t time_us) {
    NewChat chat;
    chat.producer_id = *store_->EnsureProducer(producer);
    chat.seq = ++seq_[producer];
    chat.content.instruction = instruction;
    chat.content.response = response;
    chat.content.time_us = time_us;
    return chat;
  }
  absl::StatusOr<v1::ImportExamplesResponse> Import(
      const std::vector<std::pair<std::string, std::string>>& rows,
      const std::string& name = "rows.jsonl") {
    auto import = datasets_->BeginImport(ToHex(Sha256Of(name)), name);
    EXPECT_TRUE(import.ok());
    for (const auto& [instruction, response] : rows) {
      v1::ImportedExample row;
      row.set_instruction(instruction);
      row.set_response(response);
      EXPECT_TRUE(import->Add(row).ok());
    }
    return import->Commit();
  }

  CycleId Start(bool skip_training = false) {
    v1::StartCycleRequest request;
    request.set_skip_training(skip_training);
    const auto cycle = cycles_->Start(request);
    EXPECT_TRUE(cycle.ok()) << cycle.status();
    return cycle.ok() ? cycle->id() : 0;
  }
  v1::Cycle Await(CycleId id) {
    EXPECT_TRUE(cycles_->WaitUntilIdle(kLong));
    return *cycles_->Get(id);
  }
  v1::Cycle RunCycle(bool skip_training = false) { return Await(Start(skip_training)); }
  std::vector<Example> Rows() { return *store_->ReadVersion(store_->LatestVersion()->id); }
  std::vector<Decision> DecisionsOf(CycleId id) { return *store_->ListDecisions(id); }
  std::vector<ChatRecord> NewestChats() { return store_->ListChats({}, 0, 1000)->chats; }
  std::vector<v1::CycleEvent> Events(CycleId id) {
    return cycles_->ReadEvents(id, 0, 100000)->events;
  }

  // Behind the store's back.
  void Sql(const std::string& statement) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(JoinPath(folder_, "amooz.db").c_str(), &database), SQLITE_OK);
    sqlite3_busy_timeout(database, 10'000);
    EXPECT_EQ(sqlite3_exec(database, statement.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }
  // From here on a change such as "INSERT ON models" fails: "constraint failed".
  void Forbid(const std::string& name, const std::string& change) {
    Sql(StrCat("CREATE TRIGGER ", name, " BEFORE ", change,
               " BEGIN SELECT RAISE(ABORT, 'forbidden'); END"));
  }
  void Allow(const std::string& name) { Sql(StrCat("DROP TRIGGER ", name)); }

  // Ends the process (as far as the cycle can tell) right after the commit of `stage`, while the
  // runner stands still.
  void StopAfterCommitOf(Stage stage) {
    std::atomic<bool> reached{false}, released{false};
    const Subscription watch = cycles_->Watch([&] {
      const auto progress = store_->RunningCycle();
      if (!progress.ok() || !*progress || (*progress)->cycle.stage < stage ||
          reached.exchange(true))
        return;
      while (!released) std::this_thread::yield();
    });
    Start();
    while (!reached) std::this_thread::yield();
    std::thread closing([&] { cycles_->Close(); });
    while (!absl::IsUnavailable(cycles_->Start({}).status())) std::this_thread::yield();
    released = true;
    closing.join();
  }

  // The same in the midst of its training.
  CycleId StopInTraining() {
    world_.at_train.Close();
    const CycleId id = Start();
    world_.at_train.AwaitArrival();
    cycles_->Close();
    world_.at_train.Open();
    return id;
  }

  std::string folder_;
  TestClock clock_;
  FakeWorld world_;
  v1::Config config_;
  std::map<std::string, std::int64_t> seq_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ArtifactStore> artifacts_;
  std::unique_ptr<ModelManager> models_;
  std::unique_ptr<PluginCatalog> plugins_;
  std::unique_ptr<DatasetManager> datasets_;
  std::unique_ptr<CycleManager> cycles_;
};

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_CYCLE_TESTING_H_
