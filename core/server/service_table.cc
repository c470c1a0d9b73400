#include "core/server/service_table.h"

#include <spdlog/spdlog.h>

#include <cstdlib>

namespace amooz::server {

int MethodIndex(const std::string& service, const char* method,
                const google::protobuf::Descriptor* request,
                const google::protobuf::Descriptor* response) {
  const auto* descriptor =
      google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(service);
  const auto* entry = descriptor == nullptr ? nullptr : descriptor->FindMethodByName(method);
  if (entry == nullptr || entry->input_type() != request || entry->output_type() != response) {
    spdlog::critical("{} has no method {} of these types", service, method);
    std::abort();
  }
  return entry->index();
}

}  // namespace amooz::server

template class grpc::internal::CallbackUnaryHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
template class grpc::internal::CallbackServerStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
template class grpc::internal::CallbackClientStreamingHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
template class grpc::internal::CallbackBidiHandler<grpc::ByteBuffer, grpc::ByteBuffer>;
