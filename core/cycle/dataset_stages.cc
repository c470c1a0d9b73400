#include "core/cycle/dataset_stages.h"

#include <algorithm>
#include <unordered_map>
#include <unordered_set>
#include <utility>

#include "core/base/status_macros.h"
#include "core/cycle/plugin_calls.h"
#include "sdk/text/text.h"

namespace amooz::cycle {
namespace {

dataset::MinScore MinScoreOf(const v1::Config& config) {
  return {.points = config.scoring().min_score().points(), .of = config.scoring().min_score().of()};
}

dataset::DuplicateKeys KeysOf(const Chat& chat, const dataset::KeyMaker& keys) {
  return keys.Duplicate(chat.content.instruction, chat.content.response);
}

// Normalised only once, whether vary or snapshot asks first.
const ExampleKeys& KeysOfFound(std::size_t position, const dataset::KeyMaker& keys,
                               DatasetWork* work) {
  std::optional<ExampleKeys>& known = work->found_keys[position];
  if (!known) {
    const std::uint32_t i = work->found[position];
    const ChatContent& content = work->chats[i].content;
    known = ExampleKeys{.dataset = work->selected[i].keys.in_dataset,
                        .instruction = keys.Split(text::Strip(content.instruction)),
                        .response = keys.Split(text::Strip(content.response))};
  }
  return *known;
}

// What a generator reads: rows that may be varied, made into examples one at a time.
class OfferedRows : public host::ExampleSource {
 public:
  // Rule 17: train rows, and new chats that will be neither held out nor validation by their hash
  // and repeat no held-out row.
  OfferedRows(const dataset::SplitPolicy& policy, const dataset::KeyMaker& keys, DatasetWork* work)
      : work_(*work) {
    std::unordered_set<std::uint64_t> held_out;
    for (const Example& row : work->previous) {
      if (row.split != Split::kHeldOut) continue;
      held_out.insert(row.keys.instruction);
      held_out.insert(row.keys.response);
    }
    for (std::size_t i = 0; i < work->previous.size(); ++i) {
      const Example& row = work->previous[i];
      if (row.split == Split::kTrain && dataset::IsAboveBothShares(row.keys.response, policy)) {
        offered_.push_back({true, static_cast<std::uint32_t>(i)});
      }
    }
    for (std::size_t position = 0; position < work->found.size(); ++position) {
      const std::uint32_t i = work->found[position];
      if (work->selected[i].outcome != Outcome::kAccepted) continue;
      const ExampleKeys& row = KeysOfFound(position, keys, work);
      if (dataset::IsAboveBothShares(row.response, policy) && !held_out.contains(row.response) &&
          !held_out.contains(row.instruction)) {
        offered_.push_back({false, i});
      }
    }
  }
  std::uint64_t Count(std::int32_t split) override {
    return split == static_cast<std::int32_t>(amooz::Split::kTrain) ? offered_.size() : 0;
  }
  const host::Example& Get(std::int32_t, std::uint64_t i) override {
    const Offered& offered = offered_[i];
    if (offered.is_previous) {
      current_ = ToHost(work_.previous[offered.index]);
    } else {
      const ChatContent& content = work_.chats[offered.index].content;
      current_ = {};
      current_.instruction = text::Strip(content.instruction);
      current_.response = text::Strip(content.response);
      current_.origin = static_cast<std::int32_t>(Origin::kChat);
      current_.response_author = static_cast<std::int32_t>(content.author);
      current_.score = work_.scores[offered.index].score;
      current_.split = static_cast<std::int32_t>(amooz::Split::kTrain);
      for (const Turn& turn : content.context) {
        current_.context.push_back({static_cast<std::int32_t>(turn.role), turn.text});
      }
    }
    return current_;
  }
  // Fills in where a variation came from.
  void SetSource(std::int64_t source_index, VariationRow* row) const {
    if (source_index < 0 || static_cast<std::size_t>(source_index) >= offered_.size()) return;
    const Offered& offered = offered_[static_cast<std::size_t>(source_index)];
    if (offered.is_previous) {
      row->example_id = work_.previous[offered.index].id;
    } else {
      row->chat_index = offered.index;
    }
  }

 private:
  struct Offered {
    bool is_previous;
    std::uint32_t index;  // into previous, or into chats
  };
  const DatasetWork& work_;
  std::vector<Offered> offered_;
  host::Example current_;
};

// A variation's source as far as its row takes after it.
struct VariationSource {
  std::optional<double> score;
  Author author = Author::kUnknown;
};

class VariationSources {
 public:
  explicit VariationSources(const DatasetWork& work) : work_(work) {
    for (const Example& row : work.previous) previous_.emplace(row.id, &row);
  }
  VariationSource Of(const VariationRow& row) const {
    if (row.chat_index >= 0 && static_cast<std::size_t>(row.chat_index) < work_.chats.size()) {
      const auto i = static_cast<std::size_t>(row.chat_index);
      return {work_.scores[i].score, work_.chats[i].content.author};
    }
    const auto found = previous_.find(row.example_id);
    if (found == previous_.end()) return {};
    return {found->second->score, found->second->author};
  }

 private:
  const DatasetWork& work_;
  std::unordered_map<ExampleId, const Example*> previous_;
};

Example FromChat(Chat* chat, const ChatScore& score, const ExampleKeys& keys) {
  Example example;
  ChatContent& content = chat->content;
  example.instruction = text::Strip(content.instruction);
  example.response = text::Strip(content.response);
  example.context = std::move(content.context);
  example.origin = Origin::kChat;
  example.author = content.author;
  example.score = score.score;
  example.source = std::move(content.source);
  example.chat_id = chat->id;
  example.keys = keys;
  return example;
}

Example FromVariation(VariationRow* row, const VariationSource& source,
                      const dataset::KeyMaker& keys) {
  Example example;
  example.instruction = std::move(row->instruction);
  example.response = std::move(row->response);
  example.origin = Origin::kVariation;
  example.author = source.author;
  example.score = source.score;
  if (row->example_id > 0) example.varied_from = row->example_id;
  example.keys = keys.Example(example.instruction, example.response);
  return example;
}

Decision DecisionOf(std::size_t i, const DatasetWork& work, const dataset::MinScore& min_score) {
  const ChatScore& score = work.scores[i];
  const dataset::Selected& selected = work.selected[i];
  Decision decision;
  decision.chat_id = work.chats[i].id;
  decision.outcome = selected.outcome;
  decision.score = score.score;
  decision.points = score.score.value_or(0) * min_score.of;
  decision.of = min_score.of;
  decision.needed = min_score.points;
  decision.issues = score.issues;
  if (selected.outcome == Outcome::kVetoed) decision.reason = score.veto_reason;
  if (selected.outcome == Outcome::kLowQuality && !score.score) decision.reason = "no_score";
  if (selected.outcome == Outcome::kDuplicateOfChat)
    decision.duplicate_of_chat = work.chats[selected.first_chat].id;
  if (selected.outcome == Outcome::kDuplicateOfExample)
    decision.duplicate_of_example = selected.example;
  return decision;
}

}  // namespace

host::Example ToHost(const Example& example) {
  host::Example out;
  out.instruction = example.instruction;
  out.response = example.response;
  for (const Turn& turn : example.context)
    out.context.push_back({static_cast<std::int32_t>(turn.role), turn.text});
  out.split = static_cast<std::int32_t>(example.split);
  out.origin = static_cast<std::int32_t>(example.origin);
  out.response_author = static_cast<std::int32_t>(example.author);
  out.score = example.score;
  return out;
}

void Select(const v1::Config& config, const dataset::KeyMaker& keys, DatasetWork* work) {
  std::vector<dataset::Judged> judged;
  judged.reserve(work->scores.size());
  for (const ChatScore& score : work->scores) judged.push_back({score.score, score.is_vetoed});
  std::unordered_map<std::uint64_t, ExampleId> first_of_key;
  first_of_key.reserve(work->previous.size());
  for (const Example& row : work->previous) first_of_key.try_emplace(row.keys.dataset, row.id);
  work->selected =
      dataset::Select(std::span<const dataset::Judged>(judged), MinScoreOf(config), first_of_key,
                      [&](std::size_t i) { return KeysOf(work->chats[i], keys); });
  work->found.clear();
  for (std::size_t i = 0; i < work->selected.size(); ++i) {
    const Outcome outcome = work->selected[i].outcome;
    if (outcome == Outcome::kAccepted || outcome == Outcome::kDuplicateOfExample) {
      work->found.push_back(static_cast<std::uint32_t>(i));
    }
  }
  work->found_keys.assign(work->found.size(), std::nullopt);
}

absl::StatusOr<std::vector<VariationRow>> Vary(const v1::Config& config,
                                               const dataset::KeyMaker& keys, std::uint64_t seed,
                                               const PluginCalls& calls, DatasetWork* work) {
  std::vector<VariationRow> rows;
  const std::uint64_t most = config.variation().max_per_cycle();
  const bool has_generator =
      std::any_of(calls.plugins->begin(), calls.plugins->end(),
                  [](const FrozenPlugin& one) { return one.kind == host::Kind::kVariation; });
  if (most == 0 || !has_generator) return rows;

  OfferedRows offered(SplitPolicyOf(config), keys, work);
  std::unordered_set<std::uint64_t> existing;
  for (const Example& row : work->previous) existing.insert(row.keys.dataset);
  for (const std::uint32_t i : work->found) existing.insert(work->selected[i].keys.in_dataset);
  const auto offer = [&](const host::GeneratedVariation& made) -> std::int32_t {
    if (!existing.insert(keys.Duplicate(made.instruction, made.response).in_dataset).second)
      return 1;
    VariationRow row;
    row.instruction = made.instruction;
    row.response = made.response;
    offered.SetSource(made.source_index, &row);
    rows.push_back(std::move(row));
    return 0;
  };
  for (const FrozenPlugin& frozen : *calls.plugins) {
    if (frozen.kind != host::Kind::kVariation || rows.size() >= most) continue;
    if (calls.stop->stopped()) return absl::CancelledError("stopped before varying");
    OpenExtras extras;
    extras.on_log = LogTo(calls.events, Stage::kVary, frozen.name);
    extras.stop = calls.stop;
    ASSIGN_OR_RETURN(const auto plugin, calls.catalog->Open(frozen, extras));
    const absl::Status status = ToAbsl(plugin->variation()->Generate(
        most - rows.size(), seed, &offered, offer, LimitedCall(calls, frozen.placement)));
    if (!status.ok()) {
      return absl::Status(status.code(), StrCat("variation generator '", frozen.name, "': ",
                                                status.message(), OverdueText(status, calls)));
    }
  }
  return rows;
}

void Merge(const v1::Config& config, const dataset::KeyMaker& keys, DatasetWork* work) {
  const VariationSources sources(*work);
  work->rows.clear();
  work->rows.reserve(work->previous.size() + work->found.size() + work->variations.size());
  for (const Example& row : work->previous) {
    work->rows.push_back({row.keys.dataset, row.origin, row.score, row.split == Split::kHeldOut});
  }
  for (const std::uint32_t i : work->found) {
    work->rows.push_back(
        {work->selected[i].keys.in_dataset, Origin::kChat, work->scores[i].score, false});
  }
  for (const VariationRow& row : work->variations) {
    work->rows.push_back({keys.Duplicate(row.instruction, row.response).in_dataset,
                          Origin::kVariation, sources.Of(row).score, false});
  }
  const auto eviction =
      dataset::ParseEviction(config.cycle().eviction()).value_or(dataset::Eviction::kLowestScore);
  work->fates = dataset::RemoveDuplicates(work->rows);
  dataset::ApplyCap(work->rows, config.cycle().max_dataset_size(), eviction, work->fates);
  work->sums = dataset::Count(work->fates, work->previous.size(), work->found.size());
}

BuiltSnapshot BuildSnapshot(const v1::Config& config, const dataset::KeyMaker& keys,
                            VersionId base_version, const std::vector<ExampleKeys>& ever_trained,
                            ExampleId next_id, DatasetWork* work) {
  const dataset::MinScore min_score = MinScoreOf(config);
  const VariationSources sources(*work);
  std::vector<VariationSource> source_of;
  for (const VariationRow& row : work->variations) source_of.push_back(sources.Of(row));
  BuiltSnapshot built;
  for (std::size_t i = 0; i < work->chats.size(); ++i) {
    built.snapshot.decisions.push_back(DecisionOf(i, *work, min_score));
  }

  VersionRows rows;
  rows.base_version = base_version;
  std::size_t at = 0;
  for (const Example& row : work->previous) {
    if (work->fates[at++] == dataset::Fate::kStays) {
      rows.kept.push_back(&row);
    } else {
      rows.removed.push_back(row.id);
    }
  }
  std::vector<std::uint32_t> evicted;
  std::unordered_map<std::uint32_t, ExampleId> example_of_chat;
  for (std::size_t position = 0; position < work->found.size(); ++position) {
    const std::uint32_t i = work->found[position];
    const dataset::Fate fate = work->fates[at++];
    if (fate == dataset::Fate::kEvicted) evicted.push_back(i);
    if (fate != dataset::Fate::kStays) continue;
    const ExampleKeys& row_keys = KeysOfFound(position, keys, work);
    rows.added.push_back(FromChat(&work->chats[i], work->scores[i], row_keys));
    rows.added.back().id = next_id;
    built.snapshot.decisions[i].example_id = next_id;
    example_of_chat.emplace(i, next_id++);
  }
  for (std::size_t v = 0; v < work->variations.size(); ++v) {
    VariationRow& row = work->variations[v];
    if (row.chat_index >= 0) {
      const auto example = example_of_chat.find(static_cast<std::uint32_t>(row.chat_index));
      if (example != example_of_chat.end()) row.example_id = example->second;
    }
    if (row.example_id > 0) rows.variation_sources.push_back(row.example_id);
    if (work->fates[at++] != dataset::Fate::kStays) continue;
    rows.added.push_back(FromVariation(&row, source_of[v], keys));
    rows.added.back().id = next_id++;
  }

  BuiltVersion version = BuildVersion(std::move(rows), keys, ever_trained, SplitPolicyOf(config));
  built.splits = version.splits;
  const VersionId left_out_of = version.is_changed ? base_version + 1 : base_version;
  for (const std::uint32_t i : evicted) built.snapshot.decisions[i].evicted_in = left_out_of;
  if (version.is_changed) built.snapshot.change = std::move(version.change);
  return built;
}

}  // namespace amooz::cycle
