// Checks of what a request says, at the edge and once. Every message names the field and the
// remedy.
#ifndef AMOOZ_CORE_SERVER_VALIDATE_H_
#define AMOOZ_CORE_SERVER_VALIDATE_H_

#include <cstdint>
#include <string_view>

#include "absl/status/status.h"

namespace amooz::server {

// INVALID_ARGUMENT "<field> is empty; <remedy>".
absl::Status CheckNotEmpty(std::string_view field, std::string_view value, std::string_view remedy);
// Ids begin at 1.
absl::Status CheckId(std::string_view field, std::int64_t id, std::string_view remedy);

// A count as the protocol has it, in 32 bits; larger ones stay at the largest.
std::uint32_t ToCount(std::int64_t n);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_VALIDATE_H_
