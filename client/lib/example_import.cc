#include "client/lib/example_import.h"

#include <grpcpp/client_context.h>

#include "client/lib/connection.h"
#include "client/lib/grpc_status.h"

namespace amooz::client {
namespace {

constexpr int kBatchExamples = 256;
constexpr std::size_t kBatchBytes = 1 << 20;

}  // namespace

absl::StatusOr<v1::ImportExamplesResponse> ImportExamples(v1::DatasetService::StubInterface* stub,
                                                          const ExampleFile& file,
                                                          const std::string& name) {
  grpc::ClientContext context;
  SetDeadline(&context, kLongCall);
  v1::ImportExamplesResponse reply;
  const auto writer = stub->ImportExamples(&context, &reply);
  v1::ImportExamplesRequest request;
  request.set_source_digest(file.facts.digest);
  request.set_source_name(name);
  request.set_example_count(static_cast<std::uint32_t>(file.examples.size()));
  std::size_t bytes = 0;
  bool is_open = true;
  for (const v1::ImportedExample& example : file.examples) {
    *request.add_examples() = example;
    bytes += example.ByteSizeLong();
    if (request.examples_size() < kBatchExamples && bytes < kBatchBytes) continue;
    is_open = writer->Write(request);
    if (!is_open) break;
    request.Clear();
    bytes = 0;
  }
  // A false Write means that the server has answered already: Finish says what.
  if (is_open && request.ByteSizeLong() > 0) writer->Write(request);
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  if (!status.ok()) return ToAbsl(status);
  return reply;
}

}  // namespace amooz::client
