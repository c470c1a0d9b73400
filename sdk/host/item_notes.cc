#include "sdk/host/item_notes.h"

#include <algorithm>
#include <cmath>

#include "sdk/base/utf8.h"
#include "sdk/host/naming.h"

namespace amooz::host {
namespace {

// The arena's typical need for an item, so that it grows a few times only.
constexpr std::size_t kBytesPerItem = 32;
// So much below 0 a sum of rounded logarithms may come out for texts that the model is sure of.
constexpr double kRounding = 1e-3;

// Of an item whose nll is not finite and for which the plugin gave no reason.
std::string NoNumber(const std::string& plugin, double nll) {
  return "plugin '" + plugin + "' gave " + (std::isnan(nll) ? "NaN" : "an infinite number") +
         " and no reason; the model's weights may be damaged: train it again, or go back to an "
         "earlier model";
}

bool IsKind(const NoteMessage& note, ItemNotes::Kind kind) {
  return note.kind == static_cast<std::uint8_t>(kind);
}

}  // namespace

bool ItemNotes::Add(std::int64_t item, Kind kind, std::string_view key, std::string_view value) {
  if (item < 0 || static_cast<std::uint64_t>(item) >= n_items_) return false;
  std::string clean_key;
  std::string clean_value;
  if (!IsUtf8(key)) key = clean_key = ToUtf8(key);
  if (!IsUtf8(value)) value = clean_value = ToUtf8(value);
  key = Utf8Prefix(key, kMaxTextBytes);
  value = Utf8Prefix(value, kMaxTextBytes);
  const MutexLock lock(&mutex_);
  if (arena_.size() + key.size() + value.size() > kMaxArenaBytes) return false;
  if (notes_.empty()) {
    notes_.reserve(2 * n_items_);
    arena_.reserve(kBytesPerItem * n_items_);
  }
  notes_.push_back({static_cast<std::uint32_t>(item), static_cast<std::uint32_t>(arena_.size()),
                    static_cast<std::uint16_t>(key.size()),
                    static_cast<std::uint16_t>(value.size()), kind});
  arena_.append(key).append(value);
  return true;
}

std::vector<NoteMessage> ItemNotes::Take() const {
  const MutexLock lock(&mutex_);
  std::vector<NoteMessage> out;
  out.reserve(notes_.size());
  for (const Note& note : notes_) {
    const std::string_view texts = std::string_view(arena_).substr(note.at);
    out.push_back({note.item, static_cast<std::uint8_t>(note.kind), texts.substr(0, note.key_bytes),
                   texts.substr(note.key_bytes, note.value_bytes)});
  }
  return out;
}

std::vector<ScoreResult> ToScoreResults(std::span<const double> scores,
                                        std::span<const NoteMessage> notes) {
  std::vector<ScoreResult> results(scores.size());
  for (const NoteMessage& note : notes) {
    if (note.item >= results.size()) continue;
    ScoreResult& result = results[note.item];
    if (IsKind(note, ItemNotes::Kind::kVeto)) {
      result.vetoed = true;
      result.veto_reason = note.value;
    } else if (IsKind(note, ItemNotes::Kind::kFailure)) {
      result.failure = note.value;
    } else {
      if (result.annotations.empty()) result.annotations.reserve(3);  // points, of, issues
      result.annotations.emplace_back(note.key, note.value);
    }
  }
  for (std::size_t i = 0; i < scores.size(); ++i) {
    if (!results[i].failure.empty() || std::isnan(scores[i])) continue;
    if (scores[i] >= 0 && scores[i] <= 1) {
      results[i].score = scores[i];
    } else {
      results[i].failure = "the plugin's score " + std::to_string(scores[i]) +
                           " is outside 0..1; this is a bug in the plugin";
    }
  }
  return results;
}

Result<std::vector<EvaluateResult>> ToEvaluateResults(const std::string& plugin,
                                                      std::span<const double> nll,
                                                      std::span<const std::uint64_t> tokens,
                                                      std::span<const NoteMessage> notes) {
  std::vector<EvaluateResult> results(nll.size());
  for (const NoteMessage& note : notes) {
    if (note.item < results.size() && IsKind(note, ItemNotes::Kind::kFailure)) {
      results[note.item].failure = note.value;
    }
  }
  for (std::size_t i = 0; i < results.size(); ++i) {
    if (!results[i].failure.empty()) continue;
    if (!std::isfinite(nll[i])) {
      results[i].failure = NoNumber(plugin, nll[i]);
      continue;
    }
    if (nll[i] < -kRounding) {
      return Status(Code::kInternal,
                    "a bug in the plugin: evaluate gave the negative "
                    "log-likelihood " +
                        std::to_string(nll[i]) + ", which is never below 0");
    }
    results[i].nll = std::max(nll[i], 0.0);
    results[i].tokens = i < tokens.size() ? tokens[i] : 0;
  }
  return results;
}

}  // namespace amooz::host
