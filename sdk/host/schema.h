// The JSON Schema subset of sdk/ABI.md. ValidateConfig is in plugin.h.
#ifndef AMOOZ_SDK_HOST_SCHEMA_H_
#define AMOOZ_SDK_HOST_SCHEMA_H_

#include <string_view>

#include "sdk/base/status.h"

namespace amooz::host {

// FAILED_PRECONDITION if a plugin's schema is no JSON, not of an object, uses a keyword outside
// the subset, or is malformed.
Status CheckConfigSchema(std::string_view schema_json);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_SCHEMA_H_
