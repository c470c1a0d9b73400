// The Enhancement Summary: what a cycle did, in lines for people.
#ifndef AMOOZ_CLIENT_CLI_SUMMARY_TEXT_H_
#define AMOOZ_CLIENT_CLI_SUMMARY_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "amooz/v1/cycle.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

// ("Original size", "320 examples") and so on, in the order that they are read in. The reasons in
// them are the server's words, made printable.
std::vector<std::pair<std::string, std::string>> SummaryLines(const v1::CycleSummary& summary);

// With its heading. A cycle that failed or was cancelled has its state and error instead of
// figures; one that runs has its stage.
std::string SummaryText(const v1::Cycle& cycle, const Style& style);

// "1.884 → 1.847 (−2.0 %) on 60 examples, 5,432 bytes"; says so where nothing was measured.
std::string HeldOutText(const v1::CycleSummary& summary);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_SUMMARY_TEXT_H_
