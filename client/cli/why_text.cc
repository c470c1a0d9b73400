#include "client/cli/why_text.h"

#include <cmath>
#include <utility>
#include <vector>

#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

std::string Points(double points) {
  return Fixed(points, std::abs(points - std::round(points)) < 1e-6 ? 0 : 2);
}

std::string Name(const v1::ChatRecord& record) {
  return StrCat(PrintableLine(record.producer()), "/", record.seq());
}

std::string Verdict(const v1::ExplainChatResponse& reply, const Style& style) {
  if (!reply.has_decision()) {
    return style.Note("Not decided yet.") + " The next cycle that collects it will read this chat.";
  }
  const v1::ChatDecision& decision = reply.decision();
  const bool is_in = decision.outcome() == v1::CHAT_OUTCOME_ACCEPTED && !reply.has_evicted_in() &&
                     !reply.example().has_evicted_in();
  std::string text = is_in ? style.Good("In.") : style.Bad("Out.");
  return text + " " + PrintableLine(decision.explanation());
}

std::string ScoreLine(const v1::ChatDecision& decision) {
  if (!decision.has_points()) return "none: every scorer abstained";
  return StrCat(Points(decision.points()), " of ", Points(decision.points_of()), " points; ",
                Points(decision.points_needed()), " are needed");
}

std::string IssueLines(const v1::ChatDecision& decision) {
  std::string text;
  for (const std::string& issue : decision.issues()) {
    const std::string_view advice = AdviceFor(issue);
    StrAppend(&text, text.empty() ? "" : "\n", PrintableLine(issue), advice.empty() ? "" : ": ",
              advice);
  }
  return text;
}

std::string MissingPoints(const v1::ChatDecision& decision) {
  const std::string digits = Points(decision.points_needed() - decision.points());
  return StrCat(digits, " more point", digits == "1" ? "" : "s",
                decision.issues().empty() ? "" : "; the issues above say where they can come from");
}

// What would have helped; "" if it is in, or nothing could have.
std::string Remedy(const v1::ExplainChatResponse& reply) {
  const v1::ChatDecision& decision = reply.decision();
  switch (decision.outcome()) {
    case v1::CHAT_OUTCOME_VETOED:
      return StrCat("nothing but mending the veto's cause",
                    AdviceFor(decision.reason()).empty() ? "" : ": ", AdviceFor(decision.reason()),
                    ". A veto bars a chat whatever its score.");
    case v1::CHAT_OUTCOME_LOW_QUALITY:
      if (!decision.has_points()) return "a scorer that has an opinion on such chats";
      return MissingPoints(decision);
    case v1::CHAT_OUTCOME_DUPLICATE_OF_CHAT:
    case v1::CHAT_OUTCOME_DUPLICATE_OF_EXAMPLE:
      return "another instruction, or a reply that begins otherwise";
    default:
      break;
  }
  if (reply.has_evicted_in()) return "a larger cycle.max_dataset_size, or a higher score";
  return "";
}

std::string ExampleLine(const v1::Example& example) {
  std::string text = StrCat(example.id(), ", ", EnumWord(example.split()));
  if (!example.exclusion_reason().empty()) {
    StrAppend(&text, " (", PrintableLine(example.exclusion_reason()), ")");
  }
  StrAppend(&text, ", since version ", example.created_in());
  if (example.has_evicted_in()) StrAppend(&text, ", evicted in version ", example.evicted_in());
  return text;
}

// The other chats that bear its own id, each as `why` takes it.
std::string OthersLines(const v1::ExplainChatResponse& reply) {
  std::string text;
  for (const std::string& other : reply.same_id()) StrAppend(&text, PrintableLine(other), "\n");
  return text + "(`amooz why PRODUCER/SEQ` explains one of them)";
}

void AddChatFacts(const v1::ExplainChatResponse& reply, Facts* facts) {
  const v1::ChatRecord& record = reply.chat();
  facts->emplace_back("Chat", Name(record));
  const v1::Chat& chat = record.chat();
  if (!chat.id().empty()) facts->emplace_back("Own id", PrintableLine(chat.id()));
  if (reply.same_id_size() > 0) facts->emplace_back("Others with it", OthersLines(reply));
  if (!chat.source().empty()) facts->emplace_back("Source", PrintableLine(chat.source()));
  if (!chat.subject().empty()) facts->emplace_back("Subject", PrintableLine(chat.subject()));
  if (chat.has_time()) facts->emplace_back("Time", LocalTime(chat.time()));
  if (chat.response_author() == v1::RESPONSE_AUTHOR_MODEL) {
    facts->emplace_back("Written by", "model " + ShortDigest(chat.model_digest()));
  }
  if (record.is_retired()) {
    facts->emplace_back("Text", "deleted by retention (chat_log.max_chats)");
    return;
  }
  facts->emplace_back("Instruction", PrintableText(chat.instruction()));
  facts->emplace_back("Response", PrintableText(chat.response()));
}

void AddDecisionFacts(const v1::ExplainChatResponse& reply, Facts* facts) {
  const v1::ChatDecision& decision = reply.decision();
  facts->emplace_back("Decided by", StrCat("cycle ", decision.cycle_id()));
  facts->emplace_back("Outcome", EnumWord(decision.outcome()));
  if (!decision.reason().empty()) facts->emplace_back("Reason", PrintableLine(decision.reason()));
  facts->emplace_back("Score", ScoreLine(decision));
  if (decision.issues_size() > 0) facts->emplace_back("Issues", IssueLines(decision));
  if (!decision.duplicate_of_chat().empty()) {
    facts->emplace_back("Repeats chat", PrintableLine(decision.duplicate_of_chat()));
  }
  if (decision.has_duplicate_of_example()) {
    facts->emplace_back("Repeats example", StrCat(decision.duplicate_of_example()));
  }
  if (reply.has_evicted_in()) {
    facts->emplace_back("Left out", StrCat("by the cap of dataset version ", reply.evicted_in()));
  }
  if (const std::string remedy = Remedy(reply); !remedy.empty()) {
    facts->emplace_back("Would help", remedy);
  }
}

}  // namespace

// The issues of heuristic_scorer.
std::string_view AdviceFor(std::string_view issue) {
  static constexpr std::pair<std::string_view, std::string_view> kAdvice[] = {
      {"too_short", "a longer reply"},
      {"too_long", "a shorter reply"},
      {"repetitive", "a reply that does not repeat one word so often"},
      {"no_ending", "a reply that ends its last sentence"},
      {"no_phrase", "a warm, natural phrase"},
      {"no_shared_word", "a reply that takes up a word of the question"},
  };
  for (const auto& [name, advice] : kAdvice) {
    if (name == issue) return advice;
  }
  return "";
}

std::string WhyText(const v1::ExplainChatResponse& reply, const Style& style) {
  Facts facts;
  AddChatFacts(reply, &facts);
  if (reply.has_decision()) AddDecisionFacts(reply, &facts);
  if (reply.has_example()) facts.emplace_back("Example", ExampleLine(reply.example()));
  return Verdict(reply, style) + "\n" + FactLines(facts, style);
}

}  // namespace amooz::client
