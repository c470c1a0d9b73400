// What `amooz doctor` found, and how it is shown.
#ifndef AMOOZ_CLIENT_CLI_FINDING_H_
#define AMOOZ_CLIENT_CLI_FINDING_H_

#include <string>
#include <vector>

#include "client/cli/terminal.h"

namespace amooz::client {

enum class Health {
  kGood,
  kNote,   // as somebody may want it, but worth knowing
  kWrong,  // does not work, or soon will not
};

struct Finding {
  Health health = Health::kGood;
  std::string subject;  // "chat service"
  std::string text;     // what is so
  std::string remedy;   // what to do about it; empty if good
};
using Findings = std::vector<Finding>;

Finding Good(std::string subject, std::string text);
Finding Note(std::string subject, std::string text, std::string remedy);
Finding Wrong(std::string subject, std::string text, std::string remedy);

bool IsAnythingWrong(const Findings& findings);

// A line or more for each, then how many are wrong. Lines are broken at max_columns (0: never).
std::string FindingsText(const Findings& findings, int max_columns, const Style& style);
// {"healthy": false, "findings": [{"health": "wrong", "subject", "text", "remedy"}]}
std::string FindingsJson(const Findings& findings);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_CLI_FINDING_H_
