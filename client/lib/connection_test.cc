#include "client/lib/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdlib>
#include <memory>
#include <thread>

#include "absl/time/clock.h"
#include "amooz/v1/server.grpc.pb.h"
#include "client/lib/fake_server.h"
#include "client/lib/str_cat.h"

namespace amooz::client {
namespace {

using ::testing::HasSubstr;

TEST(ServerAddress, TheFlagWinsThenTheEnvironmentThenTheDefault) {
  ::unsetenv("AMOOZ_ADDRESS");
  EXPECT_EQ(ServerAddress::Resolve(ServerKind::kCore, "").text(), "127.0.0.1:50650");
  ::setenv("AMOOZ_ADDRESS", "10.0.0.1:1", 1);
  EXPECT_EQ(ServerAddress::Resolve(ServerKind::kCore, "").text(), "10.0.0.1:1");
  EXPECT_EQ(ServerAddress::Resolve(ServerKind::kCore, "h:2").text(), "h:2");
  ::setenv("AMOOZ_ADDRESS", "", 1);
  EXPECT_EQ(ServerAddress::Resolve(ServerKind::kCore, "").text(), "127.0.0.1:50650");
  ::unsetenv("AMOOZ_ADDRESS");
  ::unsetenv("AMOOZ_CHAT_ADDRESS");
  EXPECT_EQ(ServerAddress::Resolve(ServerKind::kChat, "").text(), "127.0.0.1:50651");
}

TEST(ServerAddress, UnavailableSaysHowToStartTheServer) {
  const auto core = ServerAddress::Resolve(ServerKind::kCore, "h:2");
  const absl::Status status = core.Explain(absl::UnavailableError("connection refused"));
  EXPECT_TRUE(absl::IsUnavailable(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("amoozd at h:2 (connection refused)"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("amoozd --data-dir DIR"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("AMOOZ_ADDRESS"));
  const auto chat = ServerAddress::Resolve(ServerKind::kChat, "h:3");
  EXPECT_THAT(std::string(chat.Explain(absl::UnavailableError("x")).message()),
              HasSubstr("amooz-chat --data-dir DIR"));
}

TEST(ServerAddress, ACallThatIsNotKnownNamesTheServerItShouldBe) {
  const auto core = ServerAddress::Resolve(ServerKind::kCore, "h:2");
  EXPECT_THAT(std::string(core.Explain(absl::UnimplementedError("no method")).message()),
              HasSubstr("does not know this call (no method). Is it amoozd,"));
  EXPECT_THAT(std::string(core.Explain(absl::UnimplementedError("")).message()),
              HasSubstr("does not know this call. Is it amoozd,"));
}

TEST(ServerAddress, OtherErrorsPassUnchanged) {
  const auto core = ServerAddress::Resolve(ServerKind::kCore, "h:2");
  const absl::Status status = absl::NotFoundError("there is no cycle 7");
  EXPECT_EQ(core.Explain(status), status);
}

class AwaitStartTest : public ::testing::Test {
 protected:
  ~AwaitStartTest() override { ::setenv("AMOOZ_CONNECT_SECONDS", "0", 1); }

  static ServerAddress AtPort(int port) {
    return ServerAddress::Resolve(ServerKind::kCore, StrCat("127.0.0.1:", port));
  }
  int FreePort() { return FakeServer({&service_}).port(); }

  v1::ServerService::Service service_;
};

TEST_F(AwaitStartTest, AServerThatStartsMeanwhileIsConnected) {
  ::setenv("AMOOZ_CONNECT_SECONDS", "30", 1);
  const int port = FreePort();
  const auto channel = Connect(AtPort(port));
  std::unique_ptr<FakeServer> server;
  std::thread starting([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
    server = std::make_unique<FakeServer>(std::initializer_list<grpc::Service*>{&service_}, port);
  });
  AwaitStart(AtPort(port), channel.get());
  EXPECT_EQ(channel->GetState(/*try_to_connect=*/false), GRPC_CHANNEL_READY);
  starting.join();
}

TEST_F(AwaitStartTest, PatienceEndsAndIsNotSpentOnServersElsewhere) {
  const absl::Time began = absl::Now();
  ::setenv("AMOOZ_CONNECT_SECONDS", "0.2", 1);
  const auto nobody = AtPort(FreePort());
  AwaitStart(nobody, Connect(nobody).get());
  ::setenv("AMOOZ_CONNECT_SECONDS", "60", 1);
  const auto elsewhere = ServerAddress::Resolve(ServerKind::kCore, "192.0.2.1:1");
  AwaitStart(elsewhere, Connect(elsewhere).get());
  ::setenv("AMOOZ_CONNECT_SECONDS", "0", 1);
  AwaitStart(nobody, Connect(nobody).get());
  EXPECT_GE(absl::Now() - began, absl::Milliseconds(200));
  EXPECT_LT(absl::Now() - began, absl::Seconds(20));
}

TEST_F(AwaitStartTest, PatienceIsFiveSecondsUnlessTheEnvironmentSaysOtherwise) {
  for (const char* text : {"", "soon", "-1", "2x"}) {
    ::setenv("AMOOZ_CONNECT_SECONDS", text, 1);
    EXPECT_EQ(StartPatience(), absl::Seconds(5)) << text;
  }
  ::setenv("AMOOZ_CONNECT_SECONDS", "1e300", 1);
  EXPECT_EQ(StartPatience(), absl::Hours(1));
  ::setenv("AMOOZ_CONNECT_SECONDS", "1.5", 1);
  EXPECT_EQ(StartPatience(), absl::Milliseconds(1500));
}

}  // namespace
}  // namespace amooz::client
