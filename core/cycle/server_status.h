// "Why is nothing happening?": pure functions from facts to sentences, and the scheduler's choice
// (rule 6).
#ifndef AMOOZ_CORE_CYCLE_SERVER_STATUS_H_
#define AMOOZ_CORE_CYCLE_SERVER_STATUS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/base/domain.h"

namespace amooz::cycle {

// What a look finds, and whether it starts a cycle.
struct LookFacts {
  std::optional<CycleId> running_cycle;
  std::int64_t unread_chats = 0;
  std::uint32_t min_chats = 20;
  bool training_owed = false;
  std::int64_t changed_rows = 0;
};
struct LookOutcome {
  bool starts = false;
  std::string result;  // one sentence
};
LookOutcome DecideLook(const LookFacts& facts);

// When the scheduler looks next; nullopt while it is paused. A scheduler that never looked counts
// from `since_us`.
std::optional<std::int64_t> NextLook(const Schedule& schedule, std::int64_t default_interval_us,
                                     std::int64_t since_us);

struct StatusFacts {
  LookFacts look;
  bool is_paused = false;
  std::int64_t next_look_in_us = 0;  // not paused
  std::uint32_t min_new_examples = 20;
  std::string training_reason;      // why it is owed, or is not
  std::optional<Cycle> last_cycle;  // ended
  std::string last_result;          // of the last cycle's summary: its promotion or training reason
  bool has_active_model = false;
  std::string active_model_failure;
  bool is_disk_low = false;
  double disk_free_percent = 100;
  std::string ingest_error;  // why the newest commit of chats failed; "" if it did not
  std::string plugin_error;  // why a cycle could not open what is configured; "" if it can
};
// What happens next and why; the first is the most important.
std::vector<std::string> Explain(const StatusFacts& facts);
// What is wrong and how to mend it.
std::vector<std::string> Problems(const StatusFacts& facts);

}  // namespace amooz::cycle

#endif  // AMOOZ_CORE_CYCLE_SERVER_STATUS_H_
