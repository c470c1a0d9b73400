// A scorer for Amooz: replies that say one of the words get 1, others 0.
#include <amooz/sdk/plugin.hpp>

namespace sdk = amooz::sdk;

struct Polite {
  static constexpr sdk::Info kInfo{.name = "polite",
                                   .version = "1.0.0",
                                   .vendor = "you",
                                   .license = "Apache-2.0",
                                   .config_schema = R"({"type": "object", "properties": {
        "words": {"type": "array", "items": {"type": "string"}, "minItems": 1,
                  "default": ["please", "thank", "لطفا", "ممنون"],
                  "description": "A reply with one of these is polite."}}})",
                                   .caps = AMOOZ_CAP_DETERMINISTIC | AMOOZ_CAP_BATCH_INVARIANT};

  explicit Polite(const sdk::Config& config) : words(config.Strings("/words")) {}

  double Score(const sdk::Example& example, const sdk::Item& item) const {
    for (const std::string& word : words) {
      if (example.response().find(word) == std::string_view::npos) continue;
      item.Annotate("points", "1");
      item.Annotate("of", "1");
      return 1;
    }
    item.Annotate("points", "0");
    item.Annotate("of", "1");
    item.Annotate("issues", "impolite");
    return 0;
  }

  std::vector<std::string> words;
};

AMOOZ_PLUGINS(sdk::Scorer<Polite>)
