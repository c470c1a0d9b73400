// How this plugin says what went wrong: sdk::Error with the code, the file or field, and the
// remedy.
#ifndef AMOOZ_PLUGINS_TORCH_FAILURE_H_
#define AMOOZ_PLUGINS_TORCH_FAILURE_H_

#include <functional>
#include <string>

#include "amooz/sdk/plugin.hpp"

namespace amooz::llama {

[[noreturn]] inline void Fail(std::int32_t code, const std::string& message) {
  throw sdk::Error(code, message);
}
// A file of an artifact or checkpoint is missing or damaged.
[[noreturn]] inline void FailDamaged(const std::string& path, const std::string& what) {
  Fail(AMOOZ_DATA_LOSS, path + ": " + what + "; fetch or train the model again");
}

// Called now and then by what takes long; throws CANCELLED if the call is to end.
using StopPoint = std::function<void()>;
inline void GoOn() {}  // for callers that never stop

}  // namespace amooz::llama

#endif  // AMOOZ_PLUGINS_TORCH_FAILURE_H_
