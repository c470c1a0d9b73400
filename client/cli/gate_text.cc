#include "client/cli/gate_text.h"

#include <string_view>
#include <utility>

#include "client/cli/display_width.h"
#include "client/cli/words.h"
#include "client/lib/str_cat.h"

namespace amooz::client {

std::string GateReason(const std::string& reason) {
  static constexpr std::pair<std::string_view, std::string_view> kSentences[] = {
      {"better", "better than the active model"},
      {"worse", "worse than the active model"},
      {"within_noise", "the difference is within the noise of these examples"},
      {"below_min_improvement", "better, but by less than gate.min_improvement"},
      {"too_few_held_out", "too few held-out examples to tell"},
      {"not_finite", "an example could not be measured"},
      {"beats_baselines", "the first model, and better than the baselines"},
      {"below_baselines", "the first model, and no better than a baseline"},
      {"active_damaged", "the active model's files are damaged: nothing to compare with"},
      {"active_changed", "the active model changed meanwhile"},
      {"report_only", "the gate only reports (gate.mode)"},
  };
  for (const auto& [word, sentence] : kSentences) {
    if (word == reason) return std::string(sentence);
  }
  return PrintableLine(reason);
}

std::string GateText(const v1::GateResult& gate) {
  std::string text =
      StrCat(gate.passed() ? "passed" : "not passed", ": ", GateReason(gate.reason()));
  const bool is_by_replies = gate.has_candidate_reply_similarity();
  if (is_by_replies) {
    StrAppend(&text, "\nthe runtime has no likelihood, so replies were compared: similarity ",
              Fixed(gate.candidate_reply_similarity(), 4));
    if (gate.has_active_reply_similarity()) {
      StrAppend(&text, " against ", Fixed(gate.active_reply_similarity(), 4),
                " of the active model");
    }
    if (gate.has_blind_reply_similarity()) {
      StrAppend(&text, " against ", Fixed(gate.blind_reply_similarity(), 4),
                " of replies given blindly");
    }
  } else {
    StrAppend(&text, "\n", Fixed(gate.candidate_bits_per_byte(), 4), " bits per byte");
    if (gate.has_active_bits_per_byte()) {
      StrAppend(&text, " against ", Fixed(gate.active_bits_per_byte(), 4), " of the active model");
    }
  }
  StrAppend(&text, ", on ", Counted(gate.rows(), "held-out example"), " of ", Count(gate.bytes()),
            " bytes");
  if (gate.has_relative_gain()) {
    StrAppend(&text, "\nrelative gain ", Fixed(100 * gate.relative_gain(), 2), " %, at least ",
              Fixed(100 * gate.min_improvement(), 2), " % is needed");
  }
  if (gate.has_mean_difference() && gate.has_standard_error()) {
    StrAppend(&text, "\nmean difference ", Fixed(gate.mean_difference(), 3),
              is_by_replies ? " an example, standard error " : " nats an example, standard error ",
              Fixed(gate.standard_error(), 3));
  }
  if (gate.has_byte_unigram_bits_per_byte() && gate.has_byte_bigram_bits_per_byte()) {
    StrAppend(&text, "\nbaselines: byte unigram ", Fixed(gate.byte_unigram_bits_per_byte(), 4),
              ", byte bigram ", Fixed(gate.byte_bigram_bits_per_byte(), 4));
  }
  return text;
}

}  // namespace amooz::client
