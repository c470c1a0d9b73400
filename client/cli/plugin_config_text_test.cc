#include "client/cli/plugin_config_text.h"

#include <gtest/gtest.h>

namespace amooz::client {
namespace {

constexpr const char* kSchema = R"({"type": "object", "properties": {
  "mode": {"type": "string", "default": "unicode", "description": "How texts are compared."},
  "model": {"type": "object", "properties": {"size": {"type": "integer", "default": 4}}}}})";

TEST(PluginConfigText, ShowsWhatIsInForceTheDefaultWhereItDiffersAndTheMeaning) {
  EXPECT_EQ(
      PluginConfigText(kSchema, R"({"mode": "classic", "model": {"size": 4}})", 0, Style(false)),
      "Config in force\n"
      "  mode\n"
      "      \"classic\"\n"
      "      default: \"unicode\"\n"
      "      How texts are compared.\n"
      "  model.size\n"
      "      4\n");
}

TEST(PluginConfigText, ShowsDefaultsWhereNothingIsConfigured) {
  EXPECT_EQ(PluginConfigText(kSchema, "", 0, Style(false)),
            "Config, by default\n"
            "  mode\n"
            "      \"unicode\"\n"
            "      How texts are compared.\n"
            "  model.size\n"
            "      4\n");
}

TEST(PluginConfigText, BreaksLongLines) {
  const std::string text = PluginConfigText(
      R"({"properties": {"a": {"default": 1, "description": "one two three four five six seven eight"}}})",
      "", 36, Style(false));
  EXPECT_NE(text.find("      one two three four five six\n      seven eight\n"), std::string::npos)
      << text;
}

TEST(PluginConfigText, APluginWithoutKeysHasNothingToShow) {
  EXPECT_EQ(PluginConfigText("", "", 0, Style(false)), "");
  EXPECT_EQ(PluginConfigText(R"({"type": "object"})", "{}", 0, Style(false)), "");
  EXPECT_EQ(PluginConfigText("nonsense", "{}", 0, Style(false)), "");
}

}  // namespace
}  // namespace amooz::client
