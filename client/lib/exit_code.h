// What `amooz` tells the shell. Scripts rely on these numbers: never renumber.
#ifndef AMOOZ_CLIENT_LIB_EXIT_CODE_H_
#define AMOOZ_CLIENT_LIB_EXIT_CODE_H_

#include "absl/status/status.h"

namespace amooz::client {

enum ExitCode : int {
  kExitOk = 0,
  kExitFailed = 1,
  kExitUsage = 2,
  kExitNotFound = 3,
  kExitUnavailable = 4,
  kExitRefused = 5,
  // 128 + SIGINT, as shells have it: the person stopped waiting.
  kExitInterrupted = 130,
};

// INVALID_ARGUMENT and OUT_OF_RANGE: 2. NOT_FOUND: 3. UNAVAILABLE and DEADLINE_EXCEEDED: 4.
// FAILED_PRECONDITION, ABORTED and ALREADY_EXISTS (all right as asked, but not now): 5. Else 1.
ExitCode ExitCodeOf(const absl::Status& status);

}  // namespace amooz::client

#endif  // AMOOZ_CLIENT_LIB_EXIT_CODE_H_
