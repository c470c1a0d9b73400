// Which build this is. The wire to amooz-plugin-host is private to one build: both ends compare.
#ifndef AMOOZ_SDK_HOST_BUILD_ID_H_
#define AMOOZ_SDK_HOST_BUILD_ID_H_

#include <string_view>

namespace amooz::host {

// 16 hex digits: a hash of the sources of sdk/base, sdk/host and abi.h, made by build_id.cmake.
std::string_view BuildId();

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_BUILD_ID_H_
