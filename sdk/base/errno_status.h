// errno as a Status.
#ifndef AMOOZ_SDK_BASE_ERRNO_STATUS_H_
#define AMOOZ_SDK_BASE_ERRNO_STATUS_H_

#include <cerrno>
#include <string>

#include "sdk/base/status.h"

namespace amooz {

// "<what>: <errno's text>" with the code that callers act on: NOT_FOUND, PERMISSION_DENIED,
// ALREADY_EXISTS, RESOURCE_EXHAUSTED (disk, memory or descriptors are used up), else INTERNAL.
Status ErrnoStatus(const std::string& what, int error = errno);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_ERRNO_STATUS_H_
