// Whole cycles with a real store, real files and fake plugins. Each test names the rule that it
// holds.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "core/base/config.h"
#include "core/base/str_cat.h"
#include "core/cycle/cycle_manager.h"
#include "core/cycle/dataset_manager.h"
#include "core/cycle/fake_plugins.h"
#include "core/dataset/keys.h"

namespace amooz::cycle {
namespace {

using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr std::int64_t kSecond = 1'000'000;
constexpr auto kLong = std::chrono::seconds(60);

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

// ---- A whole cycle ----

TEST_F(CycleTest, AFirstCycleTrainsAndPromotesAndASecondIsBetter) {
  Stream("app", 400, "a");
  const v1::Cycle first = RunCycle();
  EXPECT_EQ(first.state(), v1::CYCLE_STATE_FINISHED) << first.error();
  const v1::CycleSummary& one = first.summary();
  EXPECT_TRUE(one.trained());
  EXPECT_TRUE(one.promoted()) << one.promotion_reason();
  EXPECT_THAT(one.promotion_reason(), StartsWith("beats_baselines"));
  EXPECT_FALSE(one.has_held_out_before());
  EXPECT_GE(one.held_out_rows(), 20u);
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());

  world_.quality = 0.4;
  Stream("app", 100, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_TRUE(second.summary().promoted()) << second.summary().promotion_reason();
  EXPECT_THAT(second.summary().promotion_reason(), StartsWith("better"));
  EXPECT_LT(second.summary().held_out_after(), second.summary().held_out_before());
  EXPECT_EQ(models_->active()->digest, second.candidate_digest());
  EXPECT_GT(second.summary().server_cpu_seconds(), 0);
}

TEST_F(CycleTest, Rule11TheSummaryBalancesAndRule8EachChatHasOneDecision) {
  ASSERT_TRUE(
      Import({{"imported", "p7 imported"}, {"imported", "p7 imported"}, {"other", "p7 other"}})
          .ok());
  Stream("app", 30, "good");
  Stream("app", 5, "low", "p4");
  Stream("app", 3, "silent", "none");
  Stream("app", 2, "barred", "veto");
  std::vector<NewChat> more = {OneChat("app", "question good 0", "p7 answer good 0", 1),
                               OneChat("app", " IMPORTED ", "p7 imported\n", 2)};
  ASSERT_TRUE(store_->AppendChats(more).ok());
  world_.variations = 4;
  const v1::CycleSummary summary = RunCycle(/*skip_training=*/true).summary();
  EXPECT_EQ(summary.original_size(), 3u);
  EXPECT_EQ(summary.found_in_chats(), 31u);
  EXPECT_EQ(summary.added_variations(), 4u);
  EXPECT_EQ(summary.duplicates_removed(),
            2u);  // the import's own (rule 10) and the chat that repeats it
  EXPECT_EQ(summary.added_from_chats(), 30u);
  EXPECT_EQ(summary.final_size(), 36u);
  EXPECT_EQ(summary.growth(), 33);
  EXPECT_EQ(summary.chats_read(), 42u);
  EXPECT_EQ(Rows().size(), 36u);

  std::map<std::string, int> outcomes;
  for (const Decision& decision : DecisionsOf(1)) {
    ++outcomes[StrCat(OutcomeName(decision.outcome), " ", decision.reason)];
  }
  EXPECT_EQ(outcomes["accepted "], 30);
  EXPECT_EQ(outcomes["low_quality "], 5);
  EXPECT_EQ(outcomes["low_quality no_score"], 3);
  EXPECT_EQ(outcomes["vetoed too_short"], 2);
  EXPECT_EQ(outcomes["duplicate_of_chat "], 1);
  EXPECT_EQ(outcomes["duplicate_of_example "], 1);
}

TEST_F(CycleTest, Rule1TheChatsAreOrderedByTimeProducerAndSeq) {
  std::vector<NewChat> chats = {
      OneChat("b", "3", "p7 third", 20), OneChat("b", "4", "p7 fourth", 20),
      OneChat("a", "2", "p7 second", 20), OneChat("z", "1", "p7 first", 10)};
  ASSERT_TRUE(store_->AppendChats(chats).ok());
  RunCycle(true);
  std::vector<std::string> responses;
  for (const Example& row : Rows()) responses.push_back(row.response);
  EXPECT_THAT(responses, ElementsAre("p7 first", "p7 second", "p7 third", "p7 fourth"));
}

TEST_F(CycleTest, Rule1TheSeedComesFromTheConfigAndTheNumberOrTheRequest) {
  const v1::Cycle first = RunCycle(true), second = RunCycle(true);
  EXPECT_NE(first.seed(), second.seed());
  v1::StartCycleRequest request;
  request.set_skip_training(true);
  request.set_seed(2);
  const v1::Cycle third = Await(cycles_->Start(request)->id());
  Fresh();
  EXPECT_EQ(RunCycle(true).seed(), first.seed());
  RunCycle(true);
  EXPECT_EQ(Await(cycles_->Start(request)->id()).seed(), third.seed());
}

TEST_F(CycleTest, Rule9AcceptedTextsAreStrippedAndImportedOnesKeptByteForByte) {
  ASSERT_TRUE(Import({{" raw\n", "\tp7 raw "}}).ok());
  const std::vector<NewChat> chats = {OneChat("app", "\u00a0asked ", "p7 said\x1c", 1)};
  ASSERT_TRUE(store_->AppendChats(chats).ok());
  RunCycle(true);
  const auto rows = Rows();
  ASSERT_THAT(rows, SizeIs(2));
  EXPECT_EQ(rows[0].instruction, " raw\n");
  EXPECT_EQ(rows[0].response, "\tp7 raw ");
  EXPECT_EQ(rows[1].instruction, "asked");
  EXPECT_EQ(rows[1].response, "p7 said");
}

TEST_F(CycleTest, Rule12AcceptedButLeftOutByTheCapIsSaid) {
  config_.mutable_cycle()->set_max_dataset_size(10);
  Open();
  Stream("app", 10, "best");
  RunCycle(true);
  Stream("app", 3, "worse", "p5");
  const v1::Cycle cycle = RunCycle(true);
  EXPECT_EQ(cycle.summary().evicted(), 3u);
  EXPECT_EQ(cycle.summary().final_size(), 10u);
  for (const Decision& decision : DecisionsOf(2)) {
    EXPECT_EQ(decision.outcome, Outcome::kAccepted);
    EXPECT_FALSE(decision.example_id.has_value());
    EXPECT_TRUE(decision.evicted_in.has_value());
  }
}

TEST_F(CycleTest, Rules17And18NobodyButTheGateSeesHeldOutRows) {
  Stream("app", 400, "a");
  RunCycle(true);
  Stream("app", 50, "b");
  world_.variations = 9;
  RunCycle();
  std::set<std::string> held_out, validation;
  for (const Example& row : Rows()) {
    if (row.split == Split::kHeldOut) held_out.insert(row.response);
    if (row.split == Split::kValidation) validation.insert(row.response);
    if (row.origin == Origin::kVariation) {
      EXPECT_NE(row.split, Split::kHeldOut);
    }
  }
  ASSERT_THAT(held_out, Not(IsEmpty()));
  EXPECT_THAT(world_.trained_on, Not(IsEmpty()));
  for (const std::string& response : world_.trained_on) EXPECT_FALSE(held_out.contains(response));
  for (const std::string& response : world_.validated_on)
    EXPECT_TRUE(validation.contains(response));
  ASSERT_THAT(world_.offered, Not(IsEmpty()));
  for (const std::string& response : world_.offered) {
    EXPECT_FALSE(held_out.contains(response));
    EXPECT_FALSE(validation.contains(response));
  }
}

// ---- Journal and resume ----

TEST_F(CycleTest, Rules2And4AResumedCycleEqualsAnUndisturbedOne) {
  world_.variations = 5;
  const auto prepare = [&] {
    seq_.clear();
    clock_.now_us = 1'700'000'000 * kSecond;
    Fresh();
    ASSERT_TRUE(Import({{"imported", "p7 imported"}}).ok());
    Stream("app", 300, "a");
    Stream("other", 50, "b", "p5");
  };
  prepare();
  const v1::Cycle expected = RunCycle();
  ASSERT_TRUE(expected.summary().promoted()) << expected.summary().promotion_reason();
  for (int stage = static_cast<int>(Stage::kCollect); stage < static_cast<int>(Stage::kReport);
       ++stage) {
    SCOPED_TRACE(StrCat("after ", StageName(static_cast<Stage>(stage))));
    prepare();
    StopAfterCommitOf(static_cast<Stage>(stage));
    Open();
    const v1::Cycle resumed = Await(1);
    EXPECT_EQ(resumed.state(), v1::CYCLE_STATE_FINISHED) << resumed.error();
    EXPECT_EQ(resumed.dataset_digest(), expected.dataset_digest());
    EXPECT_EQ(resumed.candidate_digest(), expected.candidate_digest());
    v1::CycleSummary one = resumed.summary(), other = expected.summary();
    one.clear_server_cpu_seconds();
    other.clear_server_cpu_seconds();
    EXPECT_EQ(one.SerializeAsString(), other.SerializeAsString());
    EXPECT_EQ(models_->active()->digest, expected.candidate_digest());
    EXPECT_EQ(store_->ListVersions(0, 10)->size(), 2u);
    EXPECT_EQ(store_->ListPromotions("")->size(), 1u);
  }
}

TEST_F(CycleTest, Rule2TheScorersAreNotAskedAgainAfterARestart) {
  Stream("app", 10, "a");
  StopAfterCommitOf(Stage::kScore);
  const int before = world_.scorings;
  Open();
  Await(1);
  EXPECT_EQ(world_.scorings, before);
}

TEST_F(CycleTest, Rule2ATrainingGoesOnFromItsCheckpointAndSaysSo) {
  Stream("app", 300, "a");
  world_.at_train.Close();
  const CycleId id = Start();
  world_.at_train.AwaitArrival();
  cycles_->Close();
  world_.at_train.Open();
  Open();
  const v1::Cycle cycle = Await(id);
  EXPECT_TRUE(cycle.summary().promoted()) << cycle.error();
  EXPECT_EQ(world_.first_step, FakeTrainer::kCheckpointAt);
  std::vector<std::uint32_t> steps;
  for (const v1::CycleEvent& event : Events(id)) {
    if (event.has_resumed()) steps.push_back(event.resumed().step());
  }
  EXPECT_THAT(steps, ElementsAre(static_cast<std::uint32_t>(FakeTrainer::kCheckpointAt)));
  EXPECT_FALSE(std::filesystem::exists(JoinPath(folder_, "checkpoints/1")));
}

TEST_F(CycleTest, Rule1AResumedCycleFailsNamingThePluginThatIsGone) {
  Stream("app", 300, "a");
  StopAfterCommitOf(Stage::kSnapshot);
  world_.missing = {"trainer"};
  Open();
  const v1::Cycle cycle = Await(1);
  EXPECT_EQ(cycle.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(cycle.error(), HasSubstr("trainer 'trainer' is gone"));
}

TEST_F(CycleTest, Rule1AResumedCycleUsesItsFrozenConfig) {
  Stream("app", 50, "a", "p5");
  StopAfterCommitOf(Stage::kCollect);
  config_.mutable_scoring()->mutable_min_score()->set_points(7);
  Open();
  EXPECT_EQ(Await(1).summary().found_in_chats(), 50u);
}

// ---- Cancel and failure ----

TEST_F(CycleTest, Rule3CancelBeforeTheSnapshotLeavesNothing) {
  for (Turnstile* at : {&world_.at_score, &world_.at_vary}) {
    seq_.clear();
    Fresh();
    Stream("app", 30, "a");
    world_.variations = 1;
    at->Close();
    const CycleId id = Start();
    at->AwaitArrival();
    const auto cancelled = cycles_->Cancel(id);
    at->Open();
    ASSERT_TRUE(cancelled.ok()) << cancelled.status();
    EXPECT_EQ(cancelled->state(), v1::CYCLE_STATE_CANCELLED);
    EXPECT_EQ(store_->LatestVersion()->id, 0);
    EXPECT_EQ(store_->CountChats()->unread, 30);
    EXPECT_THAT(*store_->ListDecisions(id), IsEmpty());
    EXPECT_TRUE(Events(id).back().has_ended());
  }
}

TEST_F(CycleTest, Rule3CancelAfterTheSnapshotKeepsTheDatasetAndTrainingIsOwed) {
  for (Turnstile* at : {&world_.at_train, &world_.at_evaluate}) {
    seq_.clear();
    Fresh();
    Stream("app", 300, "a");
    at->Close();
    const CycleId id = Start();
    at->AwaitArrival();
    const auto cancelled = cycles_->Cancel(id);
    at->Open();
    ASSERT_TRUE(cancelled.ok()) << cancelled.status();
    EXPECT_EQ(store_->LatestVersion()->id, 1);
    EXPECT_EQ(store_->CountChats()->unread, 0);
    EXPECT_EQ(models_->active()->generation, 0);
    EXPECT_FALSE(std::filesystem::exists(JoinPath(folder_, "checkpoints/1")));
    if (at == &world_.at_train) {
      EXPECT_TRUE(cycles_->Status({})->training_owed());
    }
    EXPECT_TRUE(std::filesystem::exists(JoinPath(folder_, "dataset.json")));
  }
}

TEST_F(CycleTest, Rule3CancelAfterThePromotionIsRefused) {
  Stream("app", 300, "a");
  std::atomic<bool> reached{false}, released{false};
  Subscription watch = cycles_->Watch([&] {
    const auto progress = store_->RunningCycle();
    if (!progress.ok() || !*progress || (*progress)->cycle.stage < Stage::kPromote ||
        reached.exchange(true))
      return;
    while (!released) std::this_thread::yield();
  });
  const CycleId id = Start();
  while (!reached) std::this_thread::yield();
  absl::Status status = cycles_->Cancel(id).status();
  released = true;
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("already in service"));
  EXPECT_EQ(Await(id).state(), v1::CYCLE_STATE_FINISHED);
  status = cycles_->Cancel(id).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(cycles_->Cancel(99).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CycleTest, Rule7AFailedTrainingMakesNoCandidateAndIsOwed) {
  Stream("app", 300, "a");
  const v1::Cycle good = RunCycle();
  Stream("app", 50, "b");
  world_.train_result = Status(Code::kFailedPrecondition, "loss is nan at step 4");
  const v1::Cycle failed = RunCycle();
  EXPECT_EQ(failed.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(failed.error(), HasSubstr("training failed: loss is nan at step 4"));
  EXPECT_THAT(failed.candidate_digest(), IsEmpty());
  EXPECT_EQ(failed.to_version(), 2u);
  EXPECT_EQ(models_->active()->digest, good.candidate_digest());
  EXPECT_FALSE(std::filesystem::exists(JoinPath(folder_, "checkpoints/2")));
  const auto status = cycles_->Status({});
  EXPECT_TRUE(status->training_owed());
  EXPECT_THAT(status->problems(), Contains(HasSubstr("loss is nan")));
  // The next one makes up for it.
  world_.train_result = Status::Ok();
  world_.quality = 0.4;
  EXPECT_TRUE(RunCycle().summary().promoted());
  EXPECT_FALSE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, Rule7ATrainerThatDiesFailsTheCycleAlone) {
  Stream("app", 300, "a");
  world_.train_result = Status(Code::kUnavailable, "amooz-plugin-host ended with signal 11");
  EXPECT_THAT(RunCycle().error(), HasSubstr("signal 11"));
  EXPECT_TRUE(cycles_->Get(1).ok());
}

TEST_F(CycleTest, Rule7TooFewNewExamplesAreNotTrainedOn) {
  Stream("app", 300, "a");
  RunCycle();
  Stream("app", 5, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_FALSE(summary.trained());
  EXPECT_THAT(summary.training_reason(), StartsWith("too_few_new_examples"));
  EXPECT_THAT(summary.promotion_reason(), StartsWith("no_candidate"));
  EXPECT_EQ(world_.trainings, 1);
}

TEST_F(CycleTest, Rule7NoTrainingRowsIsAClearRefusal) {
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_FALSE(summary.trained());
  EXPECT_THAT(summary.training_reason(), StartsWith("no_training_rows"));
}

TEST_F(CycleTest, Rule7NoTrainLeavesTrainingOwed) {
  Stream("app", 300, "a");
  const v1::CycleSummary summary = RunCycle(/*skip_training=*/true).summary();
  EXPECT_FALSE(summary.trained());
  EXPECT_THAT(summary.training_reason(), StartsWith("skipped"));
  EXPECT_TRUE(cycles_->Status({})->training_owed());
}

// ---- One at a time ----

TEST_F(CycleTest, Rule5ASecondStartIsRefusedWithTheRunningOnesId) {
  Stream("app", 30, "a");
  world_.at_score.Close();
  const CycleId id = Start();
  const absl::Status status = cycles_->Start({}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(StrCat("cycle ", id, " is running")));
  world_.at_score.Open();
  EXPECT_EQ(Await(id).state(), v1::CYCLE_STATE_FINISHED);
  EXPECT_EQ(RunCycle().id(), static_cast<std::uint32_t>(id + 1));
}

TEST_F(CycleTest, Rule5AnImportIsRefusedUntilTheSnapshotAndFreeAfterIt) {
  Stream("app", 300, "a");
  world_.at_score.Close();
  world_.at_train.Close();
  const CycleId id = Start();
  world_.at_score.AwaitArrival();
  const absl::Status refused = Import({{"a", "b"}}).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr(std::to_string(id)));
  world_.at_score.Open();
  world_.at_train.AwaitArrival();
  const auto imported = Import({{"a", "b"}});
  EXPECT_TRUE(imported.ok()) << imported.status();
  world_.at_train.Open();
  const v1::Cycle cycle = Await(id);
  EXPECT_TRUE(cycle.summary().promoted()) << cycle.summary().promotion_reason();
  EXPECT_EQ(cycle.to_version(), 1u);
  EXPECT_EQ(store_->LatestVersion()->id, 2);
}

TEST_F(CycleTest, Rule26TheSameFileAddsNothing) {
  const auto first = Import({{"a", "b"}, {"c", "d"}});
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->imported(), 2u);
  EXPECT_EQ(first->version().made_by(), "import of rows.jsonl");
  const auto again = Import({{"a", "b"}, {"c", "d"}});
  EXPECT_TRUE(again->already_imported());
  EXPECT_EQ(again->imported(), 0u);
  EXPECT_EQ(store_->LatestVersion()->id, 1);
}

TEST_F(CycleTest, ImportRefusesABadRowAndNamesIt) {
  auto import = datasets_->BeginImport(std::string(64, 'a'), "x");
  v1::ImportedExample row;
  row.set_instruction(" ");
  row.set_response("b");
  row.set_line(12);
  EXPECT_THAT(std::string(import->Add(row).message()), HasSubstr("line 12: instruction is empty"));
  EXPECT_EQ(import->Commit().status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_FALSE(datasets_->BeginImport("abc", "x").ok());
}

// ---- The schedule ----

TEST_F(CycleTest, Rule6TheSchedulerLooksEveryIntervalAndStartsWithEnoughChats) {
  EXPECT_FALSE(*cycles_->LookIfDue());
  clock_.now_us += 3600 * kSecond;
  Stream("app", 19, "a");
  EXPECT_FALSE(*cycles_->LookIfDue());
  EXPECT_THAT(cycles_->GetSchedule()->last_look_result(), HasSubstr("19 unread chats"));
  Stream("app", 1, "b");
  EXPECT_FALSE(*cycles_->LookIfDue());  // not before the next look
  clock_.now_us += 3600 * kSecond;
  EXPECT_TRUE(*cycles_->LookIfDue());
  EXPECT_EQ(Await(1).trigger(), v1::CYCLE_TRIGGER_SCHEDULE);
}

TEST_F(CycleTest, Rule6OwedTrainingStartsACycleWithoutNewChats) {
  Stream("app", 300, "a");
  RunCycle(/*skip_training=*/true);
  clock_.now_us += 3600 * kSecond;
  EXPECT_TRUE(*cycles_->LookIfDue());
  EXPECT_TRUE(Await(2).summary().trained());
}

TEST_F(CycleTest, Rule6TheNextLookAndThePauseSurviveARestart) {
  clock_.now_us += 3600 * kSecond;
  EXPECT_FALSE(*cycles_->LookIfDue());
  const auto next = cycles_->GetSchedule()->next_look().seconds();
  clock_.now_us += 600 * kSecond;
  Open();
  EXPECT_EQ(cycles_->GetSchedule()->next_look().seconds(), next);
  v1::UpdateScheduleRequest request;
  request.set_paused(true);
  ASSERT_TRUE(cycles_->UpdateSchedule(request).ok());
  clock_.now_us += 100 * 3600 * kSecond;
  Open();
  EXPECT_TRUE(cycles_->GetSchedule()->paused());
  EXPECT_FALSE(cycles_->GetSchedule()->has_next_look());
  Stream("app", 50, "a");
  EXPECT_FALSE(*cycles_->LookIfDue());
  request.set_paused(false);
  ASSERT_TRUE(cycles_->UpdateSchedule(request).ok());
  EXPECT_TRUE(*cycles_->LookIfDue());  // overdue: one look, at once
  Await(1);
  EXPECT_FALSE(*cycles_->LookIfDue());
}

TEST_F(CycleTest, Rule6StartByHandIgnoresTheMinimum) {
  Stream("app", 1, "a");
  EXPECT_EQ(RunCycle().summary().chats_read(), 1u);
}

// ---- Models ----

TEST_F(CycleTest, Rule19TheCandidateStartsFromTheActiveModelAlsoAfterARollback) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  EXPECT_THAT(world_.base_dir, IsEmpty());
  world_.quality = 0.4;
  Stream("app", 50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_EQ(world_.base_dir, artifacts_->Dir(first.candidate_digest()));
  EXPECT_EQ(models_->Get(second.candidate_digest())->model().base_digest(),
            first.candidate_digest());
  ASSERT_TRUE(models_->Rollback("").ok());
  Stream("app", 50, "c");
  RunCycle();
  EXPECT_EQ(world_.base_dir, artifacts_->Dir(first.candidate_digest()));
}

TEST_F(CycleTest, Rule20AfterARejectedRenewalTheTokenizerStaysUntilTheTextGrewByHalf) {
  world_.trainer_schema =
      R"({"properties": {"tokenizer": {"properties": {"renew_over_bytes": {"type": "integer"}}}}})";
  Open();
  Stream("app", 300, "a");
  RunCycle();
  EXPECT_THAT(world_.trainer_config, Not(HasSubstr("renew_over_bytes")));
  world_.tokenizer_fact = "renewed";
  world_.quality = 0.9;
  Stream("app", 50, "b");
  EXPECT_FALSE(RunCycle().summary().promoted());
  world_.tokenizer_fact = "kept";
  Stream("app", 50, "c");
  RunCycle();
  EXPECT_THAT(world_.trainer_config, HasSubstr("\"renew_over_bytes\":1500"));
  world_.quality = 0.3;
  Stream("app", 50, "d");
  EXPECT_TRUE(RunCycle().summary().promoted());
  Stream("app", 50, "e");
  RunCycle();
  EXPECT_THAT(world_.trainer_config, Not(HasSubstr("renew_over_bytes")));
}

TEST_F(CycleTest, Rule21AWorseCandidateIsRejectedAndTheActiveModelStays) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  world_.quality = 0.6;
  Stream("app", 50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_FALSE(second.summary().promoted());
  EXPECT_THAT(second.summary().promotion_reason(), StartsWith("worse"));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
  EXPECT_EQ(models_->Get(second.candidate_digest())->model().state(), v1::MODEL_STATE_REJECTED);
  EXPECT_FALSE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, Rule21ANonFiniteLikelihoodRejects) {
  Stream("app", 300, "a");
  world_.nan_on_one_row = true;
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_FALSE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("not_finite"));
}

TEST_F(CycleTest, Rule21TooFewHeldOutReplaceNoActiveModel) {
  config_.mutable_cycle()->set_min_new_examples_to_train(10);
  Open();
  Stream("app", 60, "a");  // 12 held out: enough for a first model
  EXPECT_TRUE(RunCycle().summary().promoted());
  world_.quality = 0.1;
  Stream("app", 21, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  ASSERT_LT(summary.held_out_rows(), 20u);
  EXPECT_TRUE(summary.trained()) << summary.training_reason();
  EXPECT_FALSE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("too_few_held_out"));
  EXPECT_THAT(summary.promotion_reason(), HasSubstr("held_out_share"));
}

TEST_F(CycleTest, Rule21InReportOnlyModeTheGateReportsAndDoesNotBar) {
  config_.mutable_gate()->set_mode("report_only");
  Open();
  Stream("app", 300, "a");
  RunCycle();
  world_.quality = 0.6;
  Stream("app", 50, "b");
  const v1::CycleSummary summary = RunCycle().summary();
  EXPECT_TRUE(summary.promoted());
  EXPECT_THAT(summary.promotion_reason(), StartsWith("report_only"));
}

TEST_F(CycleTest, Rule23AFirstModelMustBeatTheBaselines) {
  Stream("app", 300, "a");
  world_.quality = 9;
  const v1::Cycle cycle = RunCycle();
  EXPECT_FALSE(cycle.summary().promoted());
  EXPECT_THAT(cycle.summary().promotion_reason(), StartsWith("below_baselines"));
  const v1::GateResult gate = cycles_->Report(cycle.id())->gate();
  EXPECT_GT(gate.byte_unigram_bits_per_byte(), gate.byte_bigram_bits_per_byte());
  EXPECT_EQ(models_->active()->generation, 0);
}

TEST_F(CycleTest, Rule24AnActiveModelThatChangedMeanwhileStopsThePromotionAndTrainingIsOwed) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  world_.quality = 0.4;
  Stream("app", 50, "b");
  RunCycle();
  world_.quality = 0.3;
  Stream("app", 50, "c");
  std::atomic<bool> has_rolled_back{false};
  const Subscription watch = cycles_->Watch([&] {
    const auto progress = store_->RunningCycle();
    if (!progress.ok() || !*progress || (*progress)->cycle.stage != Stage::kEvaluate) return;
    if (!has_rolled_back.exchange(true)) {
      EXPECT_TRUE(models_->Rollback("").ok());
    }
  });
  const v1::Cycle third = RunCycle();
  EXPECT_TRUE(has_rolled_back);
  EXPECT_FALSE(third.summary().promoted());
  EXPECT_THAT(third.summary().promotion_reason(), StartsWith("active_changed"));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
  EXPECT_TRUE(cycles_->Status({})->training_owed());
}

TEST_F(CycleTest, ACorruptActiveModelFailsTheCycleWithItsNameAndStaysActive) {
  Stream("app", 300, "a");
  const v1::Cycle first = RunCycle();
  std::ofstream(JoinPath(artifacts_->Dir(first.candidate_digest()), "model.txt")) << "tampered";
  Stream("app", 50, "b");
  const v1::Cycle second = RunCycle();
  EXPECT_EQ(second.state(), v1::CYCLE_STATE_FAILED);
  EXPECT_THAT(second.error(), HasSubstr(first.candidate_digest().substr(0, 12)));
  EXPECT_EQ(models_->active()->digest, first.candidate_digest());
}

// ---- After the cycle ----

TEST_F(CycleTest, Rule27ReadChatsKeepTheirTextUpToMaxChats) {
  config_.mutable_chat_log()->set_max_chats(10);
  Open();
  Stream("app", 30, "a");
  RunCycle(true);
  int retired = 0;
  for (const ChatRecord& chat : NewestChats()) {
    retired += chat.is_retired;
    EXPECT_EQ(chat.is_retired, chat.key.seq <= 20);
    EXPECT_EQ(chat.outcome(), Outcome::kAccepted);
  }
  EXPECT_EQ(retired, 20);
}

TEST_F(CycleTest, Rule27ClearAfterTrainingKeepsNoReadTextAfterATraining) {
  config_.mutable_chat_log()->set_clear_after_training(true);
  Open();
  Stream("app", 300, "a");
  RunCycle(true);
  EXPECT_FALSE(store_->ListChats({}, 0, 1)->chats[0].is_retired);
  RunCycle();
  for (const ChatRecord& chat : NewestChats()) EXPECT_TRUE(chat.is_retired);
}

TEST_F(CycleTest, Rule29TheOriginalsFilesAreReplacedAfterEachCycle) {
  const auto read = [&](const std::string& name) {
    std::ifstream file(JoinPath(folder_, name));
    return nlohmann::ordered_json::parse(file);
  };
  const std::vector<NewChat> chats = {OneChat("app", "\"quoted\"", "p7 خط\nدوم\t\x01", 1)};
  ASSERT_TRUE(store_->AppendChats(chats).ok());
  RunCycle(true);
  Stream("app", 5, "a");
  RunCycle(true);
  const auto dataset = read("dataset.json");
  ASSERT_EQ(dataset.size(), 6u);
  EXPECT_EQ(dataset[0]["instruction"], "\"quoted\"");
  EXPECT_EQ(dataset[0]["response"], "p7 خط\nدوم\t\x01");
  const auto log = read("enhancement_log.json");
  ASSERT_EQ(log.size(), 2u);
  std::vector<std::string> names;
  for (const auto& [name, value] : log[1].items()) names.push_back(name);
  names.resize(6);
  EXPECT_THAT(names, ElementsAre("timestamp", "original_size", "final_size", "added_from_chats",
                                 "added_variations", "growth"));
  EXPECT_EQ(log[1]["original_size"], 1);
  EXPECT_EQ(log[1]["final_size"], 6);
  EXPECT_TRUE(log[1].contains("promotion_reason"));
}

TEST_F(CycleTest, EventsTellTheStagesInOrderAndAReconnectMissesNothing) {
  Stream("app", 300, "a");
  const CycleId id = RunCycle().id();
  const auto all = Events(id);
  std::vector<int> finished;
  std::uint32_t number = 0;
  for (const v1::CycleEvent& event : all) {
    EXPECT_EQ(event.number(), ++number);
    if (event.has_stage_finished()) finished.push_back(event.stage());
  }
  EXPECT_THAT(finished, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_TRUE(all.back().has_ended());
  const auto rest = cycles_->ReadEvents(id, 5, 3);
  ASSERT_EQ(rest->events.size(), 3u);
  EXPECT_EQ(rest->events[0].number(), 6u);
  EXPECT_FALSE(rest->is_over);
  EXPECT_TRUE(cycles_->ReadEvents(id, number, 10)->is_over);
  EXPECT_EQ(cycles_->ReadEvents(99, 0, 10).status().code(), absl::StatusCode::kNotFound);
}

TEST_F(CycleTest, TheReportHoldsWhatTheSummaryDoesNot) {
  Stream("app", 300, "a");
  Stream("app", 4, "low", "p3");
  world_.variations = 3;
  const CycleId id = RunCycle().id();
  const auto report = cycles_->Report(id);
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->gate().candidate_digest(), report->cycle().candidate_digest());
  EXPECT_EQ(report->outcomes_size(), 2);
  EXPECT_EQ(report->score_histogram_size(), 2);
  EXPECT_EQ(report->training_loss_size(), 11);
  EXPECT_EQ(report->variations_size(), 3);
  EXPECT_EQ(report->dataset_growth_size(), 1);
  EXPECT_EQ(report->held_out_size(), 1);
  EXPECT_EQ(report->splits_size(), 4);
  EXPECT_EQ(report->stage_times_size(), 10);
  EXPECT_EQ(report->training_facts_size(), 2);
}

}  // namespace
}  // namespace amooz::cycle
