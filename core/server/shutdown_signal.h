// SIGTERM and SIGINT as something to wait for.
#ifndef AMOOZ_CORE_SERVER_SHUTDOWN_SIGNAL_H_
#define AMOOZ_CORE_SERVER_SHUTDOWN_SIGNAL_H_

#include <csignal>

namespace amooz::server {

// Make it in main before the first thread: every thread made later holds the signals back, so that
// Wait gets them. A second signal during the shutdown ends the process at once (nothing that was
// acknowledged is lost by that). SIGPIPE is ignored: a peer that went away is an error code.
class ShutdownSignal {
 public:
  ShutdownSignal();
  // Returns the signal's number.
  int Wait();

 private:
  sigset_t signals_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_SHUTDOWN_SIGNAL_H_
