// amooz-plugin-host: a private helper that loads one plugin for another process of Amooz.
//   amooz-plugin-host --describe PARENT_PID FILE                   prints the descriptors as JSON
//   amooz-plugin-host --serve PARENT_PID SCRATCH_DIR NICE          serves frames on descriptor 3
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "sdk/host/child_server.h"
#include "sdk/host/descriptor.h"
#include "sdk/host/library.h"

namespace {

using amooz::host::ChildServer;
using amooz::host::LoadLibrary;

constexpr int kSocketFd = 3;
constexpr int kFailed = 1;
constexpr int kUsage = 2;
constexpr int kNotFound = 3;

// Static destructors of libraries that were never meant to be unloaded are not run.
[[noreturn]] void Leave(int code) {
  std::fflush(nullptr);
  ::_exit(code);
}

// The child must not outlive its parent: asked for first, then checked, because the parent may have
// died in between.
bool DieWithParent(int parent_pid) {
  return ::prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && ::getppid() == parent_pid;
}

int Describe(int parent_pid, const std::string& path) {
  if (!DieWithParent(parent_pid)) return kFailed;  // its constructors may never return
  const auto library = LoadLibrary(path, "");
  if (!library.ok()) {
    std::fprintf(stderr, "%s\n", library.status().message().c_str());
    return library.status().code() == amooz::Code::kNotFound ? kNotFound : kFailed;
  }
  std::printf("%s\n", amooz::host::DescriptorsToJson((*library)->descriptors).c_str());
  return 0;
}

// Closes descriptors that some library of the parent opened without O_CLOEXEC. An old kernel
// without close_range keeps them, which harms nobody.
void CloseStrangers() { ::syscall(SYS_close_range, kSocketFd + 1, ~0U, 0U); }

int Serve(int parent_pid, const std::string& scratch_dir, int nice_by) {
  if (!DieWithParent(parent_pid)) return kFailed;
  CloseStrangers();
  ::fcntl(kSocketFd, F_SETFD, FD_CLOEXEC);  // not for processes that the plugin starts
  if (nice_by != 0) ::setpriority(PRIO_PROCESS, 0, ::getpriority(PRIO_PROCESS, 0) + nice_by);
  std::setvbuf(stdout, nullptr, _IOLBF, BUFSIZ);  // so that its lines come in order with stderr's
  auto* const server = new ChildServer(amooz::UniqueFd(kSocketFd), scratch_dir);
  return server->Run() ? 0 : kFailed;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view mode = argc > 1 ? argv[1] : "";
  if (mode == "--describe" && argc == 4) Leave(Describe(std::atoi(argv[2]), argv[3]));
  if (mode == "--serve" && argc == 5) {
    Leave(Serve(std::atoi(argv[2]), argv[3], std::atoi(argv[4])));
  }
  std::fprintf(stderr, "Started by amoozd, amooz-chat and amooz-plugin; not for use by hand.\n");
  return kUsage;
}
