#include "sdk/host/call_context.h"

#include <stdlib.h>

#include <array>
#include <cmath>
#include <cstdlib>
#include <thread>
#include <vector>

#include "sdk/base/clock.h"
#include "sdk/base/errno_status.h"
#include "sdk/base/files.h"
#include "sdk/base/utf8.h"

namespace amooz::host {
namespace {

// A plugin's log line, metric name or annotation is cut to this.
constexpr std::size_t kMaxTextBytes = std::size_t{64} << 10;

std::string Clean(std::string_view text) { return ToUtf8(Utf8Prefix(text, kMaxTextBytes)); }

// ---- The table of calls ----
// A slot's state is its call's generation (0 = no call) and how many host functions run on it.
// Slots are never freed, so a stale handle can be looked up safely.
constexpr std::size_t kSlotBits = 12;
constexpr std::size_t kSlots = std::size_t{1} << kSlotBits;
constexpr std::uint64_t kUserBits = 16;
constexpr std::uint64_t kUserMask = (std::uint64_t{1} << kUserBits) - 1;

struct Slot {
  std::atomic<std::uint64_t> state{0};
  std::atomic<CallContext*> context{nullptr};
};

struct CallTable {
  std::array<Slot, kSlots> slots;
  Mutex mutex;
  CondVar freed;
  std::uint64_t next_generation AMOOZ_GUARDED_BY(mutex) = 1;
  std::vector<std::size_t> free_slots AMOOZ_GUARDED_BY(mutex);
  CallTable() {
    for (std::size_t i = kSlots; i > 0; --i) free_slots.push_back(i - 1);
  }
};

CallTable& TheTable() {
  static CallTable* const table = new CallTable;
  return *table;
}

std::size_t SlotOf(amooz_ctx* handle) {
  return reinterpret_cast<std::uintptr_t>(handle) & (kSlots - 1);
}

std::uint64_t GenerationOf(amooz_ctx* handle) {
  return reinterpret_cast<std::uintptr_t>(handle) >> kSlotBits;
}

}  // namespace

bool IsDivergence(std::string_view metric, double value) {
  return !std::isfinite(value) && (metric == "loss" || metric == "validation_loss");
}

Status DivergenceStatus(std::string_view metric, double value, std::int64_t step) {
  return Status(Code::kFailedPrecondition,
                std::string(metric) + " became " + (std::isnan(value) ? "NaN" : "infinite") +
                    " at step " + std::to_string(step) +
                    "; lower the learning rate, and look at the newest examples if that does not "
                    "help");
}

Status PluginStatus(std::int32_t code, std::string_view message) {
  if (code == AMOOZ_OK) return Status::Ok();
  const bool is_known = code > 0 && code <= static_cast<std::int32_t>(Code::kDataLoss);
  return Status(is_known ? static_cast<Code>(code) : Code::kUnknown,
                message.empty() ? "(no message)" : std::string(message));
}

CallContext::~CallContext() = default;

void CallContext::DeleteScratchDir() {
  const MutexLock lock(&mutex_);
  if (!scratch_dir_.empty()) static_cast<void>(Env::Default()->RemoveAll(scratch_dir_));
  scratch_dir_.clear();
}

void CallContext::Stop() {
  stopped_.store(true, std::memory_order_relaxed);
  OnStop();
}

void CallContext::End(Status verdict) {
  {
    const MutexLock lock(&mutex_);
    if (!verdict_.has_value()) verdict_ = std::move(verdict);
  }
  Stop();
}

bool CallContext::deadline_passed() const {
  return deadline_ns_ != 0 && MonotonicNanos() >= deadline_ns_;
}

bool CallContext::ShouldStop() const {
  return stopped_.load(std::memory_order_relaxed) ||
         (external_stop_ != nullptr && external_stop_->stopped()) || deadline_passed();
}

Status CallContext::Outcome(std::int32_t code) {
  std::optional<std::string> failure;
  {
    const MutexLock lock(&mutex_);
    if (verdict_.has_value()) return *verdict_;
    failure = failure_;
  }
  if (code == AMOOZ_OK && failure.has_value()) {
    Log(AMOOZ_LOG_WARNING,
        "a bug in the plugin: it reported a failure and returned OK: " + *failure);
  }
  if ((code == AMOOZ_CANCELLED || code == AMOOZ_OK) && deadline_passed()) {
    return Status(Code::kDeadlineExceeded, "the call was not done by its deadline");
  }
  if (code == AMOOZ_DEADLINE_EXCEEDED && !deadline_passed()) {
    return Status(Code::kAborted, failure.value_or("it gave up waiting for something of its own"));
  }
  return PluginStatus(code, failure.value_or(""));
}

void CallContext::Fail(std::int32_t, std::string_view message) {
  std::string clean = Clean(message);
  const MutexLock lock(&mutex_);
  failure_ = std::move(clean);
}

void CallContext::Note(std::int64_t item, ItemNotes::Kind kind, std::string_view key,
                       std::string_view value) {
  if (notes_ != nullptr && notes_->Add(item, kind, key, value)) return;
  Log(AMOOZ_LOG_WARNING, "a bug in the plugin: a note about item " + std::to_string(item) +
                             " was dropped; there is no such item, or there are too many notes");
}

void CallContext::Metric(std::string_view name, double value, std::int64_t step) {
  const std::string clean = Clean(name);
  OnMetric(clean, value, step);
  if (IsDivergence(clean, value)) End(DivergenceStatus(clean, value, step));
}

void CallContext::Log(std::int32_t level, std::string_view message) {
  OnLog(level, Clean(message));
}

void CallContext::Annotate(std::int64_t index, std::string_view key, std::string_view value) {
  if (index == AMOOZ_CALL) {
    OnCallAnnotation(Clean(key), Clean(value));
  } else {
    Note(index, ItemNotes::Kind::kAnnotation, key, value);
  }
}

std::string_view CallContext::ScratchDir() {
  std::string error;
  {
    const MutexLock lock(&mutex_);
    if (!scratch_dir_.empty()) return scratch_dir_;
    std::string path = JoinPath(ScratchRoot(), "amooz-call-XXXXXX");
    if (::mkdtemp(path.data()) != nullptr) {
      scratch_dir_ = path;
      return scratch_dir_;
    }
    error = ErrnoStatus("make scratch folder " + path).message();
  }
  Log(AMOOZ_LOG_ERROR, error);
  return {};
}

CallHandle::CallHandle(CallContext* context) : context_(context) {
  CallTable& table = TheTable();
  std::size_t slot = 0;
  std::uint64_t generation = 0;
  {
    const MutexLock lock(&table.mutex);
    while (table.free_slots.empty()) table.freed.Wait(&table.mutex);
    slot = table.free_slots.back();
    table.free_slots.pop_back();
    generation = table.next_generation++;
  }
  table.slots[slot].context.store(context, std::memory_order_relaxed);
  table.slots[slot].state.store(generation << kUserBits, std::memory_order_release);
  // NOLINTNEXTLINE(performance-no-int-to-ptr): a handle, never dereferenced.
  handle_ = reinterpret_cast<amooz_ctx*>((generation << kSlotBits) | slot);
}

CallHandle::~CallHandle() {
  CallTable& table = TheTable();
  const std::size_t index = SlotOf(handle_);
  Slot& slot = table.slots[index];
  slot.state.fetch_sub(GenerationOf(handle_) << kUserBits, std::memory_order_acq_rel);
  if (slot.state.load(std::memory_order_acquire) != 0) {
    context_->Stop();
    while (slot.state.load(std::memory_order_acquire) != 0) std::this_thread::yield();
  }
  const MutexLock lock(&table.mutex);
  table.free_slots.push_back(index);
  table.freed.Signal();
}

CallPin::CallPin(amooz_ctx* handle) : slot_(SlotOf(handle)) {
  Slot& slot = TheTable().slots[slot_];
  const std::uint64_t generation = GenerationOf(handle);
  std::uint64_t state = slot.state.load(std::memory_order_relaxed);
  do {
    const bool is_full = (state & kUserMask) == kUserMask;
    if (generation == 0 || state >> kUserBits != generation || is_full) return;
  } while (!slot.state.compare_exchange_weak(state, state + 1, std::memory_order_acquire,
                                             std::memory_order_relaxed));
  context_ = slot.context.load(std::memory_order_relaxed);
}

CallPin::~CallPin() {
  if (context_ != nullptr) {
    TheTable().slots[slot_].state.fetch_sub(1, std::memory_order_release);
  }
}

}  // namespace amooz::host
