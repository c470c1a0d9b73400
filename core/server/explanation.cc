#include "core/server/explanation.h"

#include "absl/strings/str_replace.h"
#include "core/base/str_cat.h"

namespace amooz::server {
namespace {

std::string Points(const Decision& decision) {
  return StrCat(decision.points, " of ", decision.of, " points (", decision.needed, " needed)");
}

// A sentence of its own, after the verdict.
std::string Issues(const Decision& decision) {
  if (decision.issues.empty()) return "";
  return StrCat(" Issues: ", absl::StrReplaceAll(decision.issues, {{",", ", "}}), ".");
}

std::string ExplainAccepted(const Decision& decision, const ChatExplanation& explanation) {
  std::string became;
  if (decision.evicted_in.has_value()) {
    became = StrCat(", but dataset version ", *decision.evicted_in,
                    " was full (cycle.max_dataset_size) and left it out");
  } else if (explanation.example.has_value()) {
    became = StrCat("; it became example ", explanation.example->id, " (",
                    SplitName(explanation.example->split), ")");
  }
  return StrCat("Accepted with ", Points(decision), became, ".", Issues(decision));
}

}  // namespace

std::string ExplainDecision(const Decision& decision, const ChatExplanation& explanation) {
  switch (decision.outcome) {
    case Outcome::kUnread:
      return "No cycle has looked at it.";
    case Outcome::kAccepted:
      return ExplainAccepted(decision, explanation);
    case Outcome::kVetoed:
      return StrCat("Barred by a scorer: ", decision.reason, ".");
    case Outcome::kLowQuality:
      if (!decision.score.has_value()) return "No scorer gave it a score.";
      return StrCat("Only ", Points(decision), ".", Issues(decision));
    case Outcome::kDuplicateOfChat:
      return StrCat("Repeats the chat ",
                    explanation.duplicate_of_chat.has_value()
                        ? ToString(*explanation.duplicate_of_chat)
                        : std::string("that came before it"),
                    " of the same cycle: the same instruction, and the same beginning of the "
                    "response.");
    case Outcome::kDuplicateOfExample:
      return StrCat("The dataset has it already",
                    decision.duplicate_of_example.has_value()
                        ? StrCat(", as example ", *decision.duplicate_of_example)
                        : std::string(),
                    ": the same instruction, and the same beginning of the response.");
  }
  return "";
}

}  // namespace amooz::server
