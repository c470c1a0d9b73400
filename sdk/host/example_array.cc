#include "sdk/host/example_array.h"

#include <limits>

namespace amooz::host {
namespace {

amooz_str Str(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

void TurnArray::Add(std::int32_t role, std::string_view text) {
  turns_.push_back({sizeof(amooz_turn), role, 0, Str(text)});
}

const amooz_turn* const* TurnArray::Finish() {
  if (turns_.empty()) return nullptr;
  pointers_.clear();
  pointers_.reserve(turns_.size());
  for (const amooz_turn& turn : turns_) pointers_.push_back(&turn);
  return pointers_.data();
}

template <typename E>
void ExampleArray::Add(const E& example, std::string_view meta_json) {
  examples_.push_back(
      {sizeof(amooz_example), Str(example.instruction), Str(example.response), nullptr,
       example.context.size(), example.split, example.origin, example.response_author, 0,
       example.score.value_or(std::numeric_limits<double>::quiet_NaN()), Str(meta_json)});
  for (const auto& turn : example.context) turns_.Add(turn.role, turn.text);
}

void ExampleArray::Finish() {
  const amooz_turn* const* next_turn = turns_.Finish();
  pointers_.reserve(examples_.size());
  for (amooz_example& example : examples_) {
    if (example.n_context > 0) {
      example.context = next_turn;
      next_turn += example.n_context;
    }
    pointers_.push_back(&example);
  }
}

ExampleArray::ExampleArray(std::span<const ExampleView> examples) {
  examples_.reserve(examples.size());
  for (const ExampleView& example : examples) Add(example, {});
  Finish();
}

ExampleArray::ExampleArray(std::span<const ExampleMessage> examples) {
  examples_.reserve(examples.size());
  for (const ExampleMessage& example : examples) Add(example, example.meta_json);
  Finish();
}

ExampleArray::ExampleArray(const Example& example) {
  Add(example, example.meta_json);
  Finish();
}

}  // namespace amooz::host
