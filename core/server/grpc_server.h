// The listening gRPC server: port, limits, keepalive, health, end. It knows no service of ours.
#ifndef AMOOZ_CORE_SERVER_GRPC_SERVER_H_
#define AMOOZ_CORE_SERVER_GRPC_SERVER_H_

#include <grpcpp/impl/service_type.h>
#include <grpcpp/server.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "sdk/base/listen_address.h"

namespace amooz::server {

struct NamedService {
  std::string name;  // amooz.v1.CycleService
  grpc::Service* service = nullptr;
};

struct GrpcServerOptions {
  ListenAddress listen;
  // A larger request fails with RESOURCE_EXHAUSTED before it is read into memory. Bytes.
  int max_request_bytes = 16 << 20;
};

// Health (grpc.health.v1): the server as a whole ("") and each service are NOT_SERVING until
// SetServing(true), and again from Shutdown on.
class GrpcServer {
 public:
  // `services` must outlive the server. FAILED_PRECONDITION if the port cannot be had.
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(
      const GrpcServerOptions& options, const std::vector<NamedService>& services);
  ~GrpcServer();  // Shutdown(0)

  // HOST:PORT as clients use it; the port is never 0.
  const std::string& address() const { return address_; }
  void SetServing(bool is_serving);
  // Takes no new call, gives those under way `grace` to end, cancels the rest, waits for them.
  // Afterwards no reaction runs any more. May be called twice.
  void Shutdown(std::chrono::milliseconds grace);

 private:
  GrpcServer(std::unique_ptr<grpc::Server> server, std::string address,
             std::vector<std::string> service_names);

  std::unique_ptr<grpc::Server> server_;
  const std::string address_;
  const std::vector<std::string> service_names_;
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_GRPC_SERVER_H_
