// The parent's side of the wire: one amooz-plugin-host, and the calls under way in it.
//
// One thread a child reads its socket, its output and its end. A call's upcalls are handled in the
// thread of its own caller, so that a slow caller holds back nobody else; how many may wait is
// bounded (credit.h). When the child dies, every call under way fails with UNAVAILABLE.
#ifndef AMOOZ_SDK_HOST_CHILD_PROCESS_H_
#define AMOOZ_SDK_HOST_CHILD_PROCESS_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <thread>

#include "sdk/base/fd.h"
#include "sdk/base/mutex.h"
#include "sdk/base/process.h"
#include "sdk/base/status.h"
#include "sdk/host/frame_socket.h"
#include "sdk/host/messages.h"
#include "sdk/host/plugin.h"
#include "sdk/host/scratch.h"
#include "sdk/host/variation_gate.h"

namespace amooz::host {

// What a call may hear and ask; null where it may not. All must outlive the call.
struct Upcalls {
  const Observer* observer = nullptr;
  ExampleSource* source = nullptr;
  VariationGate* gate = nullptr;
  const LoadedModel::OnChunk* on_chunk = nullptr;
};

// Thread-safe.
class ChildProcess {
 public:
  struct Options {
    std::string plugin_path;  // for messages
    std::int32_t nice = 0;
    std::int32_t cpu_threads = 0;
    // Lines that the child prints, and what it logs where a call has no observer. [any thread]
    std::function<void(std::int32_t level, std::string_view line)> on_log;
    std::shared_ptr<StopToken> stop;  // OpenOptions::stop
  };
  // Starts PluginHostPath() and nothing more: the first call is kHello.
  static Result<std::unique_ptr<ChildProcess>> Start(Options options);
  // Closes the socket, waits as long as the plugin's grace, then SIGTERM, then SIGKILL. Once
  // Options::stop is stopped, before or meanwhile, SIGKILL comes a grace after that stop.
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  std::int32_t pid() const { return process_->pid(); }
  bool alive() const;
  void set_stop_grace_ms(std::int32_t ms) { stop_grace_ms_ = ms; }
  const std::shared_ptr<StopToken>& stop() const { return options_.stop; }
  // To Options::on_log. [any thread]
  void Log(std::int32_t level, std::string_view line) const;

  // Sends a call and handles its upcalls in this thread until its result has come; returns the
  // result's value. `payload` begins with a CallStart of the same deadline. When the call is to
  // stop (options.stop, the deadline, on_chunk's false, a diverged loss) the plugin is asked to;
  // if it does not within its grace, the child is killed, and with it its other calls.
  Result<std::string> Call(FrameType type, const std::string& payload, const Upcalls& upcalls,
                           const CallOptions& options, std::int64_t deadline_ns);

 private:
  struct PendingCall {
    CondVar changed;
    std::deque<Frame> upcalls;    // guarded by mutex_
    std::optional<Frame> result;  // guarded by mutex_
  };
  class CallRunner;

  explicit ChildProcess(Options options) : options_(std::move(options)) {}
  Status Spawn();
  void ReadLoop();
  void ReadOutput();
  bool ReadFrames();
  void TakeLine(std::string line);
  void Dispatch(Frame frame);
  void Kill(const Status& why) AMOOZ_EXCLUDES(mutex_);
  void EndWithProcess();
  bool EndsWithin(std::int64_t ms) const;
  std::int64_t StoppedUntilNs() const;
  std::int32_t GraceMs(const StopToken& stop) const;
  Status DeathStatus();

  const Options options_;
  std::unique_ptr<ScratchFolder> scratch_;
  std::unique_ptr<Process> process_;
  std::unique_ptr<FrameSocket> socket_;
  UniqueFd output_;
  std::string partial_line_;
  std::atomic<std::int32_t> stop_grace_ms_{0};
  std::thread reader_;

  mutable Mutex mutex_;
  CondVar death_;
  std::map<std::uint64_t, PendingCall*> pending_ AMOOZ_GUARDED_BY(mutex_);
  std::uint64_t next_call_id_ AMOOZ_GUARDED_BY(mutex_) = 1;
  std::deque<std::string> last_lines_ AMOOZ_GUARDED_BY(mutex_);
  std::optional<Status> killed_because_ AMOOZ_GUARDED_BY(mutex_);
  std::optional<Status> dead_ AMOOZ_GUARDED_BY(mutex_);  // what calls fail with from then on
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_CHILD_PROCESS_H_
