#include "core/model/artifact_store.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

namespace amooz {
namespace {

using ::testing::HasSubstr;

class ArtifactStoreTest : public ::testing::Test {
 protected:
  ArtifactStoreTest() {
    data_dir_ = ::testing::TempDir() + "/artifacts-" +
                ::testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(data_dir_);
    store_ = std::make_unique<ArtifactStore>(data_dir_, Env::Default());
  }
  ~ArtifactStoreTest() override { std::filesystem::remove_all(data_dir_); }

  static void Write(const std::string& path, std::string_view bytes) {
    std::ofstream(path, std::ios::binary) << bytes;
  }
  std::string Publish(std::string_view weights) {
    const std::string dir = *store_->MakeStaging("cycle-1");
    Write(dir + "/config.json", "{}");
    Write(dir + "/model.safetensors", weights);
    const auto digest = store_->Publish("cycle-1", "amooz-llama");
    EXPECT_TRUE(digest.ok()) << digest.status();
    return digest.ok() ? *digest : "";
  }

  std::string data_dir_;
  std::unique_ptr<ArtifactStore> store_;
};

TEST_F(ArtifactStoreTest, PublishesUnderTheManifestsDigest) {
  const std::string digest = Publish("weights");
  const auto manifest = store_->Verify(digest);
  ASSERT_TRUE(manifest.ok()) << manifest.status();
  EXPECT_EQ(manifest->format, "amooz-llama");
  ASSERT_EQ(manifest->files.size(), 2u);
  EXPECT_EQ(manifest->files[0].name, "config.json");
  EXPECT_EQ(manifest->size_bytes(), 9u);
  EXPECT_EQ(DigestOf(*manifest), digest);
  EXPECT_FALSE(std::filesystem::exists(data_dir_ + "/artifacts/staging-cycle-1"));
}

TEST_F(ArtifactStoreTest, EqualBytesHaveEqualDigests) {
  const std::string first = Publish("weights");
  EXPECT_EQ(Publish("weights"), first);
  EXPECT_NE(Publish("other"), first);
}

TEST_F(ArtifactStoreTest, ATamperedFileIsDataLossWithTheRemedy) {
  const std::string digest = Publish("weights");
  Write(store_->Dir(digest) + "/model.safetensors", "Weights");
  const auto status = store_->Verify(digest).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("model.safetensors"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("backup"));
  EXPECT_TRUE(store_->ReadManifest(digest).ok());
  Write(store_->Dir(digest) + "/manifest.json", "{}");
  EXPECT_EQ(store_->ReadManifest(digest).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ArtifactStoreTest, AMissingFolderIsDamageToo) {
  const std::string digest = Publish("weights");
  std::filesystem::remove_all(store_->Dir(digest));
  const auto status = store_->Verify(digest).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(status.message()), HasSubstr("folder is missing"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("backup"));
}

TEST_F(ArtifactStoreTest, PublishingAgainMendsADamagedArtifact) {
  const std::string digest = Publish("weights");
  Write(store_->Dir(digest) + "/model.safetensors", "broken");
  EXPECT_EQ(Publish("weights"), digest);
  EXPECT_TRUE(store_->Verify(digest).ok());
}

TEST_F(ArtifactStoreTest, RefusesWhatATrainerMustNotWrite) {
  EXPECT_FALSE((void(*store_->MakeStaging("empty")), store_->Publish("empty", "f")).ok());
  const std::string dir = *store_->MakeStaging("folder");
  std::filesystem::create_directory(dir + "/sub");
  EXPECT_THAT(std::string(store_->Publish("folder", "f").status().message()), HasSubstr("'sub'"));
  const std::string link = *store_->MakeStaging("link");
  std::filesystem::create_symlink("/etc/hostname", link + "/config.json");
  EXPECT_EQ(store_->Publish("link", "f").status().code(), absl::StatusCode::kInvalidArgument);
}

TEST_F(ArtifactStoreTest, DeletesAndSaysWhenThereIsNothing) {
  const std::string digest = Publish("weights");
  EXPECT_TRUE(store_->Delete(digest).ok());
  EXPECT_TRUE(store_->Delete(digest).ok());
  EXPECT_EQ(store_->ReadManifest(digest).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(store_->Delete("../../etc").code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace amooz
