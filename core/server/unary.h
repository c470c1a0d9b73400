// One call, one reply. The handler runs on the executor and returns a status; everything around it
// is here: reading the request, the reply, the codes, refusal when too many calls wait.
//
//   grpc::ServerUnaryReactor* GetCycle(grpc::CallbackServerContext* context,
//                                      const grpc::ByteBuffer* request,
//                                      grpc::ByteBuffer* response) override {
//     return HandleUnary<v1::GetCycleRequest, v1::GetCycleResponse>(
//         context, executor_, request, response, [this](const auto& in, auto* out) { ... });
//   }
#ifndef AMOOZ_CORE_SERVER_UNARY_H_
#define AMOOZ_CORE_SERVER_UNARY_H_

#include <google/protobuf/arena.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <utility>

#include "absl/status/status.h"
#include "core/server/messages.h"
#include "core/server/status.h"
#include "sdk/base/executor.h"

namespace amooz::server {

inline absl::Status TooBusy() {
  return absl::ResourceExhaustedError(
      "too many calls wait for the server already; try again in a second");
}

// `handle` is absl::Status(const Request&, Response*).
template <class Request, class Response, class Handle>
grpc::ServerUnaryReactor* HandleUnary(grpc::CallbackServerContext* context, Executor* executor,
                                      const grpc::ByteBuffer* request, grpc::ByteBuffer* response,
                                      Handle handle) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const bool is_accepted =
      executor->Submit([context, request, response, reactor, handle = std::move(handle)] {
        const absl::Status status = WithoutExceptions([&]() -> absl::Status {
          if (context->IsCancelled()) return absl::CancelledError("the caller left");
          google::protobuf::Arena arena;
          auto* in = google::protobuf::Arena::CreateMessage<Request>(&arena);
          if (absl::Status read = ParseMessage(*request, in); !read.ok()) return read;
          auto* out = google::protobuf::Arena::CreateMessage<Response>(&arena);
          if (absl::Status done = handle(std::as_const(*in), out); !done.ok()) return done;
          return SerializeMessage(*out, response);
        });
        reactor->Finish(ToGrpcStatus(status));
      });
  if (!is_accepted) reactor->Finish(ToGrpcStatus(TooBusy()));
  return reactor;
}

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_UNARY_H_
