// One call into a plugin, as the plugin's host functions act on it. Two kinds derive from it: a
// call in this process (in_process.cc) and a call in amooz-plugin-host, whose notices go to the
// parent (remote_call.h).
#ifndef AMOOZ_SDK_HOST_CALL_CONTEXT_H_
#define AMOOZ_SDK_HOST_CALL_CONTEXT_H_

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "amooz/sdk/abi.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"
#include "sdk/host/item_notes.h"
#include "sdk/host/plugin.h"

namespace amooz::host {

// A `loss` or `validation_loss` that is not finite.
bool IsDivergence(std::string_view metric, double value);
// "loss became NaN at step 12; lower the learning rate, ..."
Status DivergenceStatus(std::string_view metric, double value, std::int64_t step);

// What a plugin's code and message become: `code` decides; an unknown code is UNKNOWN, a missing
// message "(no message)".
Status PluginStatus(std::int32_t code, std::string_view message);

// All members are [any thread] unless they say otherwise.
class CallContext {
 public:
  // deadline_ns: CLOCK_MONOTONIC, 0 none. external_stop: may be null; must outlive this.
  CallContext(std::int64_t deadline_ns, const StopToken* external_stop)
      : deadline_ns_(deadline_ns), external_stop_(external_stop) {}
  virtual ~CallContext();
  CallContext(const CallContext&) = delete;
  CallContext& operator=(const CallContext&) = delete;

  // ---- For the host ----
  // From now on ShouldStop() is true, and what blocks returns "stop".
  void Stop();
  // Stops the call and decides its status, whatever the plugin will return. The first one counts.
  void End(Status verdict);
  // The status of the call after the plugin's function returned `code`: the verdict if there is
  // one, DEADLINE_EXCEEDED past the deadline unless the plugin failed of itself, ABORTED if it
  // returned DEADLINE_EXCEEDED before that (its own, not the call's), else PluginStatus.
  Status Outcome(std::int32_t code);
  // Deletes the call's scratch folder, if it has one: before the caller hears of the result.
  void DeleteScratchDir();
  // Set for calls that have items; must outlive the plugin's function.
  void set_notes(ItemNotes* notes) { notes_ = notes; }
  bool deadline_passed() const;

  // ---- For the plugin, through host_table.cc ----
  void Fail(std::int32_t code, std::string_view message);
  void Note(std::int64_t item, ItemNotes::Kind kind, std::string_view key, std::string_view value);
  bool ShouldStop() const;
  std::int64_t deadline_ns() const { return deadline_ns_; }
  void Metric(std::string_view name, double value, std::int64_t step);
  void Log(std::int32_t level, std::string_view message);
  void Annotate(std::int64_t index, std::string_view key, std::string_view value);
  // "" if it cannot be made (which is logged). Deleted when the
  // plugin's function has returned.
  std::string_view ScratchDir();

  virtual void Progress(std::uint64_t done, std::uint64_t total) = 0;
  virtual std::uint64_t ExampleCount(std::int32_t split) = 0;
  virtual std::int32_t NextExample(std::int32_t split, const amooz_example** out) = 0;
  virtual std::int32_t RewindExamples(std::int32_t split) = 0;
  virtual std::int32_t EmitVariation(const GeneratedVariation& variation) = 0;
  virtual std::int32_t EmitChunk(std::string_view utf8) = 0;
  virtual std::string_view Device() const = 0;

 protected:
  // `message` and the others are valid UTF-8 of bounded length.
  virtual void OnLog(std::int32_t level, std::string_view message) = 0;
  virtual void OnMetric(std::string_view name, double value, std::int64_t step) = 0;
  virtual void OnCallAnnotation(std::string_view key, std::string_view value) = 0;
  // Wakes whatever blocks in a derived class.
  virtual void OnStop() {}
  // The folder in which ScratchDir() makes its own.
  virtual std::string ScratchRoot() const = 0;

 private:
  const std::int64_t deadline_ns_;
  const StopToken* const external_stop_;
  std::atomic<bool> stopped_{false};
  ItemNotes* notes_ = nullptr;
  Mutex mutex_;
  std::optional<std::string> failure_ AMOOZ_GUARDED_BY(mutex_);
  std::optional<Status> verdict_ AMOOZ_GUARDED_BY(mutex_);
  std::string scratch_dir_ AMOOZ_GUARDED_BY(mutex_);
};

// The handle that a plugin gets for a call. It may misuse it for ever (from a thread that it forgot
// to join, say): a handle whose call has ended is recognised and ignored, never followed.
//
// The table behind it is one of the few globals: host functions get nothing but the handle.
class CallHandle {
 public:
  explicit CallHandle(CallContext* context);
  // Waits for host functions that still run on the call, after stopping it.
  ~CallHandle();
  CallHandle(const CallHandle&) = delete;
  CallHandle& operator=(const CallHandle&) = delete;
  amooz_ctx* get() const { return handle_; }

 private:
  CallContext* const context_;
  amooz_ctx* handle_;
};

// Holds a call open while one host function runs on it.
class CallPin {
 public:
  explicit CallPin(amooz_ctx* handle);
  ~CallPin();
  CallPin(const CallPin&) = delete;
  CallPin& operator=(const CallPin&) = delete;
  explicit operator bool() const { return context_ != nullptr; }
  CallContext* operator->() const { return context_; }

 private:
  std::size_t slot_ = 0;
  CallContext* context_ = nullptr;
};

// The table that plugins get at create. Lives as long as the process.
const amooz_host* HostTable();

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_CALL_CONTEXT_H_
