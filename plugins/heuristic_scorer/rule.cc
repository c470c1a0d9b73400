#include "rule.h"

#include <algorithm>
#include <utility>

#include "amooz/sdk/text/text.h"

namespace amooz::heuristic_scorer {
namespace {

std::vector<std::string> Comparable(const Settings& settings) {
  std::vector<std::string> phrases = settings.phrases;
  if (settings.mode == Mode::kUnicode) {
    for (std::string& phrase : phrases) phrase = text::NormalizeForPhrases(phrase);
  }
  return phrases;
}

void StripPunctuation(std::vector<std::string_view>* words) {
  for (std::string_view& word : *words) word = text::StripPunctuation(word);
  std::erase_if(*words, [](std::string_view word) { return word.empty(); });
}

}  // namespace

Rule::Rule(Settings settings) : settings_(std::move(settings)), phrases_(Comparable(settings_)) {}

Verdict Rule::Judge(std::string_view instruction, std::string_view response,
                    Scratch* scratch) const {
  Verdict verdict;
  if (settings_.mode == Mode::kClassic) {
    JudgeClassic(instruction, response, scratch, &verdict);
  } else {
    JudgeUnicode(instruction, response, scratch, &verdict);
  }
  return verdict;
}

void Rule::JudgeClassic(std::string_view instruction, std::string_view response, Scratch* scratch,
                        Verdict* verdict) const {
  response = text::Strip(response);
  JudgeLength(text::CountCodePoints(response), verdict);
  JudgeEnding(IsEnding(text::LastCodePoint(response)), verdict);
  if (phrases_.IsIn(response)) verdict->points += settings_.phrase_points;

  text::SplitWords(response, &scratch->response_words);
  JudgeVariety(scratch->table.Fill(scratch->response_words), scratch->response_words.size(),
               verdict);

  // Repetition counts words as written, sharing compares them in lower case. Persian has no case:
  // then the table that is filled already will do.
  if (text::IsCaseless(response) && text::IsCaseless(instruction)) {
    text::SplitWords(instruction, &scratch->instruction_words);
    JudgeSharing(scratch, verdict);
    return;
  }
  const std::string lower_response = text::Lower(response);
  const std::string lower_instruction = text::Lower(instruction);
  text::SplitWords(lower_response, &scratch->response_words);
  text::SplitWords(lower_instruction, &scratch->instruction_words);
  scratch->table.Fill(scratch->response_words);
  JudgeSharing(scratch, verdict);
}

void Rule::JudgeUnicode(std::string_view instruction, std::string_view response, Scratch* scratch,
                        Verdict* verdict) const {
  const std::string written = text::NormalizePersian(response);
  const std::string_view stripped = text::Strip(written);
  JudgeLength(text::CountVisible(stripped), verdict);
  JudgeEnding(IsEnding(text::LastCodePoint(stripped)) ||
                  IsEnding(text::LastCodePoint(text::StripClosing(stripped))),
              verdict);
  const std::string normal_response = text::Lower(written);
  const std::string normal_instruction = text::Lower(text::NormalizePersian(instruction));
  if (phrases_.IsIn(text::FoldForPhrases(normal_response))) {
    verdict->points += settings_.phrase_points;
  }

  text::SplitWords(normal_response, &scratch->response_words);
  text::SplitWords(normal_instruction, &scratch->instruction_words);
  StripPunctuation(&scratch->response_words);
  StripPunctuation(&scratch->instruction_words);
  JudgeVariety(scratch->table.Fill(scratch->response_words), scratch->response_words.size(),
               verdict);
  JudgeSharing(scratch, verdict);
}

void Rule::JudgeLength(std::size_t code_points, Verdict* verdict) const {
  const auto length = static_cast<std::int64_t>(code_points);
  if (length >= settings_.good_length_min && length <= settings_.good_length_max) {
    verdict->points += settings_.length_points;
  }
  verdict->is_too_short = length < settings_.too_short_below;
  verdict->is_too_long = length > settings_.too_long_above;
}

bool Rule::IsEnding(char32_t c) const {
  return std::ranges::find(settings_.endings, c) != settings_.endings.end();
}

void Rule::JudgeEnding(bool has_ending, Verdict* verdict) const {
  verdict->has_ending = has_ending;
  if (has_ending) verdict->points += settings_.ending_points;
}

void Rule::JudgeVariety(std::size_t largest_count, std::size_t words, Verdict* verdict) const {
  if (words == 0) return;
  verdict->is_repetitive =
      largest_count * 100 >= words * static_cast<std::size_t>(settings_.repetitive_from_percent);
  if (!verdict->is_repetitive) verdict->points += settings_.variety_points;
}

void Rule::JudgeSharing(Scratch* scratch, Verdict* verdict) const {
  verdict->shares_word = std::ranges::any_of(
      scratch->instruction_words,
      [scratch](std::string_view word) { return scratch->table.Contains(word); });
  if (verdict->shares_word) verdict->points += settings_.shared_word_points;
}

}  // namespace amooz::heuristic_scorer
