#include <algorithm>
#include <cmath>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/cycle/dataset_stages.h"
#include "core/cycle/plugin_calls.h"
#include "sdk/text/text.h"

namespace amooz::cycle {
namespace {

// So many chats a call: progress, and a stop is seen between two calls.
constexpr std::size_t kBatch = 512;

std::vector<host::Turn> ToHost(const std::vector<Turn>& context) {
  std::vector<host::Turn> turns;
  for (const Turn& turn : context)
    turns.push_back({static_cast<std::int32_t>(turn.role), turn.text});
  return turns;
}

// The scorers see what would be kept: stripped texts (rule 9).
class Batch {
 public:
  explicit Batch(std::span<const Chat> chats) : contexts_(chats.size()) {
    views_.reserve(chats.size());
    for (std::size_t i = 0; i < chats.size(); ++i) {
      const ChatContent& content = chats[i].content;
      if (!content.context.empty()) contexts_[i] = ToHost(content.context);
      host::ExampleView view;
      view.instruction = text::Strip(content.instruction);
      view.response = text::Strip(content.response);
      view.context = contexts_[i];
      view.origin = static_cast<std::int32_t>(Origin::kChat);
      view.response_author = static_cast<std::int32_t>(content.author);
      views_.push_back(view);
    }
  }
  std::span<const host::ExampleView> views() const { return views_; }

 private:
  std::vector<std::vector<host::Turn>> contexts_;
  std::vector<host::ExampleView> views_;
};

// Calls fn with each word of a comma list.
template <typename Fn>
void ForEachWord(std::string_view list, const Fn& fn) {
  while (!list.empty()) {
    const std::size_t comma = std::min(list.find(','), list.size());
    if (comma > 0) fn(list.substr(0, comma));
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
}

void AddIssues(std::string_view issues, std::string* all) {
  if (all->empty()) {
    *all = issues;
    return;
  }
  ForEachWord(issues, [&](std::string_view issue) {
    bool is_known = false;
    ForEachWord(*all, [&](std::string_view known) { is_known = is_known || known == issue; });
    if (is_known) return;
    all->push_back(',');
    all->append(issue);
  });
}

// What one scorer said is added to what those before it said of the same chat.
struct Gathered {
  double sum = 0, weights = 0;
};

void Gather(const host::ScoreResult& result, double weight, Gathered* gathered, ChatScore* score) {
  if (result.score && std::isfinite(*result.score)) {
    gathered->sum += weight * *result.score;
    gathered->weights += weight;
  }
  if (result.vetoed && !score->is_vetoed) {
    score->is_vetoed = true;
    score->veto_reason = result.veto_reason;
  }
  for (const auto& [key, value] : result.annotations) {
    if (key == "issues") AddIssues(value, &score->issues);
  }
}

absl::StatusOr<std::unique_ptr<host::Plugin>> OpenScorer(const FrozenPlugin& frozen,
                                                         const PluginCalls& calls) {
  OpenExtras extras;
  extras.on_log = LogTo(calls.events, Stage::kScore, frozen.name);
  extras.stop = calls.stop;
  return calls.catalog->Open(frozen, extras);
}

// The chat among `chats`, which fail together, that fails by itself, found by halving; all of them
// if none does. A scorer that dies of it is opened again each time.
std::span<const Chat> FindCulprit(const FrozenPlugin& frozen, const PluginCalls& calls,
                                  std::span<const Chat> chats) {
  const host::CallOptions options = LimitedCall(calls, frozen.placement);
  std::unique_ptr<host::Plugin> plugin;
  const auto fails = [&](std::span<const Chat> some) {
    if (plugin == nullptr || !plugin->alive()) {
      auto opened = OpenScorer(frozen, calls);
      if (!opened.ok()) return false;
      plugin = *std::move(opened);
    }
    return !plugin->scorer()->Score(Batch(some).views(), options).ok();
  };
  std::span<const Chat> suspects = chats;
  while (suspects.size() > 1 && !calls.stop->stopped()) {
    const std::span<const Chat> half = suspects.first(suspects.size() / 2);
    suspects = fails(half) ? half : suspects.subspan(half.size());
  }
  const bool is_found = suspects.size() == 1 && fails(suspects) && !calls.stop->stopped();
  return is_found ? suspects : chats;
}

// "app/17", as amooz why has it.
std::string NameOf(const Chat& chat, const PluginCalls& calls) {
  const auto producers = calls.store->ListProducers();
  for (const Producer& producer : producers.ok() ? *producers : std::vector<Producer>()) {
    if (producer.id == chat.producer_id) return StrCat(producer.name, "/", chat.seq);
  }
  return std::to_string(chat.id);
}

absl::Status ScoringFailure(const FrozenPlugin& frozen, const PluginCalls& calls,
                            std::span<const Chat> chats, const absl::Status& status) {
  // Each look for the culprit of a call that took too long would take as long.
  const std::span<const Chat> culprits =
      absl::IsDeadlineExceeded(status) ? chats : FindCulprit(frozen, calls, chats);
  const std::string which =
      culprits.size() == 1
          ? StrCat("chat ", NameOf(culprits.front(), calls))
          : StrCat("one of the ", culprits.size(), " chats from ", NameOf(culprits.front(), calls),
                   " to ", NameOf(culprits.back(), calls));
  return absl::Status(
      status.code(),
      StrCat("scorer '", frozen.name, "' failed on ", which, ": ", status.message(),
             OverdueText(status, calls),
             "; repair the plugin, or take it out of scoring.scorers, and start a new cycle: the "
             "chats stay unread until one has read them all"));
}

}  // namespace

absl::StatusOr<std::vector<ChatScore>> Score(const std::vector<Chat>& chats,
                                             const PluginCalls& calls) {
  std::vector<ChatScore> scores(chats.size());
  std::vector<Gathered> gathered(chats.size());
  for (const FrozenPlugin& frozen : *calls.plugins) {
    if (frozen.kind != host::Kind::kScorer) continue;
    ASSIGN_OR_RETURN(const auto plugin, OpenScorer(frozen, calls));
    const host::CallOptions options = LimitedCall(calls, frozen.placement);
    bool has_told_failure = false;
    for (std::size_t from = 0; from < chats.size(); from += kBatch) {
      if (calls.stop->stopped()) return absl::CancelledError("stopped while scoring");
      const std::size_t n = std::min(kBatch, chats.size() - from);
      const std::span<const Chat> some = std::span<const Chat>(chats).subspan(from, n);
      const auto results = plugin->scorer()->Score(Batch(some).views(), options);
      if (!results.ok()) {
        if (calls.stop->stopped()) return absl::CancelledError("stopped while scoring");
        return ScoringFailure(frozen, calls, some, ToAbsl(results.status()));
      }
      if (results->size() != n) {
        return absl::InternalError("scorer '" + frozen.name +
                                   "' answered another number of chats than it was given");
      }
      for (std::size_t i = 0; i < n; ++i) {
        const host::ScoreResult& result = (*results)[i];
        Gather(result, frozen.weight, &gathered[from + i], &scores[from + i]);
        if (!result.failure.empty() && !std::exchange(has_told_failure, true)) {
          calls.events->Log(Stage::kScore, 2,
                            StrCat("scorer '", frozen.name, "' failed on chat ",
                                   NameOf(chats[from + i], calls), ": ", result.failure));
        }
      }
      calls.events->Progress(Stage::kScore, from + n, chats.size());
    }
  }
  for (std::size_t i = 0; i < chats.size(); ++i) {
    if (gathered[i].weights > 0) scores[i].score = gathered[i].sum / gathered[i].weights;
  }
  return scores;
}

}  // namespace amooz::cycle
