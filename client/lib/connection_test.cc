#include "client/lib/connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

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

TEST(ServerAddress, OtherErrorsPassUnchanged) {
  const auto core = ServerAddress::Resolve(ServerKind::kCore, "h:2");
  const absl::Status status = absl::NotFoundError("there is no cycle 7");
  EXPECT_EQ(core.Explain(status), status);
}

}  // namespace
}  // namespace amooz::client
