#include "plugins/torch/safetensors.h"

#include <gtest/gtest.h>

#include "amooz/sdk/plugin.hpp"
#include "plugins/torch/random.h"

namespace amooz::llama {
namespace {

std::string File() {
  static const std::vector<float> kA = {1, 2, 3, 4, 5, 6}, kB = {7};
  return SafetensorsHeader({{"a", {2, 3}, kA}, {"b", {1}, kB}}, {{"format", "pt"}}) +
         std::string(BytesOf(kA)) + std::string(BytesOf(kB));
}

TEST(Safetensors, ReadsBackWhatWasWritten) {
  const SafetensorsFile file(File(), "m");
  std::vector<float> a(6), b(1);
  file.Copy("a", {2, 3}, a);
  file.Copy("b", {1}, b);
  EXPECT_EQ(a, (std::vector<float>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(b, std::vector<float>{7});
  EXPECT_EQ(file.metadata().at("format"), "pt");
  EXPECT_EQ(file.tensor_count(), 2u);
}

TEST(Safetensors, AlignsTheTensors) {
  EXPECT_EQ(SafetensorsHeader({}, {{"x", "yz"}}).size() % 8, 0u);
}

TEST(Safetensors, RefusesAnotherShape) {
  const SafetensorsFile file(File(), "m");
  std::vector<float> a(6), c(4);
  EXPECT_THROW(file.Copy("a", {3, 2}, a), sdk::Error);
  EXPECT_THROW(file.Copy("b", {4}, c), sdk::Error);
  EXPECT_THROW(file.Copy("missing", {1}, c), sdk::Error);
}

TEST(Safetensors, RefusesBytesAfterTheLastTensor) {
  EXPECT_THROW(SafetensorsFile(File() + "x", "m"), sdk::Error);
}

// Every file cut short and many with a byte changed: an error that names the file, or a good read.
TEST(Safetensors, NeverReadsOutsideADamagedFile) {
  const std::string good = File();
  const CounterRandom random(3, Stream::kSample);
  std::vector<float> a(6);
  const auto read = [&a](std::string bytes) {
    try {
      SafetensorsFile(std::move(bytes), "/m/model.safetensors").Copy("a", {2, 3}, a);
    } catch (const sdk::Error& e) {
      EXPECT_EQ(e.code(), AMOOZ_DATA_LOSS);
      EXPECT_NE(std::string(e.what()).find("/m/model.safetensors"), std::string::npos);
    }
  };
  for (std::size_t n = 0; n < good.size(); ++n) read(good.substr(0, n));
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    std::string bad = good;
    bad[random.Below(2 * i, bad.size())] = static_cast<char>(random.Bits(2 * i + 1));
    read(std::move(bad));
  }
}

}  // namespace
}  // namespace amooz::llama
