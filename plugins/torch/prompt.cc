#include "plugins/torch/prompt.h"

#include <algorithm>
#include <utility>

namespace amooz::llama {
namespace {

// The prompt as stretches of text; an end token lies between one and the next.
std::vector<std::string> RenderPrompt(std::span<const sdk::Turn> turns,
                                      std::string_view instruction) {
  std::vector<std::string> texts(1);
  const auto append = [&texts](std::string_view a, std::string_view b, std::string_view c) {
    texts.back().append(a).append(b).append(c);
  };
  for (const sdk::Turn& turn : turns) {
    if (turn.role == AMOOZ_ROLE_SYSTEM) {
      append("System: ", turn.text, "\n");
    } else if (turn.role == AMOOZ_ROLE_USER) {
      append("User: ", turn.text, "\n");
    } else {
      append("Assistant: ", turn.text, "");
      texts.emplace_back();
    }
  }
  append("User: ", instruction, "\nAssistant:");
  return texts;
}

std::string CompletionText(const sdk::Example& example) {
  std::string text(1, ' ');
  return text.append(example.response());
}

std::vector<sdk::Turn> ContextOf(const sdk::Example& example) {
  std::vector<sdk::Turn> turns;
  for (std::size_t i = 0; i < example.context_size(); ++i) turns.push_back(example.context(i));
  return turns;
}

}  // namespace

std::vector<std::int32_t> EncodePrompt(const BpeTokenizer& tokenizer,
                                       std::span<const sdk::Turn> turns,
                                       std::string_view instruction) {
  const std::vector<std::string> texts = RenderPrompt(turns, instruction);
  std::vector<std::int32_t> ids;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    if (i > 0) ids.push_back(tokenizer.end_id());
    const std::vector<std::int32_t> encoded = tokenizer.Encode(texts[i]);
    ids.insert(ids.end(), encoded.begin(), encoded.end());
  }
  return ids;
}

std::vector<std::int32_t> EncodePromptWithin(const BpeTokenizer& tokenizer,
                                             std::span<const sdk::Turn> turns,
                                             std::string_view instruction, std::size_t most,
                                             const StopPoint& stop_point) {
  std::vector<std::int32_t> ids = EncodePrompt(tokenizer, {}, instruction);
  if (ids.size() > most) {
    Fail(AMOOZ_INVALID_ARGUMENT, "the instruction has " + std::to_string(ids.size()) +
                                     " tokens and this model reads at most " +
                                     std::to_string(most) + "; send a shorter one");
  }
  // Each turn has tokens of its own, so no more than `most` of them can fit. All are tried first.
  std::size_t fit = 0, too_many = std::min(turns.size(), most) + 1;
  for (std::size_t kept = too_many - 1; too_many - fit > 1; kept = fit + (too_many - fit) / 2) {
    stop_point();
    std::vector<std::int32_t> longer = EncodePrompt(tokenizer, turns.last(kept), instruction);
    if (longer.size() <= most) {
      fit = kept;
      ids = std::move(longer);
    } else {
      too_many = kept;
    }
  }
  return ids;
}

Sequence EncodeExample(const BpeTokenizer& tokenizer, const sdk::Example& example) {
  Sequence sequence;
  sequence.tokens = EncodePrompt(tokenizer, ContextOf(example), example.instruction());
  sequence.first_target = sequence.tokens.size();
  const std::vector<std::int32_t> response = tokenizer.Encode(CompletionText(example));
  sequence.tokens.insert(sequence.tokens.end(), response.begin(), response.end());
  sequence.tokens.push_back(tokenizer.end_id());
  return sequence;
}

std::vector<std::string> TextsOf(const sdk::Example& example) {
  std::vector<std::string> texts = RenderPrompt(ContextOf(example), example.instruction());
  texts.push_back(CompletionText(example));
  return texts;
}

std::vector<Window> Windows(const Sequence& sequence, std::size_t context) {
  std::vector<Window> windows;
  const std::size_t n = sequence.tokens.size(), step = context / 2;
  std::size_t counted = sequence.first_target;
  for (std::size_t begin = 0;; begin += step) {
    const std::size_t end = std::min(n, begin + context);
    if (end > counted) windows.push_back({begin, end, counted});
    counted = std::max(counted, end);
    if (end == n) return windows;
  }
}

std::string ChatTemplate() {
  return "{% for message in messages %}"
         "{% if message['role'] == 'system' %}{{ 'System: ' + message['content'] + '\\n' }}"
         "{% elif message['role'] == 'user' %}{{ 'User: ' + message['content'] + '\\n' }}"
         "{% elif message['role'] == 'assistant' %}"
         "{{ 'Assistant: ' + message['content'] + '<|end|>' }}"
         "{% endif %}{% endfor %}"
         "{% if add_generation_prompt %}{{ 'Assistant:' }}{% endif %}";
}

}  // namespace amooz::llama
