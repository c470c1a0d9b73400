// Plugins of all four kinds in a child process.
#ifndef AMOOZ_SDK_HOST_HOSTED_H_
#define AMOOZ_SDK_HOST_HOSTED_H_

#include <memory>

#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// options.path is absolute. Starting, loading and creating may take 30 s in all.
Result<std::unique_ptr<Plugin>> OpenHosted(const OpenOptions& options);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_HOSTED_H_
