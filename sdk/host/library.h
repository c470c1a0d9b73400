// Loading a plugin's shared library into this process, once and for good.
#ifndef AMOOZ_SDK_HOST_LIBRARY_H_
#define AMOOZ_SDK_HOST_LIBRARY_H_

#include <string>
#include <vector>

#include "amooz/sdk/abi.h"
#include "sdk/base/status.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

struct Library {
  std::vector<Descriptor> descriptors;    // complete
  const amooz_plugin_set* set = nullptr;  // same order; lives as long as the process
};

// Loads `path` (absolute) with RTLD_NOW | RTLD_LOCAL. The file is hashed right before; a file of
// the same bytes that this process has loaded before is not loaded again. Never unloaded.
// Thread-safe; one load at a time.
//   NOT_FOUND            no such file
//   INVALID_ARGUMENT     a relative path
//   FAILED_PRECONDITION  expected_sha256 is not "" and not the file's; or not a plugin of ABI 1
Result<const Library*> LoadLibrary(const std::string& path, const std::string& expected_sha256);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_LIBRARY_H_
