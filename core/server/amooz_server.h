// The server as one object: every domain object, the services over them, start and stop in the
// right order.
#ifndef AMOOZ_CORE_SERVER_AMOOZ_SERVER_H_
#define AMOOZ_CORE_SERVER_AMOOZ_SERVER_H_

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "amooz/v1/config.pb.h"

namespace amooz::server {

struct AmoozServerOptions {
  v1::Config config{};          // complete
  std::string config_source{};  // the file it came from; "" if none
  // A stream is given up when its client takes nothing for so long.
  std::chrono::milliseconds stall_limit = std::chrono::seconds(60);
};

// Start: what may be refused without a trace is checked first (address, plugins), then the data
// folder is opened and migrated, the port taken, a cycle under way goes on, the scheduler looks.
// Only then it serves, and DATA_DIR/amoozd.address says where.
//
// Stop: no new calls, streams end with UNAVAILABLE after their last acknowledgement, the cycle's
// child is stopped and the cycle stays on disk as it is.
class AmoozServer {
 public:
  // Errors name what to mend. Nothing runs any more after a failure.
  static absl::StatusOr<std::unique_ptr<AmoozServer>> Start(AmoozServerOptions options);
  // Whether Start would take the plugins that `config` names, and their configs. Changes nothing.
  static absl::Status CheckPlugins(const v1::Config& config);
  ~AmoozServer();  // Stop()
  AmoozServer(const AmoozServer&) = delete;
  AmoozServer& operator=(const AmoozServer&) = delete;

  // HOST:PORT with the real port.
  const std::string& address() const;
  // May be called twice.
  void Stop();

 private:
  class Impl;
  explicit AmoozServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_AMOOZ_SERVER_H_
