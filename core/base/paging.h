// Lists in pages, newest first: page_size and page_token as every service has them.
#ifndef AMOOZ_CORE_BASE_PAGING_H_
#define AMOOZ_CORE_BASE_PAGING_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace amooz {

struct Page {
  std::int64_t before = 0;  // rows with a smaller id; 0 = from the newest
  std::int64_t limit = 50;
};

// page_size is 1 to 1000, or 0 for 50; page_token is what PageToken gave, or "" for the first page.
// Anything else is INVALID_ARGUMENT that names the field and the remedy.
absl::StatusOr<Page> ParsePage(std::uint32_t page_size, std::string_view page_token);

// The token of the page that goes on before this id; "" for 0: there is none.
std::string PageToken(std::int64_t before);
// Of a page that came back with `rows` rows, the last of them with the id `last_id`.
std::string NextPageToken(const Page& page, std::size_t rows, std::int64_t last_id);

}  // namespace amooz

#endif  // AMOOZ_CORE_BASE_PAGING_H_
