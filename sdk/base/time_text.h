// Times as text: RFC 3339, and what Python's datetime.isoformat() writes. Microseconds since
// 1970-01-01T00:00:00Z inside; years 1 to 9999.
#ifndef AMOOZ_SDK_BASE_TIME_TEXT_H_
#define AMOOZ_SDK_BASE_TIME_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/base/status.h"

namespace amooz {

// YYYY-MM-DD, then T, t or a space, then HH:MM:SS, a fraction of any length (digits past the sixth
// are cut off) and Z, z, +HH:MM, -HH:MM or +HH:MM:SS; without a zone it is UTC. Second 60 is the
// next minute's 0. INVALID_ARGUMENT names the form.
Result<std::int64_t> ParseTime(std::string_view text);

// "2024-01-01T00:02:47Z", with ".123456" before the Z unless that is zero.
std::string FormatTime(std::int64_t time_us);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_TIME_TEXT_H_
