#include "sdk/base/listen_address.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include "sdk/base/fd.h"

namespace amooz {
namespace {

using testing::HasSubstr;

TEST(ListenAddressTest, ReadsHostAndPort) {
  const auto v4 = ParseListenAddress("127.0.0.1:50650");
  ASSERT_TRUE(v4.ok()) << v4.status().ToString();
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 50650);
  EXPECT_EQ(v4->ToString(), "127.0.0.1:50650");
  const auto v6 = ParseListenAddress("[::1]:0");
  ASSERT_TRUE(v6.ok()) << v6.status().ToString();
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
  EXPECT_EQ(v6->ToString(), "[::1]:0");
}

TEST(ListenAddressTest, RefusesWhatIsNoAddressAndShowsTheForm) {
  for (const char* text :
       {"", "localhost", ":50650", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:x",
        "127.0.0.1: 1", "127.0.0.1:1x", "::1:50650", "[]:1", "50650"}) {
    const auto address = ParseListenAddress(text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.status().code(), Code::kInvalidArgument) << text;
    EXPECT_THAT(address.status().message(), HasSubstr("--listen")) << text;
    EXPECT_THAT(address.status().message(), HasSubstr("HOST:PORT")) << text;
  }
}

TEST(ListenAddressTest, KnowsLoopback) {
  EXPECT_TRUE(*IsLoopback({"127.0.0.1", 1}));
  EXPECT_TRUE(*IsLoopback({"127.8.9.10", 1}));
  EXPECT_TRUE(*IsLoopback({"::1", 1}));
  EXPECT_TRUE(*IsLoopback({"localhost", 1}));
  EXPECT_FALSE(*IsLoopback({"0.0.0.0", 1}));
  EXPECT_FALSE(*IsLoopback({"::", 1}));
  EXPECT_FALSE(*IsLoopback({"192.0.2.1", 1}));
}

TEST(ListenAddressTest, APortInUseIsNamedWithTheRemedy) {
  const UniqueFd fd(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in taken{};
  taken.sin_family = AF_INET;
  taken.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof taken;
  ASSERT_EQ(bind(fd.get(), reinterpret_cast<sockaddr*>(&taken), size), 0);
  ASSERT_EQ(listen(fd.get(), 1), 0);
  ASSERT_EQ(getsockname(fd.get(), reinterpret_cast<sockaddr*>(&taken), &size), 0);
  const ListenAddress address{"127.0.0.1", ntohs(taken.sin_port)};
  const Status status = CheckCanListen(address);
  EXPECT_EQ(status.code(), Code::kFailedPrecondition);
  EXPECT_THAT(status.message(), HasSubstr(address.ToString()));
  EXPECT_THAT(status.message(), HasSubstr("--listen"));
  EXPECT_TRUE(CheckCanListen({"127.0.0.1", 0}).ok());
}

}  // namespace
}  // namespace amooz
