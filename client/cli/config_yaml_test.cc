#include "client/cli/config_yaml.h"

#include <gtest/gtest.h>

namespace amooz::client {
namespace {

TEST(ConfigYaml, IsTheFormOfTheConfigFile) {
  v1::GetConfigResponse reply;
  reply.set_source("amooz.yaml");
  v1::Config& config = *reply.mutable_config();
  config.set_data_dir("/var/lib/amooz");
  config.mutable_cycle()->mutable_enhancement_interval()->set_seconds(3600);
  config.mutable_cycle()->set_held_out_share(0.05);
  v1::PluginUse& scorer = *config.mutable_scoring()->add_scorers();
  scorer.set_plugin("heuristic_scorer");
  (*scorer.mutable_config()->mutable_fields())["mode"].set_string_value("unicode");
  const std::string yaml = ConfigYaml(reply);
  EXPECT_EQ(yaml.rfind("# from amooz.yaml\ndata_dir: \"/var/lib/amooz\"\n", 0), 0u) << yaml;
  EXPECT_NE(yaml.find("cycle:\n  min_chats_for_learning: 0\n  enhancement_interval: \"3600s\"\n"),
            std::string::npos)
      << yaml;
  EXPECT_NE(
      yaml.find("scoring:\n  scorers:\n    - plugin: \"heuristic_scorer\"\n      weight: 0.0\n"
                "      placement: \"\"\n      config:\n        mode: \"unicode\"\n"),
      std::string::npos)
      << yaml;
}

}  // namespace
}  // namespace amooz::client
