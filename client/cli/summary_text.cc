#include "client/cli/summary_text.h"

#include "client/cli/display_width.h"
#include "client/cli/facts.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

constexpr int kDigits = 3;  // of bits per byte: the gate's least gain is 0.2 %

// "yes: better by ..." with the server's reason.
std::string YesOrNo(bool is_so, const std::string& reason) {
  return StrCat(is_so ? "yes" : "no", reason.empty() ? "" : ": ", PrintableLine(reason));
}

}  // namespace

std::string HeldOutText(const v1::CycleSummary& summary) {
  if (!summary.has_held_out_after()) {
    if (summary.trained() && summary.held_out_rows() > 0) {
      return StrCat("no likelihoods; replies were compared on ",
                    Counted(summary.held_out_rows(), "held-out example"));
    }
    return summary.has_held_out_before()
               ? Fixed(summary.held_out_before(), kDigits) + " before; no new model was measured"
               : "not measured";
  }
  const std::string set = StrCat(" on ", Counted(summary.held_out_rows(), "held-out example"), ", ",
                                 Count(summary.held_out_bytes()), " bytes");
  const std::string after = Fixed(summary.held_out_after(), kDigits);
  if (!summary.has_held_out_before()) return StrCat("no model before → ", after, set);
  const double before = summary.held_out_before();
  const double percent = before > 0 ? 100 * (summary.held_out_after() - before) / before : 0;
  return StrCat(Fixed(before, kDigits), " → ", after, " (", SignedPercent(percent), ")", set);
}

std::vector<std::pair<std::string, std::string>> SummaryLines(const v1::CycleSummary& summary) {
  return {
      {"Original size", Counted(summary.original_size(), "example")},
      {"Found in chats",
       StrCat(Count(summary.found_in_chats()), " of ", Counted(summary.chats_read(), "chat"),
              " read; ", Count(summary.added_from_chats()), " added")},
      {"Variations", Count(summary.added_variations())},
      {"Duplicates removed", Count(summary.duplicates_removed())},
      {"Evicted", Count(summary.evicted())},
      {"Final size", Counted(summary.final_size(), "example")},
      {"Growth",
       summary.original_size() == 0
           ? Signed(summary.growth())
           : StrCat(Signed(summary.growth()), " (", SignedPercent(summary.growth_percent()), ")")},
      {"Trained", YesOrNo(summary.trained(), summary.training_reason())},
      {"Held-out bits per byte", HeldOutText(summary)},
      {"Promoted", YesOrNo(summary.promoted(), summary.promotion_reason())},
      {"CPU of the server", Fixed(summary.server_cpu_seconds(), 2) + " s"},
  };
}

std::string SummaryText(const v1::Cycle& cycle, const Style& style) {
  const std::string title = StrCat("Enhancement Summary of cycle ", cycle.id());
  if (cycle.state() == v1::CYCLE_STATE_FINISHED && cycle.has_summary()) {
    return style.Bold(title) + "\n" + FactLines(SummaryLines(cycle.summary()), style);
  }
  std::vector<std::pair<std::string, std::string>> facts = {
      {"State", EnumWord(cycle.state())},
      {"Stage", EnumWord(cycle.stage())},
  };
  if (!cycle.error().empty() && cycle.error() != facts[0].second)
    facts.emplace_back("Why", PrintableLine(cycle.error()));
  return style.Bold(StrCat("Cycle ", cycle.id())) + "\n" + FactLines(facts, style);
}

}  // namespace amooz::client
