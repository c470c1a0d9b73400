// The plugin: reads the train examples once, then offers candidates until enough were kept.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "amooz/sdk/plugin.hpp"
#include "candidates.h"
#include "config_schema.h"

namespace amooz::pattern_variation {
namespace {

std::string Meta(const Candidate& candidate) {
  std::string json = R"({"pattern":")";
  json.append(FamilyName(candidate.family)).append(R"(","slot":")");
  json.append(candidate.slot).append(R"("})");
  return json;
}

class PatternVariation {
 public:
  static constexpr sdk::Info kInfo{
      .name = "pattern_variation",
      .version = "1.0.0",
      .vendor = "Amooz",
      .license = "Apache-2.0",
      .config_schema = kConfigSchema,
      .caps = AMOOZ_CAP_CONCURRENT | AMOOZ_CAP_DETERMINISTIC,
      .max_concurrency = 256,
  };

  explicit PatternVariation(const sdk::Config& config)
      : max_per_family_(config.I64("/max_per_family")) {
    settings_.languages.clear();
    for (const std::string& language : config.Strings("/languages")) {
      settings_.languages.push_back(language == "fa" ? Language::kPersian : Language::kEnglish);
    }
    settings_.families.clear();
    for (const std::string& name : config.Strings("/families")) {
      for (const Family family : kFamilies) {
        if (FamilyName(family) == name) settings_.families.push_back(family);
      }
    }
  }

  void Generate(std::uint64_t count, std::uint64_t seed, const sdk::Call& call) const {
    Candidates candidates(&settings_);
    call.ForEachExample(AMOOZ_SPLIT_TRAIN, [&](std::int64_t index, const sdk::Example& example) {
      call.StopPoint();
      candidates.Add(index, example.instruction(), example.response());
    });

    std::array<std::int64_t, kFamilies.size()> kept_of{};
    std::uint64_t kept = 0;
    for (const Candidate& candidate : candidates.InOrder(seed)) {
      if (kept == count) return;
      call.StopPoint();
      std::int64_t& kept_of_family = kept_of[static_cast<std::size_t>(candidate.family)];
      if (kept_of_family == max_per_family_) continue;
      switch (call.EmitVariation(candidate.pair.instruction, candidate.pair.response,
                                 candidate.source_index, Meta(candidate))) {
        case sdk::Call::Emitted::kKept:
          ++kept;
          ++kept_of_family;
          call.Progress(kept, count);
          break;
        case sdk::Call::Emitted::kExists:
          break;
        case sdk::Call::Emitted::kStop:
          return;
      }
    }
  }

 private:
  Settings settings_;
  std::int64_t max_per_family_;
};

}  // namespace
}  // namespace amooz::pattern_variation

AMOOZ_PLUGINS(amooz::sdk::Variation<amooz::pattern_variation::PatternVariation>)
