#include "client/lib/example_import.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "client/lib/fake_server.h"

namespace amooz::client {
namespace {

class FakeDataset : public v1::DatasetService::Service {
 public:
  grpc::Status ImportExamples(grpc::ServerContext*,
                              grpc::ServerReader<v1::ImportExamplesRequest>* reader,
                              v1::ImportExamplesResponse* reply) override {
    v1::ImportExamplesRequest request;
    while (reader->Read(&request)) {
      requests.push_back(request);
      if (!refusal.ok()) return refusal;
      reply->set_imported(reply->imported() + static_cast<unsigned>(request.examples_size()));
    }
    return grpc::Status::OK;
  }
  std::vector<v1::ImportExamplesRequest> requests;
  grpc::Status refusal;
};

absl::StatusOr<v1::ImportExamplesResponse> Import(FakeDataset* service, int rows) {
  std::string bytes;
  for (int i = 0; i < rows; ++i) bytes += "{\"instruction\":\"a\",\"response\":\"b\"}\n";
  FakeServer server({service});
  const auto stub = v1::DatasetService::NewStub(server.Channel());
  return ImportExamples(stub.get(), *ReadExamples(bytes), "seed.jsonl");
}

TEST(ImportExamples, SendsAllRowsWithTheDigestAndTheNameFirst) {
  FakeDataset service;
  const auto reply = Import(&service, 1000);
  ASSERT_TRUE(reply.ok()) << reply.status();
  EXPECT_EQ(reply->imported(), 1000u);
  ASSERT_EQ(service.requests.size(), 4u);
  EXPECT_EQ(service.requests[0].source_digest().size(), 64u);
  EXPECT_EQ(service.requests[0].source_name(), "seed.jsonl");
  EXPECT_EQ(service.requests[1].source_digest(), "");
}

TEST(ImportExamples, AFileWithoutRowsStillAsksTheServer) {
  FakeDataset service;
  EXPECT_TRUE(Import(&service, 0).ok());
  EXPECT_EQ(service.requests.size(), 1u);
}

TEST(ImportExamples, ARefusalInTheMiddleIsWhatTheServerSaid) {
  FakeDataset service;
  service.refusal = {grpc::StatusCode::FAILED_PRECONDITION,
                     "cycle 3 is between collect and snapshot"};
  const auto reply = Import(&service, 5000);
  EXPECT_TRUE(absl::IsFailedPrecondition(reply.status()));
  EXPECT_EQ(reply.status().message(), "cycle 3 is between collect and snapshot");
}

}  // namespace
}  // namespace amooz::client
