#include "client/cli/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "absl/time/clock.h"
#include "client/lib/str_cat.h"
#include "sdk/base/files.h"

namespace amooz::client {
namespace {

// xdg-open ends as soon as a browser has the page; some browsers are its own process.
constexpr absl::Duration kPatience = absl::Seconds(3);

bool IsSet(const char* variable) {
  const char* value = std::getenv(variable);
  return value != nullptr && *value != '\0';
}

absl::Status NotHere(const std::string& why, const std::string& path) {
  return absl::FailedPreconditionError(
      StrCat(why, "; the page is in ", path,
             ". It is one file that needs no network: copy it to a machine with a browser, or read "
             "the report as text without --open."));
}

std::string FindProgram(const std::string& name) {
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? "/usr/bin:/bin" : path;
  while (!rest.empty()) {
    const std::string_view dir = rest.substr(0, rest.find(':'));
    rest.remove_prefix(std::min(rest.size(), dir.size() + 1));
    const std::string file = JoinPath(dir.empty() ? "." : dir, name);
    if (::access(file.c_str(), X_OK) == 0) return file;
  }
  return "";
}

// In a session of its own, so that Ctrl-C here does not end the browser.
absl::StatusOr<pid_t> Start(const std::string& program, const std::string& argument) {
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
  posix_spawn_file_actions_t files;
  posix_spawn_file_actions_init(&files);
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
  }
  const char* argv[] = {program.c_str(), argument.c_str(), nullptr};
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, program.c_str(), &files, &attributes,
                                  const_cast<char* const*>(argv), environ);
  posix_spawn_file_actions_destroy(&files);
  posix_spawnattr_destroy(&attributes);
  if (error != 0) {
    return absl::InternalError(StrCat("could not start ", program, ": ", std::strerror(error)));
  }
  return pid;
}

}  // namespace

absl::StatusOr<std::string> PathForBrowser(const std::string& name) {
  std::error_code error;
  const std::string temporary = std::filesystem::temp_directory_path(error).string();
  std::string folder = JoinPath(error ? "/tmp" : temporary, "amooz-report-XXXXXX");
  if (::mkdtemp(folder.data()) == nullptr) {
    return absl::InternalError(StrCat("could not make a folder for the page in ", temporary, ": ",
                                      std::strerror(errno), "; name a file with --out FILE"));
  }
  return JoinPath(folder, name);
}

absl::Status OpenInBrowser(const std::string& path) {
  if (!IsSet("DISPLAY") && !IsSet("WAYLAND_DISPLAY") && !IsSet("BROWSER")) {
    return NotHere("there is no desktop here (DISPLAY, WAYLAND_DISPLAY and BROWSER are not set)",
                   path);
  }
  const std::string opener = FindProgram("xdg-open");
  if (opener.empty()) {
    return NotHere("xdg-open is not installed here (Debian's package xdg-utils)", path);
  }
  std::error_code no_folder;
  const auto absolute = std::filesystem::absolute(path, no_folder);
  const auto pid = Start(opener, no_folder ? path : absolute.string());
  if (!pid.ok()) return pid.status();
  const absl::Time give_up = absl::Now() + kPatience;
  int state = 0;
  while (::waitpid(*pid, &state, WNOHANG) == 0) {
    if (absl::Now() > give_up) return absl::OkStatus();  // it shows the page itself
    absl::SleepFor(absl::Milliseconds(20));
  }
  if (WIFEXITED(state) && WEXITSTATUS(state) == 0) return absl::OkStatus();
  return NotHere("xdg-open found no browser that opens it", path);
}

}  // namespace amooz::client
