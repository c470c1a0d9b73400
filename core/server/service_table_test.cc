// What every service gets from the tables they are made of: codes, texts, streams, health.
#include "core/server/service_table.h"

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <stdexcept>
#include <string>

#include "amooz/v1/cycle.grpc.pb.h"
#include "core/server/server_testing.h"

namespace amooz::server {
namespace {

using testing::HasSubstr;

// Numbers from 1 to `count`, then waits for a wake that raises `count`, until `is_over`.
struct Numbers {
  Mutex mutex;
  std::uint32_t count AMOOZ_GUARDED_BY(mutex) = 0;
  bool is_over AMOOZ_GUARDED_BY(mutex) = false;
  std::function<void()> wake AMOOZ_GUARDED_BY(mutex);
  std::atomic<std::uint32_t> pulled{0};
  std::size_t message_bytes = 0;
  std::promise<void> destroyed;

  void RaiseTo(std::uint32_t n, bool over) {
    MutexLock lock(&mutex);
    count = n;
    is_over = over;
    if (wake) wake();
  }
};

class NumberFeed final : public Feed {
 public:
  NumberFeed(Numbers* numbers, std::function<void()> wake) : numbers_(numbers) {
    MutexLock lock(&numbers_->mutex);
    numbers_->wake = std::move(wake);
  }
  ~NumberFeed() override {
    {
      MutexLock lock(&numbers_->mutex);
      numbers_->wake = nullptr;
    }
    numbers_->destroyed.set_value();
  }
  absl::StatusOr<Pulled> Pull(grpc::ByteBuffer* message) override {
    MutexLock lock(&numbers_->mutex);
    if (numbers_->pulled == numbers_->count) {
      return numbers_->is_over ? Pulled::kEnd : Pulled::kNothingYet;
    }
    v1::WatchCycleResponse response;
    response.mutable_event()->set_number(++numbers_->pulled);
    response.mutable_event()->mutable_log()->set_message(std::string(numbers_->message_bytes, 'x'));
    if (absl::Status status = SerializeMessage(response, message); !status.ok()) return status;
    return Pulled::kMessage;
  }

 private:
  Numbers* const numbers_;
};

// Stands in for the real services. GetCycle's id chooses what happens.
class FakeService final : public ServiceTable<v1::CycleService> {
 public:
  FakeService(const Calls& calls, Numbers* numbers) : ServiceTable(calls) {
    Unary<v1::GetCycleRequest, v1::GetCycleResponse>(
        "GetCycle", [](const auto& request, auto* response) -> absl::Status {
          if (request.id() == 404) return absl::NotFoundError("there is no cycle 404");
          if (request.id() == 500) throw std::runtime_error("broken");
          response->mutable_cycle()->set_id(request.id());
          return absl::OkStatus();
        });
    Unary<v1::ListCyclesRequest, v1::ListCyclesResponse>(
        "ListCycles", [](const auto&, auto*) { return absl::OkStatus(); });
    ServerStream<v1::WatchCycleRequest, v1::WatchCycleResponse>(
        "WatchCycle",
        [numbers](const auto& request,
                  std::function<void()> wake) -> absl::StatusOr<std::unique_ptr<Feed>> {
          if (request.id() == 404) return absl::NotFoundError("there is no cycle 404");
          return std::make_unique<NumberFeed>(numbers, std::move(wake));
        });
  }
};

class ServiceTableTest : public testing::Test {
 protected:
  void Serve(std::chrono::milliseconds stall_limit = std::chrono::seconds(60),
             std::size_t threads = 4, std::size_t max_queued = 100) {
    server_ = std::make_unique<TestServer>(stall_limit, threads, max_queued);
    service_ = std::make_unique<FakeService>(server_->calls(), &numbers_);
    server_->Serve({{FakeService::Name(), service_.get()}});
    stub_ = v1::CycleService::NewStub(server_->channel());
  }
  grpc::Status GetCycle(std::uint32_t id, v1::GetCycleResponse* response) {
    TestContext context;
    v1::GetCycleRequest request;
    request.set_id(id);
    return stub_->GetCycle(&context, request, response);
  }
  // The health service's answer for a service, as its number (1 serving, 2 not); -1 if it failed.
  int Health(const std::string& service) {
    grpc::GenericStub stub(server_->channel());
    std::string request;
    if (!service.empty()) {
      request.push_back('\x0a');
      request.push_back(static_cast<char>(service.size()));
      request.append(service);
    }
    const grpc::Slice slice(request);
    const grpc::ByteBuffer bytes(&slice, 1);
    TestContext context;
    grpc::CompletionQueue queue;
    auto call = stub.PrepareUnaryCall(&context, "/grpc.health.v1.Health/Check", bytes, &queue);
    call->StartCall();
    grpc::ByteBuffer reply;
    grpc::Status status;
    call->Finish(&reply, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    grpc::Slice whole;
    if (!status.ok() || !reply.DumpToSingleSlice(&whole).ok() || whole.size() != 2) return -1;
    return whole.begin()[1];
  }

  Numbers numbers_;
  std::unique_ptr<TestServer> server_;
  std::unique_ptr<FakeService> service_;
  std::unique_ptr<v1::CycleService::Stub> stub_;
};

TEST_F(ServiceTableTest, AReplyOrTheStatusWithItsCodeAndTextComesBack) {
  Serve();
  v1::GetCycleResponse response;
  EXPECT_TRUE(GetCycle(7, &response).ok());
  EXPECT_EQ(response.cycle().id(), 7u);
  const grpc::Status missing = GetCycle(404, &response);
  EXPECT_EQ(missing.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(missing.error_message(), "there is no cycle 404");
}

TEST_F(ServiceTableTest, AnExceptionBecomesInternalAndTheServerStaysUp) {
  Serve();
  v1::GetCycleResponse response;
  EXPECT_EQ(GetCycle(500, &response).error_code(), grpc::StatusCode::INTERNAL);
  EXPECT_TRUE(GetCycle(7, &response).ok());
}

TEST_F(ServiceTableTest, ATextThatIsNotUtf8IsInvalidArgumentThatSaysSo) {
  Serve();
  TestContext context;
  v1::ListCyclesRequest request;
  request.set_page_token("\xff\xfe");
  v1::ListCyclesResponse response;
  const grpc::Status status = stub_->ListCycles(&context, request, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("ListCyclesRequest"));
  EXPECT_THAT(status.error_message(), HasSubstr("UTF-8"));
}

TEST_F(ServiceTableTest, CallsBeyondTheBoundAreRefusedAtOnce) {
  Serve(std::chrono::seconds(60), /*threads=*/1, /*max_queued=*/0);
  v1::GetCycleResponse response;
  const grpc::Status status = GetCycle(7, &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("try again"));
}

TEST_F(ServiceTableTest, AStreamSendsThePastThenWhatComesThenEnds) {
  Serve();
  numbers_.RaiseTo(3, false);
  TestContext context;
  auto reader = stub_->WatchCycle(&context, {});
  v1::WatchCycleResponse response;
  for (std::uint32_t i = 1; i <= 3; ++i) {
    ASSERT_TRUE(reader->Read(&response));
    EXPECT_EQ(response.event().number(), i);
  }
  numbers_.RaiseTo(4, false);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().number(), 4u);
  numbers_.RaiseTo(5, true);
  ASSERT_TRUE(reader->Read(&response));
  EXPECT_EQ(response.event().number(), 5u);
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ServiceTableTest, NoWakeIsLostHoweverItFalls) {
  Serve();
  TestContext context;
  auto reader = stub_->WatchCycle(&context, {});
  std::thread raiser([this] {
    for (std::uint32_t i = 1; i <= 2000; ++i) numbers_.RaiseTo(i, i == 2000);
  });
  v1::WatchCycleResponse response;
  std::uint32_t last = 0;
  while (reader->Read(&response)) EXPECT_EQ(response.event().number(), ++last);
  raiser.join();
  EXPECT_EQ(last, 2000u);
  EXPECT_TRUE(reader->Finish().ok());
}

TEST_F(ServiceTableTest, AStreamThatCannotBeginFailsWithItsReason) {
  Serve();
  TestContext context;
  v1::WatchCycleRequest request;
  request.set_id(404);
  auto reader = stub_->WatchCycle(&context, request);
  v1::WatchCycleResponse response;
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST_F(ServiceTableTest, AClientThatNeverReadsIsGivenUpAndHoldsLittle) {
  Serve(/*stall_limit=*/std::chrono::milliseconds(200));
  numbers_.message_bytes = 64 << 10;
  numbers_.RaiseTo(100'000, true);  // 6 GB, were they all made
  TestContext context;
  auto reader = stub_->WatchCycle(&context, {});
  numbers_.destroyed.get_future().wait();
  EXPECT_LT(numbers_.pulled, 500u);
  v1::GetCycleResponse response;
  EXPECT_TRUE(GetCycle(7, &response).ok());
  context.TryCancel();
  v1::WatchCycleResponse event;
  while (reader->Read(&event)) {
  }
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(ServiceTableTest, AClientThatLeavesEndsItsStream) {
  Serve();
  numbers_.RaiseTo(1, false);
  TestContext context;
  auto reader = stub_->WatchCycle(&context, {});
  v1::WatchCycleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  context.TryCancel();
  numbers_.destroyed.get_future().wait();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ServiceTableTest, AShutdownEndsStreamsWithUnavailable) {
  Serve();
  numbers_.RaiseTo(1, false);
  TestContext context;
  auto reader = stub_->WatchCycle(&context, {});
  v1::WatchCycleResponse response;
  ASSERT_TRUE(reader->Read(&response));
  server_->Stop();
  EXPECT_FALSE(reader->Read(&response));
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

TEST_F(ServiceTableTest, HealthFollowsServing) {
  Serve();
  EXPECT_EQ(Health(""), 1);
  EXPECT_EQ(Health("amooz.v1.CycleService"), 1);
  EXPECT_EQ(Health("amooz.v1.NoService"), -1);
  server_->server()->SetServing(false);
  EXPECT_EQ(Health(""), 2);
  EXPECT_EQ(Health("amooz.v1.CycleService"), 2);
}

TEST_F(ServiceTableTest, APortInUseIsRefusedAndNamed) {
  Serve();
  const auto taken = ParseListenAddress(server_->server()->address());
  const auto second = GrpcServer::Start({.listen = *taken}, {});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(taken->ToString()));
}

}  // namespace
}  // namespace amooz::server
