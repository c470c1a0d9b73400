// Data folders with an amooz.db whose header is written byte by byte.
#include "client/cli/store_checks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "sdk/base/artifact_manifest.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

constexpr std::size_t kPageBytes = 4096;

void PutNumber(std::size_t at, std::uint32_t number, std::string* file) {
  for (std::size_t i = 0; i < 4; ++i) {
    (*file)[at + i] = static_cast<char>(number >> (24 - 8 * i) & 0xff);
  }
}

// A store of three pages.
std::string GoodStore() {
  std::string file(3 * kPageBytes, '\0');
  file.replace(0, 15, "SQLite format 3");
  file[16] = kPageBytes >> 8;
  PutNumber(24, 7, &file);
  PutNumber(28, 3, &file);
  PutNumber(60, 1, &file);
  PutNumber(68, 0x416d6f7a, &file);
  PutNumber(92, 7, &file);
  return file;
}

class StoreChecksTest : public ::testing::Test {
 protected:
  StoreChecksTest() {
    std::string pattern = ::testing::TempDir() + "/store-checks-XXXXXX";
    folder_ = ::mkdtemp(pattern.data());
  }
  ~StoreChecksTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& bytes) {
    std::filesystem::create_directories(std::filesystem::path(folder_ + "/" + name).parent_path());
    std::ofstream(folder_ + "/" + name, std::ios::binary) << bytes;
  }
  // A model of one file; its digest.
  std::string WriteModel() {
    Write("new/model.bin", "weights");
    const Manifest manifest = MakeManifest(Env::Default(), folder_ + "/new", "any-1").value();
    Write("new/manifest.json", ManifestToJson(manifest));
    std::filesystem::create_directories(folder_ + "/artifacts");
    std::filesystem::rename(folder_ + "/new", folder_ + "/artifacts/" + DigestOf(manifest));
    return DigestOf(manifest);
  }
  Finding Store(const std::string& bytes) {
    Write("amooz.db", bytes);
    const Findings findings = CheckStore(Env::Default(), folder_);
    EXPECT_EQ(findings.size(), 1u);
    return findings.empty() ? Finding() : findings[0];
  }
  Findings IsThere() { return CheckStoreIsThere(Env::Default(), folder_); }
  Findings ModelFiles() { return CheckModelFiles(Env::Default(), folder_); }

  std::string folder_;
};

TEST_F(StoreChecksTest, AWholeStoreIsGood) {
  EXPECT_EQ(Store(GoodStore()).health, Health::kGood);
  EXPECT_TRUE(IsThere().empty());
  std::string older = GoodStore();
  PutNumber(60, 0, &older);
  EXPECT_EQ(Store(older).health, Health::kGood) << "it is brought up to date at the start";
}

TEST_F(StoreChecksTest, AGarbageHeaderIsDamage) {
  std::string file = GoodStore();
  file.replace(0, 100, std::string(100, 'x'));
  for (const std::string& bytes : {file, std::string("short")}) {
    const Finding found = Store(bytes);
    EXPECT_EQ(found.health, Health::kWrong);
    EXPECT_THAT(found.text, HasSubstr("damaged"));
    EXPECT_THAT(found.remedy, HasSubstr("backup"));
  }
}

TEST_F(StoreChecksTest, AFileThatWasCutShortSaysHowMuchIsLeft) {
  const Finding found = Store(GoodStore().substr(0, 2 * kPageBytes));
  EXPECT_EQ(found.health, Health::kWrong);
  EXPECT_THAT(found.text, HasSubstr("8,192 of 12,288 bytes"));
  EXPECT_THAT(found.remedy, HasSubstr("backup"));
}

TEST_F(StoreChecksTest, ALengthThatIsNotNotedIsNotJudged) {
  std::string file = GoodStore();
  PutNumber(92, 6, &file);  // of a change before the last
  EXPECT_EQ(Store(file.substr(0, 2 * kPageBytes)).health, Health::kGood);
}

TEST_F(StoreChecksTest, ANewerSchemaNamesBothVersions) {
  std::string file = GoodStore();
  PutNumber(60, 999, &file);
  const Finding found = Store(file);
  EXPECT_THAT(found.text, HasSubstr("schema version 999; this program knows up to 1"));
  EXPECT_THAT(found.remedy, HasSubstr("newer amoozd"));
}

TEST_F(StoreChecksTest, AnotherProgramsDatabaseIsNotTakenForOurs) {
  std::string file = GoodStore();
  PutNumber(68, 0, &file);
  EXPECT_THAT(Store(file).text, HasSubstr("another program's"));
}

TEST_F(StoreChecksTest, BesideAWriteAheadLogOnlyTheFirstBytesCount) {
  Write("amooz.db-wal", "frames");
  Write("amooz.db", GoodStore().substr(0, 2 * kPageBytes));
  EXPECT_TRUE(CheckStore(Env::Default(), folder_).empty());
  EXPECT_EQ(Store("garbage").health, Health::kWrong);
}

TEST_F(StoreChecksTest, AFolderInPlaceOfTheStoreIsWrong) {
  std::filesystem::create_directory(folder_ + "/amooz.db");
  ASSERT_EQ(IsThere().size(), 1u);
  EXPECT_THAT(IsThere()[0].text, HasSubstr("is a folder"));
  EXPECT_TRUE(CheckStore(Env::Default(), folder_).empty());
}

TEST_F(StoreChecksTest, AMissingStoreBesideModelsIsToBePutBack) {
  ASSERT_EQ(IsThere().size(), 1u);
  EXPECT_THAT(IsThere()[0].text, HasSubstr("none of amoozd's"));
  WriteModel();
  EXPECT_THAT(IsThere()[0].text, HasSubstr("amooz.db is missing, though the files of 1 model"));
  EXPECT_THAT(IsThere()[0].remedy, HasSubstr("before amoozd is started"));
  Write("amooz.db", "");
  EXPECT_THAT(IsThere()[0].text, HasSubstr("is empty"));
}

TEST_F(StoreChecksTest, ADamagedModelIsNamedWithItsFolder) {
  EXPECT_TRUE(ModelFiles().empty());
  const std::string digest = WriteModel();
  ASSERT_EQ(ModelFiles().size(), 1u);
  EXPECT_EQ(ModelFiles()[0].health, Health::kGood);
  std::filesystem::remove(folder_ + "/artifacts/" + digest + "/model.bin");
  ASSERT_EQ(ModelFiles().size(), 1u);
  EXPECT_EQ(ModelFiles()[0].health, Health::kWrong);
  EXPECT_THAT(ModelFiles()[0].text, HasSubstr("model.bin is missing"));
  EXPECT_THAT(ModelFiles()[0].remedy, HasSubstr("/artifacts/" + digest));
}

}  // namespace
}  // namespace amooz::client
