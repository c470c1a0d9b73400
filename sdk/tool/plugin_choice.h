// Which plugin a command works on, and how.
#ifndef AMOOZ_SDK_TOOL_PLUGIN_CHOICE_H_
#define AMOOZ_SDK_TOOL_PLUGIN_CHOICE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::tool {

struct PluginChoice {
  std::string file;                   // a path, or a name in the installed plugin directory
  std::string name;                   // which plugin of the file; "" the only one of its kind
  std::string config = "{}";          // a JSON object, or @FILE
  std::string placement = "process";  // or in_process
  std::int32_t threads = 0;
};

// The text of PluginChoice::config: itself, or that of the file that it names. INVALID_ARGUMENT if
// that is no JSON object.
Result<std::string> ConfigText(const std::string& config);
// "heuristic_scorer" is lib/amooz/plugins/heuristic_scorer.so beside this program's bin/; what has
// a '/' or ends in ".so" is a path. NOT_FOUND if there is no such file.
Result<std::string> FindPlugin(const std::string& file);
// Opens it; what it prints and logs outside calls goes to standard error. `stop` ends its loading
// and creation too.
Result<std::unique_ptr<host::Plugin>> Open(const PluginChoice& choice, host::Kind kind,
                                           const std::shared_ptr<host::StopToken>& stop);

struct OpenedModel {
  std::unique_ptr<host::Plugin> plugin;  // outlives the model
  std::unique_ptr<host::LoadedModel> model;
};
// The runtime, and the artifact in folder `dir` loaded into it on the CPU. NOT_FOUND if there is no
// such folder.
Result<OpenedModel> OpenModel(const PluginChoice& choice, const std::string& dir,
                              const host::CallOptions& call);

}  // namespace amooz::tool

#endif  // AMOOZ_SDK_TOOL_PLUGIN_CHOICE_H_
