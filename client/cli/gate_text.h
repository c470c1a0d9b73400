// What the gate measured, in one or a few lines.
#ifndef AMOOZ_CLIENT_CLI_GATE_TEXT_H_
#define AMOOZ_CLIENT_CLI_GATE_TEXT_H_

#include <string>

#include "amooz/v1/cycle.pb.h"

namespace amooz::client {

std::string GateText(const v1::GateResult& gate);
// "too_few_held_out" as a sentence for people; the word itself if this client does not know it.
std::string GateReason(const std::string& reason);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_GATE_TEXT_H_
