#include "core/server/library_logs.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>
#include <spdlog/spdlog.h>

#include <string>

namespace amooz::server {
namespace {

// Both complain about what peers send and about what is reported by status anyway; neither line
// asks an operator to act.
void LogGrpc(gpr_log_func_args* args) {
  spdlog::debug("gRPC: {} ({}:{})", args->message, args->file, args->line);
}

void LogProtobuf(google::protobuf::LogLevel level, const char*, int, const std::string& message) {
  if (level == google::protobuf::LOGLEVEL_FATAL) {
    spdlog::critical("Protobuf: {}", message);
  } else {
    spdlog::debug("Protobuf: {}", message);
  }
}

}  // namespace

void SendLibraryLogsToOurs() {
  gpr_set_log_function(LogGrpc);
  gpr_set_log_verbosity(GPR_LOG_SEVERITY_ERROR);
  google::protobuf::SetLogHandler(LogProtobuf);
}

}  // namespace amooz::server
