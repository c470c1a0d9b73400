// A cycle's report as one HTML page: self-contained (no network, no script), light and dark,
// readable on paper. Texts of chats are escaped and find their own direction (dir="auto").
#ifndef AMOOZ_CLIENT_CLI_REPORT_HTML_H_
#define AMOOZ_CLIENT_CLI_REPORT_HTML_H_

#include <string>

#include "amooz/v1/cycle.pb.h"

namespace amooz::client {

std::string ReportHtml(const v1::CycleReport& report);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_REPORT_HTML_H_
