#include "core/server/validate.h"

#include <algorithm>
#include <limits>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace amooz::server {
namespace {

constexpr std::int64_t kDefaultPageSize = 50;
constexpr std::int64_t kMaxPageSize = 1000;
constexpr char kPrefix[] = "before:";

}  // namespace

absl::Status CheckNotEmpty(std::string_view field, std::string_view value,
                           std::string_view remedy) {
  if (!value.empty()) return absl::OkStatus();
  return absl::InvalidArgumentError(std::string(field) + " is empty; " + std::string(remedy));
}

absl::Status CheckId(std::string_view field, std::int64_t id, std::string_view remedy) {
  if (id >= 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(std::string(field), " is ", id,
                                                 " but must be 1 or more; ", std::string(remedy)));
}

absl::StatusOr<std::int64_t> PageSize(std::uint32_t page_size) {
  if (page_size == 0) return kDefaultPageSize;
  if (page_size <= kMaxPageSize) return page_size;
  return absl::InvalidArgumentError(absl::StrCat("page_size is ", page_size,
                                                 " but must be 1 to 1000, or 0 for 50; "
                                                 "ask for further pages with page_token"));
}

absl::StatusOr<std::int64_t> ParsePageToken(std::string_view token) {
  if (token.empty()) return 0;
  std::int64_t before = 0;
  std::string digits(token);
  const bool is_ours = digits.rfind(kPrefix, 0) == 0;
  if (is_ours) digits.erase(0, sizeof kPrefix - 1);
  // Writing it again refuses other spellings of the number.
  if (!is_ours || !absl::SimpleAtoi(digits, &before) || before < 1 || PageToken(before) != token) {
    return absl::InvalidArgumentError(
        "page_token is none of this server's; pass next_page_token of the reply before, or leave "
        "it empty for the first page");
  }
  return before;
}

std::string PageToken(std::int64_t before) {
  return before == 0 ? std::string() : absl::StrCat(kPrefix, before);
}

std::uint32_t ToCount(std::int64_t n) {
  constexpr std::int64_t kMax = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(n, 0, kMax));
}

}  // namespace amooz::server
