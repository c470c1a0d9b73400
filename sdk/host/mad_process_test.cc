// Each end of the wire against a process at the other end that has gone mad.
#include <gmock/gmock.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "amooz/sdk/abi.h"
#include "sdk/base/fd.h"
#include "sdk/base/files.h"
#include "sdk/base/process.h"
#include "sdk/host/build_id.h"
#include "sdk/host/frame_socket.h"
#include "sdk/host/messages.h"
#include "sdk/host/plugin.h"

namespace amooz::host {
namespace {

using ::testing::HasSubstr;

std::string EchoPath() { return JoinPath(ExecutableDir(), "../plugins/echo.so"); }

// ---- A mad child ----

// Opens a plugin through a "plugin host" that is this shell script.
Status OpenThrough(const std::string& script) {
  const std::string path = testing::TempDir() + "amooz-mad-host-" + std::to_string(::getpid());
  EXPECT_TRUE(WriteFileAtomically(Env::Default(), path, "#!/bin/sh\n" + script).ok());
  ::chmod(path.c_str(), 0755);
  const std::string before = PluginHostPath();
  ::setenv("AMOOZ_PLUGIN_HOST", path.c_str(), 1);
  OpenOptions options;
  options.path = EchoPath();
  const Status status = OpenPlugin(options).status();
  ::setenv("AMOOZ_PLUGIN_HOST", before.c_str(), 1);
  std::filesystem::remove(path);
  return status;
}

TEST(MadChild, RubbishInsteadOfFramesIsAnError) {
  for (int i = 0; i < 10; ++i) {
    const Status status = OpenThrough("head -c 100000 /dev/urandom >&3");
    EXPECT_EQ(status.code(), Code::kUnavailable) << status.ToString();
  }
}

TEST(MadChild, AFrameThatIsTooLongIsAnError) {
  const Status status =
      OpenThrough(R"(printf '\377\377\377\377\100\0\0\0\1\0\0\0\0\0\0\0' >&3; sleep 60)");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("damaged"));
}

TEST(MadChild, AResultThatIsNoResultIsAnError) {
  const Status status = OpenThrough(
      R"(head -c 16 <&3 >/dev/null; printf '\1\0\0\0\100\0\0\0\1\0\0\0\0\0\0\0x' >&3; sleep 60)");
  EXPECT_EQ(status.code(), Code::kInternal) << status.ToString();
}

TEST(MadChild, OneThatEndsAtOnceLeavesItsLastLines) {
  const Status status = OpenThrough("echo 'no disk left' >&2; exit 5");
  EXPECT_EQ(status.code(), Code::kUnavailable);
  EXPECT_THAT(status.message(), HasSubstr("exit code 5"));
  EXPECT_THAT(status.message(), HasSubstr("no disk left"));
}

TEST(MadChild, OneThatClosesItsSocketAndLivesOnIsKilled) {
  EXPECT_EQ(OpenThrough("exec 3>&-; sleep 60").code(), Code::kUnavailable);
}

// ---- A mad parent ----

// An amooz-plugin-host, and the other end of its socket.
class Host {
 public:
  Host() {
    int fds[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), 0);
    UniqueFd theirs(fds[1]);
    SpawnOptions options;
    options.argv = {PluginHostPath(), "--serve", std::to_string(::getpid()), testing::TempDir(),
                    "0"};
    options.extra_fd = theirs.get();
    auto process = Spawner::Default()->Spawn(options);
    EXPECT_TRUE(process.ok());
    process_ = *std::move(process);
    socket_ = std::make_unique<FrameSocket>(UniqueFd(fds[0]));
  }
  FrameSocket* socket() { return socket_.get(); }
  // The first answer to a call.
  ResultMessage Ask(FrameType type, std::uint64_t id, const std::string& payload) {
    EXPECT_TRUE(socket_->Send(type, id, payload).ok());
    ResultMessage result{-1, "the host has gone", {}};
    const auto frame = socket_->Receive(true);
    if (frame.ok() && frame->has_value()) {
      EXPECT_TRUE(Decode((*frame)->payload, &result).ok());
    }
    return result;
  }
  ExitStatus Close() {
    socket_->ShutdownSend();
    return process_->Wait(10'000).value_or(ExitStatus{});
  }

 private:
  std::unique_ptr<Process> process_;
  std::unique_ptr<FrameSocket> socket_;
};

std::string Create() {
  return Encode(CreateMessage{
      {},
      0,
      R"({"score": 0.5, "refuse": "", "crash_at_create": false, "hang_at_create": false,
          "length": {"min": 3, "max": 9}})"});
}

std::string Hello(const std::string& build_id) {
  return Encode(HelloMessage{build_id, EchoPath(), "", "cpu"});
}

TEST(MadParent, CallsInTheWrongOrderAreRefused) {
  Host host;
  EXPECT_EQ(host.Ask(FrameType::kScore, 1, "").code, AMOOZ_FAILED_PRECONDITION);
  EXPECT_EQ(host.Ask(FrameType::kHello, 2, Hello(std::string(BuildId()))).code, AMOOZ_OK);
  EXPECT_EQ(host.Ask(FrameType::kTrain, 3, "").code, AMOOZ_FAILED_PRECONDITION);
  EXPECT_EQ(host.Close().exit_code, 0);
}

TEST(MadParent, AnotherBuildIsRefused) {
  Host host;
  const ResultMessage result = host.Ask(FrameType::kHello, 1, Hello("0123456789abcdef"));
  EXPECT_EQ(result.code, AMOOZ_FAILED_PRECONDITION);
  EXPECT_THAT(result.message, HasSubstr("another build"));
}

TEST(MadParent, RubbishEndsTheHostWithoutACrash) {
  Host host;
  ::send(host.socket()->fd(), std::string(4096, '\xEE').data(), 4096, MSG_NOSIGNAL);
  EXPECT_EQ(host.Close().exit_code, 0);
}

TEST(MadParent, ACallOfAnotherKindIsRefused) {
  Host host;
  EXPECT_EQ(host.Ask(FrameType::kHello, 1, Hello(std::string(BuildId()))).code, AMOOZ_OK);
  EXPECT_EQ(host.Ask(FrameType::kCreate, 2, Create()).code, AMOOZ_OK);
  EXPECT_EQ(host.Ask(FrameType::kVary, 3, Encode(VaryMessage{{}, 1, 1})).code,
            AMOOZ_FAILED_PRECONDITION);
  EXPECT_EQ(host.Close().exit_code, 0);
}

TEST(MadParent, FramesWithRubbishInThemDoNotCrashTheHost) {
  std::mt19937 random(1);
  for (int round = 0; round < 5; ++round) {
    Host host;
    ASSERT_EQ(host.Ask(FrameType::kHello, 1, Hello(std::string(BuildId()))).code, AMOOZ_OK);
    ASSERT_EQ(host.Ask(FrameType::kCreate, 2, Create()).code, AMOOZ_OK);
    for (std::uint64_t id = 3; id < 300; ++id) {
      std::string payload(random() % 64, '\0');
      for (char& byte : payload) byte = static_cast<char>(random());
      const auto type = static_cast<FrameType>(1 + random() % 72);
      ASSERT_TRUE(host.socket()->Send(type, id, payload).ok());
    }
    EXPECT_EQ(host.Close().exit_code, 0);
  }
}

}  // namespace
}  // namespace amooz::host
