// What was decided about a chat, as a sentence for people.
#ifndef AMOOZ_CORE_SERVER_EXPLANATION_H_
#define AMOOZ_CORE_SERVER_EXPLANATION_H_

#include <string>

#include "core/base/domain.h"
#include "core/store/store.h"

namespace amooz::server {

// "Accepted with 6 of 7 points (5 needed); it became example 12 (train)."
std::string ExplainDecision(const Decision& decision, const ChatExplanation& explanation);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_EXPLANATION_H_
