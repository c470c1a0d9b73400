// Scorers and variation generators in this process. Fast, and no isolation at all: a plugin that
// crashes takes the process along.
#ifndef AMOOZ_SDK_HOST_IN_PROCESS_H_
#define AMOOZ_SDK_HOST_IN_PROCESS_H_

#include <memory>

#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// options.path is absolute and options.kind a scorer or variation generator.
Result<std::unique_ptr<Plugin>> OpenInProcess(const OpenOptions& options);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_IN_PROCESS_H_
