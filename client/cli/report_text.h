// A cycle's report as text.
#ifndef AMOOZ_CLIENT_CLI_REPORT_TEXT_H_
#define AMOOZ_CLIENT_CLI_REPORT_TEXT_H_

#include <string>

#include "amooz/v1/cycle.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

// The Enhancement Summary, then what lies behind it: the gate, chats by outcome and issue, scores,
// splits, training, stage times, variations.
std::string ReportText(const v1::CycleReport& report, const Style& style);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_REPORT_TEXT_H_
