// Loads one model into a runtime plugin's own child process.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_RUNTIME_LOADER_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_RUNTIME_LOADER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "client/chat_service/version_manager.h"
#include "sdk/base/status.h"

namespace amooz::chat {

struct RuntimeSpec {
  std::string runtime;      // a plugin's name, or the absolute path of its .so
  std::string config_json;  // "" = {}
  std::string plugins_dir;
  std::string artifact_dir;
  std::int32_t cpu_threads = 1;
};

// Opens the plugin, loads the model and has it generate one token, so that the first request finds
// it warm and a model that cannot generate is never switched to.
Result<std::unique_ptr<ServableModel>> LoadIntoRuntime(
    const RuntimeSpec& spec, const std::shared_ptr<host::StopToken>& stop);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_RUNTIME_LOADER_H_
