#include "client/chat_service/artifact.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "client/chat_service/testing/temp_dir.h"
#include "sdk/base/sha256.h"

namespace amooz::chat {
namespace {

using testing::HasSubstr;

v1::Model ModelOf(const std::string& name, const std::string& bytes) {
  v1::Model model;
  model.set_artifact_format("f-1");
  v1::ModelFile* file = model.add_files();
  file->set_name(name);
  file->set_size_bytes(bytes.size());
  file->set_sha256(ToHex(Sha256Of(bytes)));
  return model;
}

class ArtifactTest : public testing::Test {
 protected:
  void SetUp() override {
    Write("w.bin", "weights");
    const std::string manifest = ManifestOf(ModelOf("w.bin", "weights"));
    Write(kManifestName, manifest);
    digest_ = ToHex(Sha256Of(manifest));
  }
  void Write(const std::string& name, const std::string& bytes) {
    ASSERT_TRUE(WriteFileAtomically(Env::Default(), JoinPath(dir_.path(), name), bytes).ok());
  }
  Status Verify() { return VerifyArtifact(Env::Default(), dir_.path(), digest_); }

  TempDir dir_;
  std::string digest_;
};

// The bytes are a contract with amoozd: the model's digest is theirs.
TEST_F(ArtifactTest, TheManifestHasExactlyTheseBytes) {
  EXPECT_EQ(ManifestOf(ModelOf("a", "")),
            "{\n"
            "  \"files\": [\n"
            "    {\n"
            "      \"name\": \"a\",\n"
            "      \"sha256\": "
            "\"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\",\n"
            "      \"size_bytes\": 0\n"
            "    }\n"
            "  ],\n"
            "  \"format\": \"f-1\"\n"
            "}\n");
}

TEST_F(ArtifactTest, AcceptsWhatMatchesItsManifest) { EXPECT_TRUE(Verify().ok()); }

TEST_F(ArtifactTest, NamesTheFileThatDiffers) {
  Write("w.bin", "weighty");
  EXPECT_EQ(Verify().code(), Code::kDataLoss);
  EXPECT_THAT(Verify().message(), HasSubstr("w.bin"));
}

TEST_F(ArtifactTest, RefusesAFileTooManyOneTooFewAndAnotherManifest) {
  Write("extra", "");
  EXPECT_THAT(Verify().message(), HasSubstr("extra"));
  std::filesystem::remove(JoinPath(dir_.path(), "extra"));
  std::filesystem::remove(JoinPath(dir_.path(), "w.bin"));
  EXPECT_THAT(Verify().message(), HasSubstr("w.bin"));
  Write(kManifestName, "{}");
  EXPECT_THAT(Verify().message(), HasSubstr("digest"));
}

TEST_F(ArtifactTest, RefusesANameThatLeavesTheFolderEvenIfTheDigestAgrees) {
  const std::string manifest = ManifestOf(ModelOf("../w.bin", "weights"));
  Write(kManifestName, manifest);
  digest_ = ToHex(Sha256Of(manifest));
  EXPECT_THAT(Verify().message(), HasSubstr("unsafe"));
}

}  // namespace
}  // namespace amooz::chat
