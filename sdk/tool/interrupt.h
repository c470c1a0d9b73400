// Control-C stops the plugin's call instead of leaving half of its work behind.
#ifndef AMOOZ_SDK_TOOL_INTERRUPT_H_
#define AMOOZ_SDK_TOOL_INTERRUPT_H_

#include <memory>

#include "sdk/host/plugin.h"

namespace amooz::tool {

// A token that SIGINT and SIGTERM stop. A second signal ends the process as usual.
std::shared_ptr<host::StopToken> StopOnInterrupt();

}  // namespace amooz::tool

#endif  // AMOOZ_SDK_TOOL_INTERRUPT_H_
