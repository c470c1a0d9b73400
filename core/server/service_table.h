// A gRPC service as a table: one line a method, in the body of the derived class's constructor.
//
//   class PluginService final : public ServiceTable<v1::PluginService> {
//    public:
//     PluginService(const Calls& calls, PluginCatalog* plugins) : ServiceTable(calls) {
//       Unary<v1::GetPluginRequest, v1::GetPluginResponse>(
//           "GetPlugin", [plugins](const auto& request, auto* response) -> absl::Status { ... });
//     }
//   };
//
// Methods take raw bytes (see messages.h) and run on the executor. A name or type that the protocol
// does not have is a programming error and ends the process at start-up.
#ifndef AMOOZ_CORE_SERVER_SERVICE_TABLE_H_
#define AMOOZ_CORE_SERVER_SERVICE_TABLE_H_

#include <google/protobuf/descriptor.h>
#include <grpcpp/impl/codegen/server_callback_handlers.h>
#include <grpcpp/support/byte_buffer.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "core/server/feed_stream.h"
#include "core/server/messages.h"
#include "core/server/open_streams.h"
#include "core/server/unary.h"
#include "sdk/base/executor.h"

namespace amooz::server {

// What every service needs. Both must outlive the services.
struct Calls {
  Executor* executor = nullptr;
  OpenStreams* streams = nullptr;
};

// The place of `method` in `service`. Ends the process when there is none of these types.
int MethodIndex(const std::string& service, const char* method,
                const google::protobuf::Descriptor* request,
                const google::protobuf::Descriptor* response);

template <class Generated>
class ServiceTable : public Generated::Service {
 public:
  static std::string Name() { return Generated::service_full_name(); }

 protected:
  using Bytes = grpc::ByteBuffer;

  explicit ServiceTable(const Calls& calls) : calls_(calls) {}

  const Calls& calls() const { return calls_; }

  // `handle`: absl::Status(const Request&, Response*).
  template <class Request, class Response, class Handle>
  void Unary(const char* method, Handle handle) {
    Bind(method, Request::descriptor(), Response::descriptor(),
         new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(
             [calls = calls_, handle](grpc::CallbackServerContext* context, const Bytes* request,
                                      Bytes* response) {
               return HandleUnary<Request, Response>(context, calls.executor, request, response,
                                                     handle);
             }));
  }

  // For a reply that comes later without a thread that waits. `start`:
  // grpc::ServerUnaryReactor*(grpc::CallbackServerContext*, const Bytes* request, Bytes* response).
  template <class Request, class Response, class Start>
  void RawUnary(const char* method, Start start) {
    Bind(method, Request::descriptor(), Response::descriptor(),
         new grpc::internal::CallbackUnaryHandler<Bytes, Bytes>(std::move(start)));
  }

  // `make_feed`: absl::StatusOr<std::unique_ptr<Feed>>(const Request&, std::function<void()> wake).
  template <class Request, class Response, class MakeFeed>
  void ServerStream(const char* method, MakeFeed make_feed) {
    Bind(method, Request::descriptor(), Response::descriptor(),
         new grpc::internal::CallbackServerStreamingHandler<Bytes, Bytes>(
             [calls = calls_, make_feed](grpc::CallbackServerContext* context, const Bytes* bytes) {
               return FeedStream::Start(
                   context, calls.executor, calls.streams,
                   [make_feed, bytes = *bytes](
                       std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Feed>> {
                     Request request;
                     if (absl::Status read = ParseMessage(bytes, &request); !read.ok()) return read;
                     return make_feed(std::as_const(request), std::move(wake));
                   });
             }));
  }

  // `start`: grpc::ServerReadReactor<Bytes>*(grpc::CallbackServerContext*, Bytes* response).
  template <class Request, class Response, class Start>
  void ClientStream(const char* method, Start start) {
    Bind(method, Request::descriptor(), Response::descriptor(),
         new grpc::internal::CallbackClientStreamingHandler<Bytes, Bytes>(std::move(start)));
  }

  // `start`: grpc::ServerBidiReactor<Bytes, Bytes>*(grpc::CallbackServerContext*).
  template <class Request, class Response, class Start>
  void BidiStream(const char* method, Start start) {
    Bind(method, Request::descriptor(), Response::descriptor(),
         new grpc::internal::CallbackBidiHandler<Bytes, Bytes>(std::move(start)));
  }

 private:
  void Bind(const char* method, const google::protobuf::Descriptor* request,
            const google::protobuf::Descriptor* response, grpc::internal::MethodHandler* handler) {
    this->MarkMethodRawCallback(
        MethodIndex(Generated::service_full_name(), method, request, response), handler);
  }

  const Calls calls_;
};

}  // namespace amooz::server

// Every method is one of these four shapes: compiled once, in service_table.cc.
extern template class grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
extern template class grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer,
                                                                     grpc::ByteBuffer>;
extern template class grpc::internal::CallbackClientStreamingHandler<grpc::ByteBuffer,
                                                                     grpc::ByteBuffer>;
extern template class grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>;

#endif  // AMOOZ_CORE_SERVER_SERVICE_TABLE_H_
