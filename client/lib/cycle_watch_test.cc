#include "client/lib/cycle_watch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

#include "client/lib/fake_server.h"

namespace amooz::client {
namespace {

using ::testing::ElementsAre;

// Ten events; the first stream breaks after the fourth, and the second repeats one.
class FakeCycles : public v1::CycleService::Service {
 public:
  grpc::Status WatchCycle(grpc::ServerContext* context, const v1::WatchCycleRequest* request,
                          grpc::ServerWriter<v1::WatchCycleResponse>* writer) override {
    asked_after.push_back(request->after_event());
    if (request->id() == 404) return {grpc::StatusCode::NOT_FOUND, "there is no cycle 404"};
    const std::uint32_t first = request->after_event() > 0 ? request->after_event() : 1;
    for (std::uint32_t number = first; number <= 10; ++number) {
      v1::WatchCycleResponse response;
      response.mutable_event()->set_number(number);
      if (number == 10 && !is_endless) {
        response.mutable_event()->mutable_ended()->set_state(v1::CYCLE_STATE_FINISHED);
      }
      writer->Write(response);
      if (number == 4 && asked_after.size() == 1) {
        return {grpc::StatusCode::UNAVAILABLE, "the server is stopping"};
      }
    }
    while (is_endless && !context->IsCancelled()) std::this_thread::yield();
    return grpc::Status::OK;
  }
  std::vector<std::uint32_t> asked_after;
  bool is_endless = false;
};

TEST(CycleWatch, ABrokenStreamGoesOnAfterTheLastEventWithoutRepeats) {
  FakeCycles service;
  FakeServer server({&service});
  const auto stub = v1::CycleService::NewStub(server.Channel());
  int times_broken = 0;
  CycleWatch watch({.retry_after = absl::Milliseconds(1),
                    .on_broken = [&](const absl::Status&) { ++times_broken; }});
  std::vector<std::uint32_t> seen;
  const absl::Status status = watch.Run(
      stub.get(), 1, [&](const v1::CycleEvent& event) { seen.push_back(event.number()); });
  EXPECT_TRUE(status.ok()) << status;
  EXPECT_THAT(seen, ElementsAre(1, 2, 3, 4, 5, 6, 7, 8, 9, 10));
  EXPECT_THAT(service.asked_after, ElementsAre(0, 4));
  EXPECT_EQ(times_broken, 1);
}

TEST(CycleWatch, AnUnknownCycleIsNotTriedAgain) {
  FakeCycles service;
  FakeServer server({&service});
  const auto stub = v1::CycleService::NewStub(server.Channel());
  CycleWatch watch({});
  EXPECT_TRUE(absl::IsNotFound(watch.Run(stub.get(), 404, [](const v1::CycleEvent&) {})));
  EXPECT_EQ(service.asked_after.size(), 1u);
}

TEST(CycleWatch, PatienceEndsWhenNoServerComesBack) {
  const auto channel = grpc::CreateChannel("127.0.0.1:1", grpc::InsecureChannelCredentials());
  const auto stub = v1::CycleService::NewStub(channel);
  CycleWatch watch({.patience = absl::ZeroDuration(), .retry_after = absl::Milliseconds(1)});
  EXPECT_TRUE(absl::IsUnavailable(watch.Run(stub.get(), 1, [](const v1::CycleEvent&) {})));
}

TEST(CycleWatch, CancelEndsIt) {
  FakeCycles service;
  service.is_endless = true;
  service.asked_after.push_back(0);  // the stream of this test does not break
  FakeServer server({&service});
  const auto stub = v1::CycleService::NewStub(server.Channel());
  CycleWatch watch({});
  const absl::Status status = watch.Run(stub.get(), 1, [&](const v1::CycleEvent& event) {
    if (event.number() == 10) watch.Cancel();
  });
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
}

}  // namespace
}  // namespace amooz::client
