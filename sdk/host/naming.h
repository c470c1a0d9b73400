// Where a failure happened, in front of what happened.
#ifndef AMOOZ_SDK_HOST_NAMING_H_
#define AMOOZ_SDK_HOST_NAMING_H_

#include <string>

#include "sdk/base/status.h"

namespace amooz::host {

// "plugin 'torch': <message>"; an OK status stays.
Status OfPlugin(const std::string& name, const Status& status);
// "<path>: <message>"; an OK status stays.
Status AtPath(const std::string& path, const Status& status);
// $TMPDIR, or /tmp.
std::string TemporaryDir();

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_NAMING_H_
