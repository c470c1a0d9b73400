// For tests of plugin.h: the fixture plugins of tests/fixtures, which lie beside the tests.
#ifndef AMOOZ_SDK_HOST_PLUGIN_TESTING_H_
#define AMOOZ_SDK_HOST_PLUGIN_TESTING_H_

#include <gtest/gtest.h>
#include <stdlib.h>

#include <memory>
#include <string>
#include <utility>

#include "amooz/sdk/abi.h"
#include "sdk/base/files.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

inline std::string FixturePath(const std::string& name) {
  return JoinPath(ExecutableDir(), "../plugins/" + name + ".so");
}

inline Result<std::unique_ptr<Plugin>> Open(const std::string& fixture, Kind kind,
                                            Placement placement, const std::string& config = "{}") {
  OpenOptions options;
  options.path = FixturePath(fixture);
  options.kind = kind;
  options.config_json = config;
  options.placement = placement;
  return OpenPlugin(options);
}

inline std::unique_ptr<Plugin> MustOpen(const std::string& fixture, Kind kind, Placement placement,
                                        const std::string& config = "{}") {
  auto plugin = Open(fixture, kind, placement, config);
  EXPECT_TRUE(plugin.ok()) << plugin.status().ToString();
  return plugin.ok() ? *std::move(plugin) : nullptr;
}

inline Example Pair1(const std::string& instruction, const std::string& response) {
  Example example;
  example.instruction = instruction;
  example.response = response;
  example.split = AMOOZ_SPLIT_TRAIN;
  return example;
}

inline std::string NewDir() {
  std::string path = testing::TempDir() + "amooz-host-test-XXXXXX";
  EXPECT_NE(::mkdtemp(path.data()), nullptr);
  return path;
}

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_PLUGIN_TESTING_H_
