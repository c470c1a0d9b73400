#include "sdk/base/artifact_manifest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <functional>
#include <utility>

#include "sdk/base/sha256.h"

namespace amooz {
namespace {

using testing::HasSubstr;

ArtifactFile FileOf(const std::string& name, std::string_view bytes) {
  return {.name = name, .size_bytes = bytes.size(), .sha256 = ToHex(Sha256Of(bytes))};
}

// The bytes are a contract between versions and with other programs: the digest is theirs.
TEST(ManifestTest, HasExactlyTheseBytes) {
  EXPECT_EQ(ManifestToJson({.format = "f-1", .files = {FileOf("a", "")}}),
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

// Computed with another program.
TEST(ManifestTest, TheDigestIsOfTheseBytes) {
  EXPECT_EQ(DigestOf({.format = "amooz-causal-lm", .files = {FileOf("config.json", "{}")}}),
            "7deef71035af50eb0201dfce77230631331f7edd1cbd0f27612f5bc9da69eb9b");
}

TEST(ManifestTest, IsReadAsItWasWritten) {
  const Manifest manifest{.format = "قالب", .files = {FileOf("a", "1"), FileOf("b", "23")}};
  const auto read = ManifestFromJson(ManifestToJson(manifest));
  ASSERT_TRUE(read.ok()) << read.status().ToString();
  EXPECT_EQ(*read, manifest);
  EXPECT_EQ(read->size_bytes(), 3u);
}

TEST(ManifestTest, WhatIsNoneIsDataLoss) {
  for (const char* text :
       {"", "[]", "{}", R"({"format": "f"})", R"({"format": 1, "files": []})",
        R"({"format": "f", "files": [{"name": "a", "sha256": "0"}]})",
        R"({"format": "f", "files": [{"name": "a", "sha256": "0", "size_bytes": -1}]})",
        R"({"format": "f", "files": [{"name": "a", "sha256": "0", "size_bytes": 1e30}]})"}) {
    EXPECT_EQ(ManifestFromJson(text).status().code(), Code::kDataLoss) << text;
  }
}

TEST(ManifestTest, KnowsSafeFileNames) {
  for (const char* name : {"config.json", "model-00001-of-00002.safetensors", "a"})
    EXPECT_TRUE(IsSafeFileName(name));
  for (const char* name :
       {"", ".", "..", ".hidden", "a/b", "../a", "/a", "a b", "manifest.json", "سلام", "a\\b"}) {
    EXPECT_FALSE(IsSafeFileName(name)) << name;
  }
  EXPECT_FALSE(IsSafeFileName(std::string_view("a\0b", 3)));
  EXPECT_FALSE(IsSafeFileName(std::string(129, 'a')));
}

TEST(ManifestTest, AnUnsafeNameAndOneThatStandsTwiceAreNamed) {
  EXPECT_TRUE(CheckFileNames({.format = "f", .files = {FileOf("a", ""), FileOf("b", "")}}).ok());
  const Status unsafe = CheckFileNames({.format = "f", .files = {FileOf("../x", "")}});
  EXPECT_EQ(unsafe.code(), Code::kDataLoss);
  EXPECT_THAT(unsafe.message(), HasSubstr("../x"));
  const Status twice =
      CheckFileNames({.format = "f", .files = {FileOf("a", ""), FileOf("a", "1")}});
  EXPECT_EQ(twice.code(), Code::kDataLoss);
  EXPECT_THAT(twice.message(), HasSubstr("a twice"));
}

class ArtifactTest : public testing::Test {
 protected:
  ArtifactTest() {
    std::string pattern = testing::TempDir() + "/artifact-XXXXXX";
    dir_ = ::mkdtemp(pattern.data());
    Write("config.json", "{}");
    Write("weights.bin", "weights");
  }
  ~ArtifactTest() override { std::filesystem::remove_all(dir_); }

  std::string Path(const std::string& name) const { return JoinPath(dir_, name); }
  void Write(const std::string& name, std::string_view bytes) {
    EXPECT_TRUE(WriteFileAtomically(env_, Path(name), bytes).ok());
  }
  // Gives the folder this manifest; its digest is the model's from now on.
  void Seal(const Manifest& manifest) {
    Write(kManifestName, ManifestToJson(manifest));
    digest_ = DigestOf(manifest);
  }
  void Seal() { Seal(*MakeManifest(env_, dir_, "f-1")); }
  // What Verify says of a sealed folder that was changed.
  Status Damage(const std::function<void()>& change) {
    std::filesystem::remove(Path(kManifestName));
    Seal();
    change();
    return VerifyArtifact(env_, dir_, digest_).status();
  }

  Env* const env_ = Env::Default();
  std::string dir_, digest_;
};

TEST_F(ArtifactTest, TheManifestListsEveryFileByName) {
  const auto manifest = MakeManifest(env_, dir_, "f-1");
  ASSERT_TRUE(manifest.ok()) << manifest.status().ToString();
  EXPECT_EQ(*manifest,
            (Manifest{.format = "f-1",
                      .files = {FileOf("config.json", "{}"), FileOf("weights.bin", "weights")}}));
}

TEST_F(ArtifactTest, WhatAnArtifactMustNotHoldIsNamed) {
  const std::pair<std::string, std::function<void()>> cases[] = {
      {"sub", [this] { std::filesystem::create_directory(Path("sub")); }},
      {"link", [this] { std::filesystem::create_symlink("config.json", Path("link")); }},
      {"a b", [this] { Write("a b", ""); }},
      {kManifestName, [this] { Write(kManifestName, "{}"); }}};
  Write("two\nlines", "");
  EXPECT_THAT(MakeManifest(env_, dir_, "f-1").status().message(), HasSubstr("'two\\nlines'"));
  std::filesystem::remove(Path("two\nlines"));
  for (const auto& [name, add] : cases) {
    add();
    const Status status = MakeManifest(env_, dir_, "f-1").status();
    EXPECT_EQ(status.code(), Code::kInvalidArgument) << name;
    EXPECT_THAT(status.message(), HasSubstr("'" + name + "'"));
    std::filesystem::remove(Path(name));
  }
}

TEST_F(ArtifactTest, WhatMatchesItsManifestIsWhole) {
  Seal();
  const auto manifest = VerifyArtifact(env_, dir_, digest_);
  ASSERT_TRUE(manifest.ok()) << manifest.status().ToString();
  EXPECT_EQ(manifest->files.size(), 2u);
}

TEST_F(ArtifactTest, EveryDamageIsDataLossThatNamesTheModelAndTheFile) {
  const std::pair<std::string, std::function<void()>> cases[] = {
      {"weights.bin", [this] { Write("weights.bin", "weighty"); }},
      {"config.json", [this] { std::filesystem::remove(Path("config.json")); }},
      {"extra", [this] { Write("extra", ""); }},
      {"sub", [this] { std::filesystem::create_directory(Path("sub")); }},
      {"manifest.json", [this] { Write(kManifestName, "{}"); }}};
  for (const auto& [name, change] : cases) {
    const Status status = Damage(change);
    EXPECT_EQ(status.code(), Code::kDataLoss) << name;
    EXPECT_THAT(status.message(), HasSubstr(name));
    EXPECT_THAT(status.message(), HasSubstr(digest_.substr(0, 12)));
    std::filesystem::remove(Path("extra"));
    std::filesystem::remove(Path("sub"));
    Write("config.json", "{}");
  }
}

TEST_F(ArtifactTest, ALinkIsNoFileOfAnArtifactEvenIfItsBytesAgree) {
  const Status status = Damage([this] {
    std::filesystem::rename(Path("weights.bin"), dir_ + "-elsewhere");
    std::filesystem::create_symlink(dir_ + "-elsewhere", Path("weights.bin"));
  });
  std::filesystem::remove(dir_ + "-elsewhere");
  EXPECT_EQ(status.code(), Code::kDataLoss);
  EXPECT_THAT(status.message(), HasSubstr("weights.bin"));
}

TEST_F(ArtifactTest, ANameThatLeavesTheFolderIsRefusedEvenIfTheDigestAgrees) {
  Seal({.format = "f-1", .files = {FileOf("../weights.bin", "weights")}});
  EXPECT_THAT(ReadManifest(env_, dir_, digest_).status().message(), HasSubstr("unsafe"));
}

TEST_F(ArtifactTest, AFolderWithoutAManifestIsNotFound) {
  const std::string digest(64, 'a');
  EXPECT_EQ(ReadManifest(env_, dir_, digest).status().code(), Code::kNotFound);
  EXPECT_EQ(VerifyArtifact(env_, dir_ + "/nowhere", digest).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace amooz
