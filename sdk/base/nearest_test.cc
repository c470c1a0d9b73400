#include "sdk/base/nearest.h"

#include <gtest/gtest.h>

namespace amooz {
namespace {

TEST(EditDistance, CountsEditsAndSwaps) {
  EXPECT_EQ(EditDistance("", "abc"), 3u);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3u);
  EXPECT_EQ(EditDistance("scroe", "score"), 1u);
  EXPECT_EQ(EditDistance("same", "same"), 0u);
}

TEST(NearestName, FindsATypoAndNothingFarFetched) {
  EXPECT_EQ(NearestName("hiden_size", {"layers", "hidden_size"}), "hidden_size");
  EXPECT_EQ(NearestName("mode", {"model", "node"}), "model") << "the first of equals";
  EXPECT_EQ(NearestName("banana", {"layers", "hidden_size"}), "");
  EXPECT_EQ(NearestName("x", {}), "");
}

}  // namespace
}  // namespace amooz
