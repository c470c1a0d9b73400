#include "core/model/model_manager.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/base/str_cat.h"

namespace amooz {
namespace {

using ::testing::HasSubstr;

// A real store and real files; models come from short cycles that train nothing real.
class ModelManagerTest : public ::testing::Test {
 protected:
  ModelManagerTest() {
    data_dir_ = ::testing::TempDir() + "/models-" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(data_dir_);
    std::filesystem::create_directories(data_dir_);
    StoreOptions options;
    options.data_dir = data_dir_;
    auto store = OpenSqliteStore(options);
    EXPECT_TRUE(store.ok()) << store.status();
    store_ = *std::move(store);
    artifacts_ = std::make_unique<ArtifactStore>(data_dir_, Env::Default());
    models_ = std::make_unique<ModelManager>(store_.get(), artifacts_.get());
  }
  ~ModelManagerTest() override {
    store_.reset();
    std::filesystem::remove_all(data_dir_);
  }

  static StageCommit At(CycleId id, Stage stage) {
    StageCommit commit;
    commit.cycle_id = id;
    commit.stage = stage;
    return commit;
  }
  // A cycle whose candidate has `weights`; promoted or rejected.
  std::string Train(const std::string& weights, bool is_promoted) {
    const std::string dir = *artifacts_->MakeStaging("t");
    std::ofstream(dir + "/model.safetensors") << weights;
    const std::string digest = *artifacts_->Publish("t", "test");
    CycleStart start;
    start.seed_of = [](CycleId) { return 1; };
    const CycleId id = store_->BeginCycle(start)->cycle.id;
    for (const Stage stage : {Stage::kScore, Stage::kSelect, Stage::kVary, Stage::kMerge}) {
      EXPECT_TRUE(store_->CommitStage(At(id, stage)).ok());
    }
    EXPECT_TRUE(store_->CommitSnapshot(At(id, Stage::kSnapshot), {}).ok());
    NewModel model;
    model.digest = digest;
    model.trainer = "fake";
    EXPECT_TRUE(store_->CommitTrain(At(id, Stage::kTrain), model).ok());
    EXPECT_TRUE(store_->CommitEvaluate(At(id, Stage::kEvaluate), "").ok());
    std::optional<PromotionRequest> request;
    if (is_promoted) {
      request.emplace();
      request->digest = digest;
      request->expected_active = store_->GetActiveModel()->digest;
    }
    EXPECT_TRUE(store_->CommitPromote(At(id, Stage::kPromote), request).ok());
    EXPECT_TRUE(store_->FinishCycle(At(id, Stage::kReport), "{}").ok());
    return digest;
  }

  std::string data_dir_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<ArtifactStore> artifacts_;
  std::unique_ptr<ModelManager> models_;
};

TEST_F(ModelManagerTest, Rule24RollbackGoesToThePreviouslyActiveModel) {
  const std::string first = Train("1", true), second = Train("2", true);
  Train("3", false);
  const auto back = models_->Rollback("");
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(back->digest(), first);
  EXPECT_EQ(back->previous_digest(), second);
  EXPECT_EQ(back->reason(), "rollback");
  EXPECT_EQ(models_->active()->digest, first);
}

TEST_F(ModelManagerTest, Rule24RollbackTakesTheIdGivenAlsoABeginningOfIt) {
  const std::string first = Train("1", true);
  Train("2", true);
  Train("3", true);
  EXPECT_EQ(models_->Rollback(first.substr(0, 8))->digest(), first);
}

TEST_F(ModelManagerTest, Rule24RollbackToAModelWhoseFilesWereDeletedSaysSo) {
  const std::string first = Train("0", true);
  for (int i = 1; i <= 11; ++i) Train(std::to_string(i), true);
  ASSERT_GE(*models_->DeleteOldModels(), 1);
  EXPECT_FALSE(std::filesystem::exists(artifacts_->Dir(first)));
  const auto status = models_->Rollback(first).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("deleted"));
}

TEST_F(ModelManagerTest, Rule24KeepsTheActiveTenPromotedAndThreeRejected) {
  std::vector<std::string> promoted, rejected;
  for (int i = 0; i < 13; ++i) promoted.push_back(Train(StrCat("p", i), true));
  for (int i = 0; i < 5; ++i) rejected.push_back(Train(StrCat("r", i), false));
  ASSERT_TRUE(models_->DeleteOldModels().ok());
  const auto is_there = [&](const std::string& digest) {
    return std::filesystem::exists(artifacts_->Dir(digest));
  };
  for (std::size_t i = 3; i < promoted.size(); ++i) EXPECT_TRUE(is_there(promoted[i])) << i;
  for (std::size_t i = 0; i < 2; ++i) EXPECT_FALSE(is_there(promoted[i])) << i;
  for (std::size_t i = 0; i < rejected.size(); ++i) EXPECT_EQ(is_there(rejected[i]), i >= 2) << i;
}

TEST_F(ModelManagerTest, FilesThatACrashLeftOfADeletedModelGoTheNextTimeOthersStay) {
  const std::string first = Train("0", true);
  for (int i = 1; i <= 11; ++i) Train(std::to_string(i), true);
  ASSERT_GE(*models_->DeleteOldModels(), 1);
  const std::string unknown = artifacts_->Dir(std::string(64, 'a'));
  std::filesystem::create_directories(artifacts_->Dir(first));
  std::filesystem::create_directories(unknown);
  EXPECT_EQ(*models_->DeleteOldModels(), 0);
  EXPECT_FALSE(std::filesystem::exists(artifacts_->Dir(first)));
  EXPECT_TRUE(std::filesystem::exists(unknown))
      << "no model of ours: a person may have put it there";
}

TEST_F(ModelManagerTest, ATamperedModelIsNeitherPromotedNorHandedOutAndItsFailureIsKept) {
  const std::string first = Train("1", true), second = Train("2", true);
  std::ofstream(artifacts_->Dir(first) + "/model.safetensors") << "tampered";
  EXPECT_EQ(models_->Rollback("").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(models_->Promote(first).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(models_->OpenForReading(first).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(models_->active()->digest, second);
  EXPECT_THAT(models_->Get(first)->model().failure(), HasSubstr("model.safetensors"));
}

TEST_F(ModelManagerTest, DamageThatWasMendedIsForgottenAtTheNextLook) {
  const std::string model = Train("1", true);
  const std::string file = artifacts_->Dir(model) + "/model.safetensors";
  const std::string bytes = *Env::Default()->ReadFile(file);
  std::ofstream(file) << "tampered";
  EXPECT_FALSE(models_->OpenForReading(model).ok());
  ASSERT_TRUE(models_->ReportServing(model).ok());
  EXPECT_NE(models_->Get(model)->model().failure(), "") << "others' files prove nothing of ours";
  std::ofstream(file) << bytes;
  EXPECT_TRUE(models_->OpenForReading(model).ok());
  EXPECT_EQ(models_->Get(model)->model().failure(), "");
}

TEST_F(ModelManagerTest, AFailureToServeIsOverOnceItServes) {
  const std::string model = Train("1", true);
  ASSERT_TRUE(models_->ReportFailure(model, "its process died").ok());
  EXPECT_TRUE(models_->OpenForReading(model).ok());
  EXPECT_EQ(models_->Get(model)->model().failure(), "its process died");
  ASSERT_TRUE(models_->ReportServing(model).ok());
  EXPECT_EQ(models_->Get(model)->model().failure(), "");
}

TEST_F(ModelManagerTest, AReportOfAModelThatARestoredStoreDoesNotKnowIsIgnored) {
  const std::string model = Train("1", true), unknown(64, 'a');
  EXPECT_TRUE(models_->ReportServing(unknown).ok());
  EXPECT_TRUE(models_->ReportFailure(unknown, "its process died").ok());
  EXPECT_EQ(models_->Get(unknown).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(models_->Get(model)->model().failure(), "");
  EXPECT_EQ(models_->active()->digest, model);
}

TEST_F(ModelManagerTest, WatchersAreToldOfEachChange) {
  const std::string first = Train("1", true);
  Train("2", true);
  int told = 0;
  const Subscription watch = models_->Watch([&] { ++told; });
  const auto before = models_->active()->generation;
  ASSERT_TRUE(models_->Promote(first).ok());
  EXPECT_EQ(told, 1);
  EXPECT_GT(models_->active()->generation, before);
}

TEST_F(ModelManagerTest, ShowsFilesPromotionsAndPages) {
  const std::string first = Train("1", true);
  Train("22", true);
  const auto shown = models_->Get(first);
  ASSERT_TRUE(shown.ok()) << shown.status();
  ASSERT_EQ(shown->model().files_size(), 1);
  EXPECT_EQ(shown->model().files(0).name(), "model.safetensors");
  EXPECT_EQ(shown->model().state(), amooz::v1::MODEL_STATE_RETIRED);
  EXPECT_EQ(shown->promotions_size(), 1);
  amooz::v1::ListModelsRequest request;
  request.set_page_size(1);
  auto page = models_->List(request);
  ASSERT_EQ(page->models_size(), 1);
  EXPECT_EQ(page->models(0).state(), amooz::v1::MODEL_STATE_ACTIVE);
  request.set_page_token(page->next_page_token());
  page = models_->List(request);
  ASSERT_EQ(page->models_size(), 1);
  EXPECT_EQ(page->models(0).digest(), first);
  request.set_page_token("x");
  EXPECT_EQ(models_->List(request).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace amooz
