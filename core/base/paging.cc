#include "core/base/paging.h"

#include "absl/strings/numbers.h"
#include "core/base/str_cat.h"

namespace amooz {
namespace {

constexpr std::uint32_t kMaxPageSize = 1000;
constexpr char kPrefix[] = "before:";

}  // namespace

absl::StatusOr<Page> ParsePage(std::uint32_t page_size, std::string_view page_token) {
  Page page;
  if (page_size > kMaxPageSize) {
    return absl::InvalidArgumentError(
        StrCat("page_size is ", page_size,
               " but must be 1 to 1000, or 0 for 50; ask for further pages with page_token"));
  }
  if (page_size != 0) page.limit = page_size;
  if (page_token.empty()) return page;
  std::string digits(page_token);
  const bool is_ours = digits.rfind(kPrefix, 0) == 0;
  if (is_ours) digits.erase(0, sizeof kPrefix - 1);
  // Writing it again refuses other spellings of the number.
  if (!is_ours || !absl::SimpleAtoi(digits, &page.before) || page.before < 1 ||
      PageToken(page.before) != page_token) {
    return absl::InvalidArgumentError(
        "page_token is none of this server's; pass next_page_token of the reply before, or leave "
        "it empty for the first page");
  }
  return page;
}

std::string PageToken(std::int64_t before) {
  return before == 0 ? std::string() : StrCat(kPrefix, before);
}

std::string NextPageToken(const Page& page, std::size_t rows, std::int64_t last_id) {
  const bool has_more = rows > 0 && static_cast<std::int64_t>(rows) == page.limit && last_id > 1;
  return PageToken(has_more ? last_id : 0);
}

}  // namespace amooz
