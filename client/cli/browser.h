// Shows a page in the desktop's browser.
#ifndef AMOOZ_CLIENT_CLI_BROWSER_H_
#define AMOOZ_CLIENT_CLI_BROWSER_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace amooz::client {

// A path of that name in a new folder of the person's own, for a page that is only looked at. The
// browser may read it long after this program has ended, so nobody deletes it but the system.
absl::StatusOr<std::string> PathForBrowser(const std::string& name);

// Through xdg-open, which is not waited for longer than it takes to say that it failed.
// FAILED_PRECONDITION if there is no desktop or no xdg-open here: says where the page is and how it
// can be read.
absl::Status OpenInBrowser(const std::string& path);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_BROWSER_H_
