#include "core/server/version.h"

namespace amooz::server {

const char kVersion[] = AMOOZ_VERSION;

}  // namespace amooz::server
