// The one thing that we read of a shared library without loading it.
#ifndef AMOOZ_SDK_HOST_ELF_H_
#define AMOOZ_SDK_HOST_ELF_H_

#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/status.h"

namespace amooz::host {

// The DT_NEEDED names of a 64-bit little-endian ELF image, in file order. FAILED_PRECONDITION if
// `image` is not such a shared library, or is damaged. Bounds-checked: any bytes may be given.
Result<std::vector<std::string>> ElfNeeded(std::string_view image);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_ELF_H_
