#include "sdk/base/sha256.h"

#include <gtest/gtest.h>

#include "sdk/base/files.h"

namespace amooz {
namespace {

// FIPS 180-4, examples of appendix B.
constexpr const char* kOfAbc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
constexpr const char* kOfNothing =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

TEST(Sha256, AgreesWithTheStandardsExamples) {
  EXPECT_EQ(ToHex(Sha256Of("abc")), kOfAbc);
  EXPECT_EQ(ToHex(Sha256Of("")), kOfNothing);
}

TEST(Sha256, PiecesGiveTheSameAsTheWhole) {
  Sha256 sha;
  sha.Update("a");
  sha.Update("bc");
  EXPECT_EQ(ToHex(sha.Finish()), kOfAbc);
}

TEST(Sha256, FieldsDoNotRunTogether) {
  const auto of = [](std::string_view a, std::string_view b) {
    Sha256 sha;
    sha.UpdateField(a);
    sha.UpdateField(b);
    return sha.Finish();
  };
  EXPECT_NE(of("ab", "c"), of("a", "bc"));
}

TEST(Sha256FromHex, ReadsWhatToHexWroteAndRefusesTheRest) {
  EXPECT_EQ(*Sha256FromHex(kOfAbc), Sha256Of("abc"));
  EXPECT_FALSE(Sha256FromHex("ba78").ok());
  std::string bad = kOfAbc;
  bad[10] = 'x';
  EXPECT_EQ(Sha256FromHex(bad).status().code(), Code::kInvalidArgument);
}

TEST(Sha256OfFile, HashesFilesLongerThanOneRead) {
  const std::string path = testing::TempDir() + "amooz-sha256-test";
  const std::string bytes(700'001, 'x');
  ASSERT_TRUE(WriteFileAtomically(Env::Default(), path, bytes).ok());
  EXPECT_EQ(*Sha256OfFile(path), Sha256Of(bytes));
  EXPECT_TRUE(Env::Default()->RemoveFile(path).ok());
  EXPECT_EQ(Sha256OfFile(path).status().code(), Code::kNotFound);
}

}  // namespace
}  // namespace amooz
