#include "core/dataset/canonical.h"

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace amooz::dataset {
namespace {

std::string DigestOfOne(std::string_view instruction, std::string_view response,
                        std::vector<Turn> context, Split split, Origin origin) {
  DatasetDigest digest;
  digest.Add(instruction, response, context, split, origin);
  return digest.FinishHex();
}

TEST(DatasetDigest, Rule4EachPartOfACanonicalRowCounts) {
  const std::set<std::string> digests = {
      DigestOfOne("a", "bc", {}, Split::kTrain, Origin::kChat),
      DigestOfOne("ab", "c", {}, Split::kTrain, Origin::kChat),
      DigestOfOne("a", "bc", {{Role::kUser, "x"}}, Split::kTrain, Origin::kChat),
      DigestOfOne("a", "bc", {{Role::kAssistant, "x"}}, Split::kTrain, Origin::kChat),
      DigestOfOne("a", "bc", {{Role::kUser, "y"}}, Split::kTrain, Origin::kChat),
      DigestOfOne("a", "bc", {}, Split::kHeldOut, Origin::kChat),
      DigestOfOne("a", "bc", {}, Split::kTrain, Origin::kImport),
  };
  EXPECT_EQ(digests.size(), 7u);
}

TEST(DatasetDigest, Rule4TheOrderCounts) {
  DatasetDigest one, other;
  one.Add("a", "b", {}, Split::kTrain, Origin::kChat);
  one.Add("c", "d", {}, Split::kTrain, Origin::kChat);
  other.Add("c", "d", {}, Split::kTrain, Origin::kChat);
  other.Add("a", "b", {}, Split::kTrain, Origin::kChat);
  EXPECT_NE(one.FinishHex(), other.FinishHex());
}

TEST(DatasetDigest, Rule4TheFormIsFixed) {
  // A change here is a change of format.
  DatasetDigest digest;
  digest.Add("a", "b", {}, Split::kTrain, Origin::kImport);
  std::string row;
  const auto u64 = [&](unsigned char low) {
    row += std::string(1, static_cast<char>(low)) + std::string(7, '\0');
  };
  u64(1), row += "a", u64(1), row += "b", u64(0), u64(1), u64(1);
  EXPECT_EQ(digest.FinishHex(), ToHex(Sha256Of(row)));
}

}  // namespace
}  // namespace amooz::dataset
