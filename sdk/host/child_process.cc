#include "sdk/host/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <limits>
#include <utility>

#include "sdk/base/clock.h"
#include "sdk/base/errno_status.h"
#include "sdk/base/utf8.h"
#include "sdk/host/call_context.h"
#include "sdk/host/call_slots.h"
#include "sdk/host/credit.h"

namespace amooz::host {
namespace {

constexpr std::size_t kKeptLines = 20;
constexpr std::size_t kMaxLineBytes = 4096;
// A child keeps to the credit window; more than this waiting means that it went mad.
constexpr std::size_t kMaxWaitingUpcalls = kNoticeWindow + 64;
// How long a child may take to end after SIGTERM, or after it has closed its socket by itself.
constexpr int kTermGraceMs = 500;
constexpr std::int64_t kNanosPerMilli = 1'000'000;
// A StopToken wakes nobody, so a waiting call looks at it this often.
constexpr std::chrono::milliseconds kLookEvery{10};

struct Pipe {
  UniqueFd read_end;
  UniqueFd write_end;
};

Result<Pipe> MakePipe() {
  int fds[2];
  if (::pipe2(fds, O_CLOEXEC) != 0) return ErrnoStatus("make a pipe for a plugin's process");
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

Result<Pipe> MakeSocketPair() {
  int fds[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds) != 0) {
    return ErrnoStatus("make a socket pair for a plugin's process");
  }
  return Pipe{UniqueFd(fds[0]), UniqueFd(fds[1])};
}

// Of the first row that is pulled.
std::string NameOf(const PullExamplesMessage& pull) {
  return (pull.split == AMOOZ_SPLIT_TRAIN ? "train row " : "validation row ") +
         std::to_string(pull.first + 1);
}

bool IsUpcall(FrameType type) {
  return type >= FrameType::kProgress && type <= FrameType::kPullExamples;
}

}  // namespace

// One call, in its caller's thread: the state between its upcalls.
class ChildProcess::CallRunner {
 public:
  CallRunner(ChildProcess* child, std::uint64_t id, PendingCall* call, const Upcalls& upcalls,
             const CallOptions& options, std::int64_t deadline_ns)
      : child_(child),
        id_(id),
        call_(call),
        upcalls_(upcalls),
        options_(options),
        deadline_ns_(deadline_ns),
        may_stop_(options.stop != nullptr || deadline_ns != 0) {}

  Result<std::string> Run() {
    while (WaitForNews()) {
      for (Frame& frame : news_) Handle(frame);
      news_.clear();
      if (verdict_.ok()) Want(StillWanted(options_, deadline_ns_));
      EnforceGrace();
    }
    return Finish();
  }

 private:
  // Waits for upcalls, the result, the child's death, or (every kLookEvery where that matters) a
  // reason to stop. False once there is nothing more to handle.
  bool WaitForNews() {
    const MutexLock lock(&child_->mutex_);
    while (call_->upcalls.empty()) {
      if (call_->result.has_value() || child_->dead_.has_value()) return false;
      if (may_stop_ || !verdict_.ok()) {
        call_->changed.WaitFor(&child_->mutex_, kLookEvery);
        break;
      }
      call_->changed.Wait(&child_->mutex_);
    }
    news_.swap(call_->upcalls);
    return true;
  }

  Result<std::string> Finish() {
    ResultMessage result;
    {
      const MutexLock lock(&child_->mutex_);
      child_->pending_.erase(id_);
      if (!call_->result.has_value()) return verdict_.ok() ? *child_->dead_ : verdict_;
      AMOOZ_RETURN_IF_ERROR(Decode(call_->result->payload, &result));
    }
    const Status status = PluginStatus(result.code, result.message);
    // Told to stop, a plugin may still say what it stopped for (a damaged artifact, say).
    const bool has_own_reason = !status.ok() && status.code() != Code::kCancelled;
    if (!verdict_.ok() && !has_own_reason) {
      const bool came_too_late = verdict_.code() == Code::kCancelled && status.ok() && !cut_short_;
      if (!came_too_late) return verdict_;
    }
    if (!status.ok()) return status;
    return std::move(result.value);
  }

  // Asks the plugin to stop, for the reason `verdict` (not OK). The first reason counts.
  void Want(const Status& verdict) {
    if (verdict.ok() || !verdict_.ok()) return;
    verdict_ = verdict;
    grace_ms_ =
        options_.stop == nullptr ? child_->stop_grace_ms_.load() : child_->GraceMs(*options_.stop);
    kill_at_ns_ = MonotonicNanos() + grace_ms_ * kNanosPerMilli;
    Send(FrameType::kCancel, {});
  }

  void EnforceGrace() {
    if (verdict_.ok() || was_killed_ || MonotonicNanos() < kill_at_ns_) return;
    was_killed_ = true;
    verdict_ =
        Status(verdict_.code(), verdict_.message() + "; the plugin did not stop within its " +
                                    std::to_string(grace_ms_) + " ms and was killed");
    child_->Kill(Status(Code::kUnavailable,
                        "its process was killed because another call did not stop in time"));
  }

  void Send(FrameType type, std::string_view payload) {
    // A child that is gone ends the call through its death, one that does not read is killed.
    if (const Status sent = child_->socket_->Send(type, id_, payload); !sent.ok()) {
      child_->Kill(sent);
    }
  }

  template <typename M, typename F>
  void With(const Frame& frame, F&& f) {
    M message;
    if (const Status status = Decode(frame.payload, &message); !status.ok()) {
      child_->Kill(status);
    } else {
      f(message);
    }
  }

  void Handle(const Frame& frame) {
    switch (frame.type) {
      case FrameType::kVariation:
        return With<VariationMessage>(frame, [&](const VariationMessage& m) { OnVariation(m); });
      case FrameType::kPullExamples:
        return With<PullExamplesMessage>(frame, [&](const PullExamplesMessage& m) { OnPull(m); });
      case FrameType::kChunk:
        With<ChunkMessage>(frame, [&](const ChunkMessage& m) { OnChunk(m); });
        break;
      case FrameType::kMetric:
        With<MetricMessage>(frame, [&](const MetricMessage& m) { OnMetric(m); });
        break;
      case FrameType::kLog:
        With<LogMessage>(frame, [&](const LogMessage& m) { OnLog(m); });
        break;
      case FrameType::kProgress:
        With<ProgressMessage>(frame, [&](const ProgressMessage& m) {
          if (const Observer* o = upcalls_.observer; o != nullptr && o->on_progress) {
            o->on_progress(m.done, m.total);
          }
        });
        break;
      default:  // kCallAnnotation
        With<CallAnnotationMessage>(frame, [&](const CallAnnotationMessage& m) {
          if (const Observer* o = upcalls_.observer; o != nullptr && o->on_annotation) {
            o->on_annotation(m.key, m.value);
          }
        });
    }
    GiveCredit();
  }

  void GiveCredit() {
    if (++owed_credits_ < kCreditsGivenAtOnce) return;
    Send(FrameType::kCredit, Encode(CreditMessage{owed_credits_}));
    owed_credits_ = 0;
  }

  void OnChunk(const ChunkMessage& chunk) {
    if (upcalls_.on_chunk == nullptr || cut_short_ || !verdict_.ok()) return;
    if ((*upcalls_.on_chunk)(chunk.utf8)) return;
    cut_short_ = true;
    Want(Status(Code::kCancelled, "the reader of the reply stopped it"));
  }

  void OnMetric(const MetricMessage& metric) {
    if (const Observer* o = upcalls_.observer; o != nullptr && o->on_metric) {
      o->on_metric(metric.name, metric.value, metric.step);
    }
    if (IsDivergence(metric.name, metric.value)) {
      Want(DivergenceStatus(metric.name, metric.value, metric.step));
    }
  }

  void OnLog(const LogMessage& log) {
    if (const Observer* o = upcalls_.observer; o != nullptr && o->on_log) {
      o->on_log(log.level, log.text);
    } else {
      child_->Log(log.level, log.text);
    }
  }

  void OnVariation(const VariationMessage& message) {
    const GeneratedVariation variation{std::string(message.instruction),
                                       std::string(message.response), message.source_index,
                                       std::string(message.meta_json)};
    const std::int32_t answer =
        upcalls_.gate == nullptr || !verdict_.ok() ? 2 : upcalls_.gate->Emit(variation);
    Send(FrameType::kVariationAnswer, Encode(VariationAnswer{answer}));
  }

  void OnPull(const PullExamplesMessage& pull) {
    std::deque<Example> batch;  // copies: a source's reference lives until its next Get only
    ExamplesMessage answer{pull.split, pull.first, {}};
    const std::uint64_t count = upcalls_.source == nullptr ? 0 : upcalls_.source->Count(pull.split);
    std::size_t bytes = 0;
    for (std::uint64_t i = pull.first; i < count && batch.size() < kExamplesAtOnce; ++i) {
      const Example& next = upcalls_.source->Get(pull.split, i);
      bytes += ExampleMessage::From(next).frame_bytes();
      if (!batch.empty() && bytes > kExampleBytesAtOnce) break;
      answer.examples.push_back(ExampleMessage::From(batch.emplace_back(next)));
    }
    if (!batch.empty()) Want(CheckFitsAFrame(answer.examples.front(), NameOf(pull)));
    // A call that is to stop needs no examples.
    if (verdict_.ok()) Send(FrameType::kExamples, Encode(answer));
  }

  ChildProcess* const child_;
  const std::uint64_t id_;
  PendingCall* const call_;
  const Upcalls& upcalls_;
  const CallOptions& options_;
  const std::int64_t deadline_ns_;
  const bool may_stop_;
  std::deque<Frame> news_;
  Status verdict_;  // not OK once the call was told to stop: why
  bool cut_short_ = false;
  std::int32_t grace_ms_ = 0;  // from the verdict on
  bool was_killed_ = false;
  std::int64_t kill_at_ns_ = 0;
  std::uint32_t owed_credits_ = 0;
};

Result<std::unique_ptr<ChildProcess>> ChildProcess::Start(Options options) {
  std::unique_ptr<ChildProcess> child(new ChildProcess(std::move(options)));
  AMOOZ_RETURN_IF_ERROR(child->Spawn());
  child->reader_ = std::thread(&ChildProcess::ReadLoop, child.get());
  return child;
}

Status ChildProcess::Spawn() {
  AMOOZ_ASSIGN_OR_RETURN(scratch_, ScratchFolder::Make());
  AMOOZ_ASSIGN_OR_RETURN(Pipe output, MakePipe());
  AMOOZ_ASSIGN_OR_RETURN(Pipe sockets, MakeSocketPair());
  SpawnOptions spawn;
  spawn.argv = {PluginHostPath(), "--serve", std::to_string(::getpid()), scratch_->path(),
                std::to_string(options_.nice)};
  if (options_.cpu_threads > 0) {
    const std::string threads = std::to_string(options_.cpu_threads);
    // Threads that wait must sleep: where the machine is busy, OpenMP's default of spinning at each
    // barrier made a training of two threads 2.3 times slower than with PASSIVE.
    spawn.environment = {
        {"OMP_NUM_THREADS", threads}, {"MKL_NUM_THREADS", threads}, {"OMP_WAIT_POLICY", "PASSIVE"}};
  }
  spawn.stdout_fd = output.write_end.get();
  spawn.stderr_fd = output.write_end.get();
  spawn.extra_fd = sockets.write_end.get();
  Result<std::unique_ptr<Process>> process = Spawner::Default()->Spawn(spawn);
  if (!process.ok()) {
    return Status(process.status().code(),
                  process.status().message() +
                      "; amooz-plugin-host belongs beside this program in ../libexec, or where "
                      "AMOOZ_PLUGIN_HOST says");
  }
  process_ = *std::move(process);
  ::fcntl(output.read_end.get(), F_SETFL, O_NONBLOCK);
  output_ = std::move(output.read_end);
  socket_ = std::make_unique<FrameSocket>(std::move(sockets.read_end));
  return Status::Ok();
}

ChildProcess::~ChildProcess() {
  if (process_ != nullptr) EndWithProcess();
  if (reader_.joinable()) reader_.join();
}

void ChildProcess::EndWithProcess() {
  socket_->ShutdownSend();
  // The child itself gives its calls the plugin's grace; a little more lets it unload.
  if (EndsWithin(stop_grace_ms_ + std::int64_t{kTermGraceMs})) return;
  process_->Signal(SIGTERM);
  if (EndsWithin(kTermGraceMs)) return;
  process_->Signal(SIGKILL);
  static_cast<void>(process_->Wait(-1));
}

// False once that time, or what a stop leaves of it, is over.
bool ChildProcess::EndsWithin(std::int64_t ms) const {
  const std::int64_t until_ns = MonotonicNanos() + ms * kNanosPerMilli;
  for (;;) {
    const std::int64_t left_ms =
        (std::min(until_ns, StoppedUntilNs()) - MonotonicNanos()) / kNanosPerMilli;
    const std::int64_t look_ms = std::clamp<std::int64_t>(left_ms, 0, kLookEvery.count());
    if (process_->Wait(static_cast<int>(look_ms)).has_value()) return true;
    if (left_ms <= look_ms) return false;
  }
}

// When a child is killed whose opener stopped it.
std::int64_t ChildProcess::StoppedUntilNs() const {
  const StopToken* const stop = options_.stop.get();
  if (stop == nullptr || !stop->stopped()) return std::numeric_limits<std::int64_t>::max();
  return stop->stopped_at_ns() + GraceMs(*stop) * kNanosPerMilli;
}

std::int32_t ChildProcess::GraceMs(const StopToken& stop) const {
  return std::min(stop_grace_ms_.load(), stop.most_grace_ms());
}

bool ChildProcess::alive() const {
  const MutexLock lock(&mutex_);
  return !dead_.has_value();
}

void ChildProcess::Log(std::int32_t level, std::string_view line) const {
  if (options_.on_log) options_.on_log(level, line);
}

void ChildProcess::Kill(const Status& why) {
  {
    const MutexLock lock(&mutex_);
    if (!killed_because_.has_value()) killed_because_ = why;
    if (dead_.has_value()) return;
  }
  process_->Signal(SIGTERM);
  if (!EndsWithin(kTermGraceMs)) process_->Signal(SIGKILL);
}

// ---- The reader thread ----

void ChildProcess::ReadLoop() {
  bool is_reading = true;
  for (;;) {
    pollfd fds[3] = {{process_->pidfd(), POLLIN, 0},
                     {output_.valid() ? output_.get() : -1, POLLIN, 0},
                     {is_reading ? socket_->fd() : -1, POLLIN, 0}};
    const int ready = ::poll(fds, 3, is_reading ? -1 : kTermGraceMs);
    if (ready < 0 && errno != EINTR) break;
    if (ready == 0) {  // it closed its socket and lives on: nobody could ever call it again
      process_->Signal(SIGKILL);
      continue;
    }
    if (fds[1].revents != 0) ReadOutput();
    if (fds[2].revents != 0) is_reading = ReadFrames();
    if (fds[0].revents != 0) break;
  }
  // What it said before it died is still in the pipes.
  ReadOutput();
  if (is_reading) ReadFrames();
  if (!partial_line_.empty()) TakeLine(std::exchange(partial_line_, {}));
  const Status death = DeathStatus();
  const MutexLock lock(&mutex_);
  dead_ = death;
  for (const auto& [id, call] : pending_) call->changed.SignalAll();
}

void ChildProcess::ReadOutput() {
  char buffer[4096];
  for (;;) {
    if (!output_.valid()) return;
    const ssize_t n = ::read(output_.get(), buffer, sizeof(buffer));
    if (n < 0 && errno == EINTR) continue;
    if (n == 0) output_.Reset();
    if (n <= 0) return;
    for (const char c : std::string_view(buffer, static_cast<std::size_t>(n))) {
      const bool is_full = partial_line_.size() >= kMaxLineBytes;
      if (c != '\n') partial_line_.push_back(c);
      if (c == '\n' || is_full) TakeLine(std::exchange(partial_line_, {}));
    }
  }
}

void ChildProcess::TakeLine(std::string line) {
  const std::string clean = ToUtf8(line);
  {
    const MutexLock lock(&mutex_);
    last_lines_.push_back(clean);
    if (last_lines_.size() > kKeptLines) last_lines_.pop_front();
  }
  Log(AMOOZ_LOG_INFO, clean);
}

// False once no more will come.
bool ChildProcess::ReadFrames() {
  for (;;) {
    Result<std::optional<Frame>> frame = socket_->Receive(/*may_block=*/false);
    if (!frame.ok()) {
      Kill(frame.status());
      return false;
    }
    if (!frame->has_value()) return !socket_->closed();
    Dispatch(**std::move(frame));
  }
}

void ChildProcess::Dispatch(Frame frame) {
  bool is_mad = false;
  {
    const MutexLock lock(&mutex_);
    const auto found = pending_.find(frame.call_id);
    if (found == pending_.end()) return;  // the caller has gone
    PendingCall* const call = found->second;
    if (frame.type == FrameType::kResult) {
      call->result = std::move(frame);
    } else {
      is_mad = !IsUpcall(frame.type) || call->upcalls.size() >= kMaxWaitingUpcalls;
      if (!is_mad) call->upcalls.push_back(std::move(frame));
    }
    call->changed.SignalAll();
  }
  if (is_mad) {
    Kill(Status(Code::kInternal, "amooz-plugin-host broke the rules of its own wire"));
  }
}

Status ChildProcess::DeathStatus() {
  const std::optional<ExitStatus> exit = process_->Wait(-1);
  const MutexLock lock(&mutex_);
  std::string message = "its process has ended (" + exit.value_or(ExitStatus{}).ToString() + ")";
  if (killed_because_.has_value()) message += ": " + killed_because_->message();
  if (exit.has_value() && exit->exit_code == kUnheardExit) {
    message +=
        ": it could not send to its host any more; a plugin must not close descriptors that "
        "it did not open";
  }
  if (!last_lines_.empty()) message += "; its last lines:";
  for (const std::string& line : last_lines_) message += "\n  " + line;
  return Status(Code::kUnavailable, message);
}

// ---- Calls ----

Result<std::string> ChildProcess::Call(FrameType type, const std::string& payload,
                                       const Upcalls& upcalls, const CallOptions& options,
                                       std::int64_t deadline_ns) {
  PendingCall call;
  std::uint64_t id = 0;
  {
    const MutexLock lock(&mutex_);
    if (dead_.has_value()) return *dead_;
    id = next_call_id_++;
    pending_[id] = &call;
  }
  const Status sent = socket_->Send(type, id, payload);
  if (sent.code() == Code::kInvalidArgument) {
    const MutexLock lock(&mutex_);
    pending_.erase(id);
    return sent;
  }
  // Where sending failed otherwise the child is dying, and its death says more than EPIPE does.
  return CallRunner(this, id, &call, upcalls, options, deadline_ns).Run();
}

}  // namespace amooz::host
