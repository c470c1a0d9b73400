// The plugin: reads its configuration into Settings and says each Verdict to the host.
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "amooz/sdk/plugin.hpp"
#include "amooz/sdk/text/text.h"
#include "config_schema.h"
#include "rule.h"

namespace amooz::heuristic_scorer {
namespace {

constexpr std::size_t kItemsBetweenStopPoints = 256;

[[noreturn]] void Refuse(const std::string& what) {
  throw sdk::Error(AMOOZ_INVALID_ARGUMENT, "config of heuristic_scorer: " + what);
}

std::vector<char32_t> ReadEndings(const sdk::Config& config, const std::string& key) {
  std::vector<char32_t> endings;
  for (const std::string& ending : config.Strings("/" + key)) {
    if (text::CountCodePoints(ending) != 1) {
      Refuse(key + ": each ending is one character, got \"" + ending + "\"");
    }
    endings.push_back(text::LastCodePoint(ending));
  }
  return endings;
}

// A phrase is compared byte for byte in classic mode, and as NormalizeForPhrases writes it in
// unicode mode.
std::vector<std::string> ReadPhrases(const sdk::Config& config, const std::string& key, Mode mode) {
  std::vector<std::string> phrases = config.Strings("/" + key);
  for (const std::string& phrase : phrases) {
    if (phrase.empty()) Refuse(key + ": a phrase is empty; every reply would contain it");
    if (mode == Mode::kUnicode && text::Strip(text::NormalizeForPhrases(phrase)).empty()) {
      Refuse(key + ": nothing of the phrase \"" + phrase +
             "\" is left in unicode mode, which ignores diacritics, ZWNJ and white space; every "
             "reply would contain it");
    }
  }
  return phrases;
}

Settings ReadSettings(const sdk::Config& config) {
  Settings settings;
  const bool is_classic = config.Str("/mode") == "classic";
  settings.mode = is_classic ? Mode::kClassic : Mode::kUnicode;
  settings.too_short_below = config.I64("/too_short_below");
  settings.good_length_min = config.I64("/good_length_min");
  settings.good_length_max = config.I64("/good_length_max");
  settings.too_long_above = config.I64("/too_long_above");
  settings.repetitive_from_percent = config.I64("/repetitive_from_percent");
  // Both modes are read, so that a mistake is told before the mode is switched to it.
  const auto classic_endings = ReadEndings(config, "classic_endings");
  const auto unicode_endings = ReadEndings(config, "unicode_endings");
  const auto classic_phrases = ReadPhrases(config, "classic_phrases", Mode::kClassic);
  const auto unicode_phrases = ReadPhrases(config, "unicode_phrases", Mode::kUnicode);
  settings.endings = is_classic ? classic_endings : unicode_endings;
  settings.phrases = is_classic ? classic_phrases : unicode_phrases;
  settings.length_points = config.I64("/length_points");
  settings.variety_points = config.I64("/variety_points");
  settings.ending_points = config.I64("/ending_points");
  settings.phrase_points = config.I64("/phrase_points");
  settings.shared_word_points = config.I64("/shared_word_points");
  if (settings.MaxPoints() == 0) Refuse("all points are 0; give at least one of them a point");
  if (settings.good_length_min > settings.good_length_max) {
    Refuse("good_length_min is above good_length_max; no reply could have that length");
  }
  return settings;
}

// The comma list for people: what is wrong with the reply. In classic mode the original's words
// alone.
std::string Issues(const Verdict& verdict, Mode mode) {
  std::string issues;
  const auto add = [&issues](bool is_so, std::string_view word) {
    if (is_so) issues.append(issues.empty() ? "" : ",").append(word);
  };
  add(verdict.is_too_short, "too_short");
  add(verdict.is_too_long, "too_long");
  add(verdict.is_repetitive, "repetitive");
  if (mode == Mode::kUnicode) {
    add(!verdict.has_ending, "no_ending");
    add(!verdict.shares_word, "no_shared_word");
  }
  return issues;
}

class HeuristicScorer {
 public:
  static constexpr sdk::Info kInfo{
      .name = "heuristic_scorer",
      .version = "1.0.0",
      .vendor = "Amooz",
      .license = "Apache-2.0",
      .config_schema = kConfigSchema,
      .caps = AMOOZ_CAP_CONCURRENT | AMOOZ_CAP_DETERMINISTIC | AMOOZ_CAP_BATCH_INVARIANT,
      .max_concurrency = 256,
  };

  explicit HeuristicScorer(const sdk::Config& config)
      : rule_(ReadSettings(config)), of_(std::to_string(rule_.settings().MaxPoints())) {}

  void Score(std::span<const sdk::Example> items, std::span<double> scores,
             const sdk::Call& call) const {
    Scratch scratch;
    for (std::size_t i = 0; i < items.size(); ++i) {
      if (i % kItemsBetweenStopPoints == 0) call.StopPoint();
      const Verdict verdict = rule_.Judge(items[i].instruction(), items[i].response(), &scratch);
      scores[i] =
          static_cast<double>(verdict.points) / static_cast<double>(rule_.settings().MaxPoints());
      Tell(sdk::Item(&call, static_cast<std::int64_t>(i)), verdict);
    }
  }

 private:
  void Tell(const sdk::Item& item, const Verdict& verdict) const {
    item.Annotate("points", std::to_string(verdict.points));
    item.Annotate("of", of_);
    if (const std::string issues = Issues(verdict, rule_.settings().mode); !issues.empty()) {
      item.Annotate("issues", issues);
    }
    if (verdict.is_too_short) item.Veto("too_short");
  }

  Rule rule_;
  std::string of_;
};

}  // namespace
}  // namespace amooz::heuristic_scorer

AMOOZ_PLUGINS(amooz::sdk::Scorer<amooz::heuristic_scorer::HeuristicScorer>)
