// This program's version, from the top CMakeLists.txt.
#ifndef AMOOZ_CORE_SERVER_VERSION_H_
#define AMOOZ_CORE_SERVER_VERSION_H_

namespace amooz::server {

extern const char kVersion[];  // "0.1.0"

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_VERSION_H_
