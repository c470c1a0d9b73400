#include "sdk/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <string_view>
#include <thread>

#include "sdk/base/clock.h"
#include "sdk/base/errno_status.h"
#include "sdk/base/fd.h"
#include "sdk/base/mutex.h"

namespace amooz {
namespace {

constexpr int kExtraFd = 3;
constexpr std::size_t kMaxCapturedBytes = std::size_t{4} << 20;
constexpr std::size_t kReadBytes = 4096;
constexpr std::size_t kMaxPipeBytes = std::size_t{1} << 20;  // fs.pipe-max-size

ExitStatus FromSigInfo(const siginfo_t& info) {
  ExitStatus status;
  if (info.si_code == CLD_EXITED) {
    status.exit_code = info.si_status;
  } else {
    status.signal = info.si_status;
  }
  return status;
}

class PosixProcess : public Process {
 public:
  PosixProcess(pid_t pid, UniqueFd pidfd) : pid_(pid), pidfd_(std::move(pidfd)) {}

  ~PosixProcess() override {
    PosixProcess::Signal(SIGKILL);
    static_cast<void>(PosixProcess::Wait(-1));
  }

  std::int32_t pid() const override { return pid_; }
  int pidfd() const override { return pidfd_.get(); }

  void Signal(int signal) override {
    const MutexLock lock(&mutex_);
    if (ended_.has_value()) return;
    // Not reaped yet, so the group's number cannot have been given to a stranger.
    if (signal == SIGKILL) ::kill(-pid_, SIGKILL);
    ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
  }

  std::optional<ExitStatus> Wait(int timeout_ms) override {
    pollfd readable{pidfd_.get(), POLLIN, 0};
    while (::poll(&readable, 1, timeout_ms) < 0 && errno == EINTR) {
    }
    const MutexLock lock(&mutex_);
    if (ended_.has_value() || (readable.revents & POLLIN) == 0) return ended_;
    ::kill(-pid_, SIGKILL);  // it is not reaped yet, so this is still its group
    siginfo_t info{};
    if (::waitid(static_cast<idtype_t>(P_PIDFD), static_cast<id_t>(pidfd_.get()), &info, WEXITED) ==
        0) {
      ended_ = FromSigInfo(info);
    } else {
      ended_ = ExitStatus{};  // somebody else reaped it: it ended, how is not known
    }
    return ended_;
  }

 private:
  const pid_t pid_;
  const UniqueFd pidfd_;
  Mutex mutex_;
  std::optional<ExitStatus> ended_ AMOOZ_GUARDED_BY(mutex_);
};

std::vector<std::string> MergedEnvironment(
    const std::vector<std::pair<std::string, std::string>>& changes) {
  std::vector<std::string> merged;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string_view name = text.substr(0, text.find('='));
    const bool is_replaced = std::any_of(changes.begin(), changes.end(),
                                         [&](const auto& change) { return change.first == name; });
    if (!is_replaced) merged.emplace_back(text);
  }
  for (const auto& [name, value] : changes) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> Pointers(std::vector<std::string>* strings) {
  std::vector<char*> pointers;
  for (std::string& s : *strings) pointers.push_back(s.data());
  pointers.push_back(nullptr);
  return pointers;
}

// The attributes and file actions of one posix_spawn.
class SpawnPlan {
 public:
  explicit SpawnPlan(const SpawnOptions& options) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    Place(options.stdout_fd, STDOUT_FILENO);
    Place(options.stderr_fd, STDERR_FILENO);
    if (options.extra_fd >= 0) Place(options.extra_fd, kExtraFd);
    sigset_t none;
    sigset_t all;
    sigemptyset(&none);
    sigfillset(&all);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    ::posix_spawnattr_setsigdefault(&attributes_, &all);
    ::posix_spawnattr_setpgroup(&attributes_, 0);
    ::posix_spawnattr_setflags(
        &attributes_, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  ~SpawnPlan() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }
  SpawnPlan(const SpawnPlan&) = delete;
  SpawnPlan& operator=(const SpawnPlan&) = delete;

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  // A dup2 of a descriptor onto itself clears its O_CLOEXEC in posix_spawn, so this holds for
  // equal numbers too.
  void Place(int fd, int target) {
    if (fd >= 0) {
      ::posix_spawn_file_actions_adddup2(&actions_, fd, target);
    } else {
      ::posix_spawn_file_actions_addopen(&actions_, target, "/dev/null", O_WRONLY, 0);
    }
  }
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

Result<std::unique_ptr<Process>> SpawnHere(const SpawnOptions& options) {
  std::vector<std::string> argv = options.argv;
  std::vector<std::string> environment = MergedEnvironment(options.environment);
  const SpawnPlan plan(options);
  pid_t pid = -1;
  const int error = ::posix_spawn(&pid, argv[0].c_str(), plan.actions(), plan.attributes(),
                                  Pointers(&argv).data(), Pointers(&environment).data());
  if (error != 0) return ErrnoStatus("start " + argv[0], error);
  UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) {
    const Status status = ErrnoStatus("pidfd_open (Linux 5.3 or newer is needed)");
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
    return status;
  }
  return std::unique_ptr<Process>(std::make_unique<PosixProcess>(pid, std::move(pidfd)));
}

class ThreadSpawner : public Spawner {
 public:
  ThreadSpawner() { std::thread(&ThreadSpawner::Run, this).detach(); }

  Result<std::unique_ptr<Process>> Spawn(const SpawnOptions& options) override {
    if (options.argv.empty()) return Status(Code::kInvalidArgument, "nothing to start: empty argv");
    Request request{&options, std::nullopt};
    const MutexLock lock(&mutex_);
    requests_.push_back(&request);
    changed_.SignalAll();
    while (!request.result.has_value()) changed_.Wait(&mutex_);
    return std::move(*request.result);
  }

 private:
  struct Request {
    const SpawnOptions* options;
    std::optional<Result<std::unique_ptr<Process>>> result;
  };

  void Run() {
    mutex_.Lock();
    for (;;) {
      while (requests_.empty()) changed_.Wait(&mutex_);
      Request* request = requests_.front();
      requests_.pop_front();
      mutex_.Unlock();
      auto result = SpawnHere(*request->options);
      mutex_.Lock();
      request->result.emplace(std::move(result));
      changed_.SignalAll();
    }
  }

  Mutex mutex_;
  CondVar changed_;
  std::deque<Request*> requests_ AMOOZ_GUARDED_BY(mutex_);
};

}  // namespace

namespace {

// Reads some of what is there into *text; closes `fd`, which does not block, at its end. False if
// there was nothing.
bool Drain(UniqueFd* fd, std::string* text) {
  char buffer[kReadBytes];
  const ssize_t n = ::read(fd->get(), buffer, sizeof(buffer));
  if (n > 0 && text->size() < kMaxCapturedBytes) text->append(buffer, static_cast<std::size_t>(n));
  if (n == 0 || (n < 0 && errno != EINTR && errno != EAGAIN)) fd->Reset();
  return n > 0;
}

// What a child that has ended left in a pipe, and no more: somebody may still write into it.
void DrainRest(UniqueFd* fd, std::string* text) {
  for (std::size_t got = 0; got < kMaxPipeBytes && Drain(fd, text); got += kReadBytes) {
  }
}

// Waits until `process` has ended or there is something to read, which is then read. False at a
// timeout.
bool DrainEither(const Process& process, UniqueFd* out, UniqueFd* err, Captured* captured,
                 int timeout_ms) {
  pollfd fds[3] = {{process.pidfd(), POLLIN, 0}, {out->get(), POLLIN, 0}, {err->get(), POLLIN, 0}};
  const int ready = ::poll(fds, 3, timeout_ms);
  if (ready < 0) return errno == EINTR;
  if (fds[1].revents != 0) Drain(out, &captured->out);
  if (fds[2].revents != 0) Drain(err, &captured->err);
  return ready > 0;
}

}  // namespace

Result<Captured> RunToEnd(Spawner* spawner, std::vector<std::string> argv, int timeout_ms) {
  int out_fds[2];
  int err_fds[2];
  if (::pipe2(out_fds, O_CLOEXEC) != 0) return ErrnoStatus("make a pipe");
  UniqueFd out(out_fds[0]);
  ::fcntl(out.get(), F_SETFL, O_NONBLOCK);
  UniqueFd out_end(out_fds[1]);
  if (::pipe2(err_fds, O_CLOEXEC) != 0) return ErrnoStatus("make a pipe");
  UniqueFd err(err_fds[0]);
  ::fcntl(err.get(), F_SETFL, O_NONBLOCK);
  UniqueFd err_end(err_fds[1]);
  const std::string what = argv.empty() ? "" : argv[0];
  SpawnOptions options;
  options.argv = std::move(argv);
  options.stdout_fd = out_end.get();
  options.stderr_fd = err_end.get();
  AMOOZ_ASSIGN_OR_RETURN(const std::unique_ptr<Process> process, spawner->Spawn(options));
  out_end.Reset();
  err_end.Reset();
  Captured captured;
  const Status too_slow(Code::kDeadlineExceeded,
                        what + " did not end within " + std::to_string(timeout_ms) + " ms");
  const std::int64_t until_ns = MonotonicNanos() + std::int64_t{timeout_ms} * 1'000'000;
  const auto left_ms = [&] {
    return static_cast<int>(std::max<std::int64_t>(0, (until_ns - MonotonicNanos()) / 1'000'000));
  };
  // Its end counts, not its pipes' end: what it started may hold them for ever.
  std::optional<ExitStatus> exit;
  while (!(exit = process->Wait(0)).has_value()) {
    if (!DrainEither(*process, &out, &err, &captured, left_ms())) return too_slow;
  }
  DrainRest(&out, &captured.out);
  DrainRest(&err, &captured.err);
  captured.exit = *exit;
  return captured;
}

std::string ExitStatus::ToString() const {
  if (signal.has_value()) {
    const char* name = ::sigdescr_np(*signal);
    return "signal " + std::to_string(*signal) + " (" + (name != nullptr ? name : "unknown") + ")";
  }
  if (exit_code.has_value()) return "exit code " + std::to_string(*exit_code);
  return "an unknown exit status";
}

Spawner* Spawner::Default() {
  static ThreadSpawner* const spawner = new ThreadSpawner;
  return spawner;
}

}  // namespace amooz
