#include "client/lib/model_fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "client/lib/fake_server.h"
#include "sdk/base/sha256.h"

namespace amooz::client {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Sends the files in pieces of three bytes.
class FakeModels : public v1::ModelService::Service {
 public:
  grpc::Status FetchModel(grpc::ServerContext*, const v1::FetchModelRequest* request,
                          grpc::ServerWriter<v1::FetchModelResponse>* writer) override {
    if (request->digest() != "active")
      return {grpc::StatusCode::NOT_FOUND, "there is no such model"};
    v1::FetchModelResponse first;
    first.mutable_model()->set_artifact_format("test");
    for (const auto& [name, bytes] : files) {
      auto* file = first.mutable_model()->add_files();
      file->set_name(name);
      file->set_size_bytes(bytes.size());
      file->set_sha256(ToHex(Sha256Of(bytes)));
    }
    first.mutable_model()->set_digest(digest.empty() ? DigestOf(ManifestOf(first.model()))
                                                     : digest);
    writer->Write(first);
    for (const auto& [name, bytes] : files) {
      const std::string& sent = damaged.count(name) ? damaged[name] : bytes;
      for (std::size_t i = 0; i < sent.size(); i += 3) {
        v1::FetchModelResponse piece;
        piece.set_file_name(name);
        piece.set_data(sent.substr(i, 3));
        writer->Write(piece);
      }
    }
    return end;
  }
  std::vector<std::pair<std::string, std::string>> files;
  std::map<std::string, std::string> damaged;
  std::string digest;  // "": the right one
  grpc::Status end;
};

class FetchModelTest : public ::testing::Test {
 protected:
  FetchModelTest() {
    std::string pattern = ::testing::TempDir() + "/fetch-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    service_.files = {{"config.json", "{}"}, {"empty", ""}, {"model.safetensors", "0123456789"}};
  }
  ~FetchModelTest() override { EXPECT_TRUE(env_->RemoveAll(root_).ok()); }

  absl::Status Fetch(const std::string& dir, const std::string& digest = "active") {
    FakeServer server({&service_});
    const auto stub = v1::ModelService::NewStub(server.Channel());
    return FetchModel(stub.get(), digest, dir, env_, {}).status();
  }

  Env* const env_ = Env::Default();
  std::string root_;
  FakeModels service_;
};

TEST_F(FetchModelTest, WritesEveryFile) {
  const std::string dir = root_ + "/model";
  ASSERT_TRUE(Fetch(dir + "/").ok());
  EXPECT_THAT(*env_->ListDir(dir), ElementsAre("config.json", "empty", "model.safetensors"));
  EXPECT_EQ(*env_->ReadFile(dir + "/model.safetensors"), "0123456789");
  EXPECT_EQ(*env_->ReadFile(dir + "/empty"), "");
  EXPECT_THAT(*env_->ListDir(root_), ElementsAre("model"));
}

TEST_F(FetchModelTest, AnEmptyFolderIsTaken) {
  ASSERT_TRUE(env_->MakeDirs(root_ + "/model").ok());
  EXPECT_TRUE(Fetch(root_ + "/model").ok());
}

TEST_F(FetchModelTest, AFolderWithFilesIsRefused) {
  ASSERT_TRUE(env_->MakeDirs(root_ + "/model/x").ok());
  const absl::Status status = Fetch(root_ + "/model");
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(*env_->ListDir(root_ + "/model"), ElementsAre("x"));
}

TEST_F(FetchModelTest, ADamagedFileLeavesNothing) {
  for (const char* sent : {"0123456780", "012345678", "01234567899"}) {
    service_.damaged["model.safetensors"] = sent;
    const absl::Status status = Fetch(root_ + "/model");
    EXPECT_TRUE(absl::IsDataLoss(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("model.safetensors"));
    EXPECT_THAT(*env_->ListDir(root_), IsEmpty());
  }
}

TEST_F(FetchModelTest, AFileThatIsNotSentIsMissed) {
  service_.damaged["config.json"] = "";
  const absl::Status status = Fetch(root_ + "/model");
  EXPECT_THAT(std::string(status.message()), HasSubstr("config.json"));
}

TEST_F(FetchModelTest, UnsafeNamesAreRefusedBeforeAnythingIsWritten) {
  for (const char* name : {"../x", "/etc/x", "a/b", ".hidden", "manifest.json", ""}) {
    service_.files = {{name, "x"}};
    EXPECT_TRUE(absl::IsDataLoss(Fetch(root_ + "/model"))) << name;
    EXPECT_THAT(*env_->ListDir(root_), IsEmpty());
  }
}

TEST_F(FetchModelTest, AListOfFilesThatIsNotTheDigestsIsRefused) {
  service_.digest = std::string(64, 'a');
  const absl::Status status = Fetch(root_ + "/model");
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("the list of files"));
}

TEST_F(FetchModelTest, ABrokenStreamLeavesNothing) {
  service_.end = {grpc::StatusCode::UNAVAILABLE, "stopping"};
  EXPECT_TRUE(absl::IsUnavailable(Fetch(root_ + "/model")));
  EXPECT_THAT(*env_->ListDir(root_), IsEmpty());
}

TEST_F(FetchModelTest, AnUnknownModelIsNotFound) {
  EXPECT_TRUE(absl::IsNotFound(Fetch(root_ + "/model", "ff")));
}

}  // namespace
}  // namespace amooz::client
