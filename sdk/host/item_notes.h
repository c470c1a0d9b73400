// What a plugin says about single items of a batch: annotations, vetoes, failures. Kept in one
// arena, because the default scorer tells three facts of each of a million chats.
#ifndef AMOOZ_SDK_HOST_ITEM_NOTES_H_
#define AMOOZ_SDK_HOST_ITEM_NOTES_H_

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/mutex.h"
#include "sdk/host/messages.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

class ItemNotes {
 public:
  enum class Kind : std::uint8_t { kAnnotation = 0, kVeto = 1, kFailure = 2 };
  // Notes beyond these are dropped; a key or value beyond kMaxTextBytes is cut.
  static constexpr std::size_t kMaxTextBytes = 4096;
  static constexpr std::size_t kMaxArenaBytes = std::size_t{32} << 20;

  explicit ItemNotes(std::size_t n_items) : n_items_(n_items) {}
  // [any thread] False if `item` is not an index of the batch, or the arena is full. Bytes that
  // are not UTF-8 become U+FFFD.
  bool Add(std::int64_t item, Kind kind, std::string_view key, std::string_view value);
  // In the order they were added, valid until the next Add. Call it after the plugin's function
  // has returned.
  std::vector<NoteMessage> Take() const;

 private:
  struct Note {
    std::uint32_t item;
    std::uint32_t at;  // key, then value
    std::uint16_t key_bytes;
    std::uint16_t value_bytes;
    Kind kind;
  };
  const std::size_t n_items_;
  mutable Mutex mutex_;
  std::string arena_ AMOOZ_GUARDED_BY(mutex_);
  std::vector<Note> notes_ AMOOZ_GUARDED_BY(mutex_);
};

// Joins a batch's scores with its notes. A score that is infinite or outside 0..1 makes its item
// fail.
std::vector<ScoreResult> ToScoreResults(std::span<const double> scores,
                                        std::span<const NoteMessage> notes);
// The same for evaluate. An item without a number fails; if the plugin gave no reason, the failure
// is a sentence that names `plugin`. INTERNAL if a likelihood is above 1 (its nll below 0).
Result<std::vector<EvaluateResult>> ToEvaluateResults(const std::string& plugin,
                                                      std::span<const double> nll,
                                                      std::span<const std::uint64_t> tokens,
                                                      std::span<const NoteMessage> notes);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_ITEM_NOTES_H_
