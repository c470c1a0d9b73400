#include "plugins/torch/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace amooz::llama {
namespace {

// Between two stop points. Synced in such steps too: one sync of gigabytes cannot be stopped.
constexpr std::size_t kBytesAtOnce = 16 << 20;

[[noreturn]] void FailErrno(const std::string& path, const char* doing) {
  const int code = errno;
  const bool full = code == ENOSPC || code == EDQUOT;
  Fail(full ? AMOOZ_RESOURCE_EXHAUSTED : AMOOZ_INTERNAL,
       path + ": " + doing + ": " + std::strerror(code) + (full ? "; free some disk space" : ""));
}

class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(::open(path.c_str(), flags, 0644)) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

void WriteAll(int fd, std::string_view bytes, const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t n = ::write(fd, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) FailErrno(path, "cannot write");
    bytes.remove_prefix(static_cast<std::size_t>(n));
  }
}

void WritePieces(const std::string& path, const std::vector<std::string_view>& pieces, bool sync,
                 const StopPoint& stop_point) {
  const Descriptor file(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC);
  if (file.get() < 0) FailErrno(path, "cannot create");
  for (std::string_view piece : pieces) {
    while (!piece.empty()) {
      stop_point();
      const std::string_view part = piece.substr(0, kBytesAtOnce);
      WriteAll(file.get(), part, path);
      piece.remove_prefix(part.size());
      if (sync && part.size() == kBytesAtOnce && ::fdatasync(file.get()) != 0) {
        FailErrno(path, "cannot sync");
      }
    }
  }
  if (sync && ::fsync(file.get()) != 0) FailErrno(path, "cannot sync");
}

}  // namespace

bool FileExists(const std::string& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode);
}

std::string ReadFile(const std::string& path, const StopPoint& stop_point) {
  const Descriptor file(path, O_RDONLY | O_CLOEXEC);
  struct stat info {};
  if (file.get() < 0 || ::fstat(file.get(), &info) != 0 || !S_ISREG(info.st_mode)) {
    FailDamaged(path, "cannot be read");
  }
  std::string out(static_cast<std::size_t>(info.st_size), '\0');
  std::size_t done = 0;
  while (done < out.size()) {
    stop_point();
    const ssize_t n =
        ::read(file.get(), out.data() + done, std::min(kBytesAtOnce, out.size() - done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) FailDamaged(path, "cannot be read to its end");
    done += static_cast<std::size_t>(n);
  }
  return out;
}

void WriteFile(const std::string& path, const std::vector<std::string_view>& pieces,
               const StopPoint& stop_point) {
  WritePieces(path, pieces, false, stop_point);
}

void ReplaceFileDurably(const std::string& path, const std::vector<std::string_view>& pieces,
                        const StopPoint& stop_point) {
  const std::string aside = path + ".part";
  WritePieces(aside, pieces, true, stop_point);
  if (::rename(aside.c_str(), path.c_str()) != 0) FailErrno(path, "cannot rename into place");
  const std::string folder = path.substr(0, path.find_last_of('/') + 1);
  const Descriptor directory(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (directory.get() < 0 || ::fsync(directory.get()) != 0) FailErrno(folder, "cannot sync");
}

}  // namespace amooz::llama
