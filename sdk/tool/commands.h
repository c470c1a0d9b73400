// The tool's commands. Each prints its result to standard output and returns why it failed.
#ifndef AMOOZ_SDK_TOOL_COMMANDS_H_
#define AMOOZ_SDK_TOOL_COMMANDS_H_

#include <cstdint>
#include <string>

#include "sdk/base/status.h"
#include "sdk/host/plugin.h"
#include "sdk/tool/plugin_choice.h"

namespace amooz::tool {

struct DescribeOptions {
  std::string file;
  bool json = false;
};
Status RunDescribe(const DescribeOptions& options);

struct ScoreOptions {
  PluginChoice plugin;
  std::string in;
  bool json = false;
};
Status RunScore(const ScoreOptions& options);

struct VaryOptions {
  PluginChoice plugin;
  std::string in;
  std::uint64_t count = 9;
  std::uint64_t seed = 1;
};
Status RunVary(const VaryOptions& options);

struct TrainOptions {
  PluginChoice plugin;
  std::string in, validation, out, base;
  std::string checkpoint;  // "": <out>.checkpoint, removed on success
  std::uint64_t seed = 1;
  double max_seconds = 0;
  bool json = false;
};
Status RunTrain(const TrainOptions& options);

struct GenerateOptions {
  PluginChoice plugin;
  std::string model;
  std::string context;  // JSON, or ""
  host::GenerateRequest request;
  bool json = false;
};
Status RunGenerate(const GenerateOptions& options);

struct EvaluateOptions {
  PluginChoice plugin;
  std::string model, in;
  bool json = false;
};
Status RunEvaluate(const EvaluateOptions& options);

}  // namespace amooz::tool

#endif  // AMOOZ_SDK_TOOL_COMMANDS_H_
