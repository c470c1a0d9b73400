// The process's log: lines on standard error, by spdlog. Call once from main; libraries just log.
#ifndef AMOOZ_CORE_BASE_LOG_H_
#define AMOOZ_CORE_BASE_LOG_H_

#include <string_view>

#include "absl/status/status.h"

namespace amooz {

// "2024-01-31T12:00:00.123Z warning text". `level` is debug, info, warning or error:
// INVALID_ARGUMENT for another word.
absl::Status SetUpLog(std::string_view level);

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_LOG_H_
