#include "core/server/validate.h"

#include <algorithm>
#include <limits>

#include "core/base/str_cat.h"

namespace amooz::server {

absl::Status CheckNotEmpty(std::string_view field, std::string_view value,
                           std::string_view remedy) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(field, " is empty; ", remedy));
}

absl::Status CheckId(std::string_view field, std::int64_t id, std::string_view remedy) {
  if (id >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(StrCat(field, " is ", id, " but must be 1 or more; ", remedy));
}

std::uint32_t ToCount(std::int64_t n) {
  constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(n, 0, kMax));
}

}  // namespace amooz::server
