// Child processes behind an interface. Unlike a pid, a Process cannot name a stranger: signals and
// waits go through a pidfd.
#ifndef AMOOZ_SDK_BASE_PROCESS_H_
#define AMOOZ_SDK_BASE_PROCESS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "sdk/base/status.h"

namespace amooz {

// How a process ended. Exactly one of the two is set.
struct ExitStatus {
  std::optional<int> exit_code;
  std::optional<int> signal;
  std::string ToString() const;  // "exit code 3", "signal 9 (Killed)"
};

// A child. Destroying it kills the child if it still runs (SIGKILL to its group) and reaps it.
// Thread-safe.
class Process {
 public:
  virtual ~Process() = default;
  virtual std::int32_t pid() const = 0;
  // Readable (poll) once the child has ended. The Process keeps it.
  virtual int pidfd() const = 0;
  // Has no effect on a child that has ended. SIGKILL goes to the child's whole process group.
  virtual void Signal(int signal) = 0;
  // How it ended; nullopt if it still runs after timeout_ms (-1 waits forever). Reaps it, and kills
  // what is left of its process group: what a child started and did not wait for ends with it.
  virtual std::optional<ExitStatus> Wait(int timeout_ms) = 0;
};

struct SpawnOptions {
  std::vector<std::string> argv;  // argv[0] is the executable's absolute path
  // Added to, or put in place of, this process's environment.
  std::vector<std::pair<std::string, std::string>> environment;
  int stdout_fd = -1;  // -1: /dev/null
  int stderr_fd = -1;  // -1: /dev/null
  int extra_fd = -1;   // becomes descriptor 3 of the child; -1: none
};

// Thread-safe.
class Spawner {
 public:
  virtual ~Spawner() = default;
  // Starts a child in a process group of its own, standard input from /dev/null, signals at their
  // defaults. Descriptors of this process that are not named in options must be O_CLOEXEC.
  virtual Result<std::unique_ptr<Process>> Spawn(const SpawnOptions& options) = 0;
  // posix_spawn from one thread that lives as long as the process: PR_SET_PDEATHSIG, which
  // children use, fires when the thread that spawned them ends. Never destroyed.
  static Spawner* Default();
};

// What a short-lived child left behind.
struct Captured {
  std::string out, err;  // at most 4 MiB each; the rest is read and dropped
  ExitStatus exit;
};
// Runs argv to its end and reads its output, as much as is there when it ends. DEADLINE_EXCEEDED,
// and the child killed, if that takes longer than timeout_ms.
Result<Captured> RunToEnd(Spawner* spawner, std::vector<std::string> argv, int timeout_ms);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_PROCESS_H_
