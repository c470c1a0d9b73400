// A cycle in a table's row and on a page of its own.
#ifndef AMOOZ_CLIENT_CLI_CYCLE_TEXT_H_
#define AMOOZ_CLIENT_CLI_CYCLE_TEXT_H_

#include <string>
#include <vector>

#include "amooz/v1/cycle.pb.h"
#include "client/cli/terminal.h"

namespace amooz::client {

// Number, state, promoted, held-out bits per byte, why, size, growth, started, chats, took.
std::vector<std::string> CycleRow(const v1::Cycle& cycle);
// When, from what, to what; then the summary.
std::string CycleText(const v1::Cycle& cycle, const Style& style);
// How long it took; "" while it runs.
std::string TookText(const v1::Cycle& cycle);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_CYCLE_TEXT_H_
