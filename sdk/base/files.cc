#include "sdk/base/files.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <system_error>

#include "sdk/base/disk_fault.h"
#include "sdk/base/errno_status.h"
#include "sdk/base/fd.h"

namespace amooz {
namespace {

namespace fs = std::filesystem;

Status ErrorCodeStatus(const std::string& what, const std::error_code& error) {
  return ErrnoStatus(what, error.value());
}

// What a test pretends of the disk; 0: nothing.
int PretendedErrno() {
  switch (PretendedDiskFault()) {
    case DiskFault::kFull:
      return ENOSPC;
    case DiskFault::kReadOnly:
      return EROFS;
    default:
      return 0;
  }
}

class PosixWritableFile : public WritableFile {
 public:
  PosixWritableFile(std::string path, int fd) : path_(std::move(path)), fd_(fd) {}

  Status Append(std::string_view bytes) override {
    if (const int fault = PretendedErrno()) return ErrnoStatus("write " + path_, fault);
    while (!bytes.empty()) {
      const ssize_t n = ::write(fd_.get(), bytes.data(), bytes.size());
      if (n < 0) {
        if (errno == EINTR) continue;
        return ErrnoStatus("write " + path_);
      }
      bytes.remove_prefix(static_cast<std::size_t>(n));
    }
    return Status::Ok();
  }

  Status Sync() override {
    if (::fdatasync(fd_.get()) != 0) return ErrnoStatus("sync " + path_);
    return Status::Ok();
  }

  Status Close() override {
    if (!fd_.valid()) return Status::Ok();
    if (::close(fd_.Release()) != 0) return ErrnoStatus("close " + path_);
    return Status::Ok();
  }

 private:
  std::string path_;
  UniqueFd fd_;
};

class PosixEnv : public Env {
 public:
  Result<std::string> ReadFile(const std::string& path) override {
    const UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file.valid()) return ErrnoStatus("open " + path);
    struct stat info {};
    std::string bytes;
    if (::fstat(file.get(), &info) == 0) {
      if (S_ISDIR(info.st_mode)) {
        return Status(Code::kInvalidArgument, path + " is a folder; give a file");
      }
      bytes.reserve(static_cast<std::size_t>(info.st_size));
    }
    char buffer[1 << 16];
    for (;;) {
      const ssize_t n = ::read(file.get(), buffer, sizeof(buffer));
      if (n == 0) return bytes;
      if (n > 0) {
        bytes.append(buffer, static_cast<std::size_t>(n));
      } else if (errno != EINTR) {
        return ErrnoStatus("read " + path);
      }
    }
  }

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path,
                                                     bool truncate) override {
    if (PretendedDiskFault() == DiskFault::kReadOnly) {
      return ErrnoStatus("open for writing " + path, EROFS);
    }
    const int flags = O_WRONLY | O_CREAT | O_CLOEXEC | O_APPEND | (truncate ? O_TRUNC : 0);
    const int fd = ::open(path.c_str(), flags, 0644);
    if (fd < 0) return ErrnoStatus("open for writing " + path);
    return std::unique_ptr<WritableFile>(std::make_unique<PosixWritableFile>(path, fd));
  }

  Status Rename(const std::string& from, const std::string& to) override {
    if (::rename(from.c_str(), to.c_str()) != 0) {
      return ErrnoStatus("rename " + from + " to " + to);
    }
    return Status::Ok();
  }

  Status SyncDir(const std::string& dir) override {
    const UniqueFd folder(::open(dir.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!folder.valid()) return ErrnoStatus("open folder " + dir);
    if (::fsync(folder.get()) != 0) return ErrnoStatus("sync folder " + dir);
    return Status::Ok();
  }

  Status MakeDirs(const std::string& dir) override {
    const int fault = PretendedErrno();
    if (fault != 0 && !Exists(dir)) return ErrnoStatus("make folder " + dir, fault);
    std::error_code error;
    fs::create_directories(dir, error);
    if (error) return ErrorCodeStatus("make folder " + dir, error);
    return Status::Ok();
  }

  Status RemoveFile(const std::string& path) override {
    if (::unlink(path.c_str()) != 0) return ErrnoStatus("remove " + path);
    return Status::Ok();
  }

  Status RemoveAll(const std::string& path) override {
    std::error_code error;
    fs::remove_all(path, error);
    if (error) return ErrorCodeStatus("remove " + path, error);
    return Status::Ok();
  }

  bool Exists(const std::string& path) override {
    std::error_code error;
    return fs::exists(path, error);
  }

  Result<std::vector<std::string>> ListDir(const std::string& dir) override {
    std::error_code error;
    std::vector<std::string> names;
    for (fs::directory_iterator it(dir, error), end; !error && it != end; it.increment(error)) {
      names.push_back(it->path().filename().string());
    }
    if (error) return ErrorCodeStatus("list folder " + dir, error);
    std::sort(names.begin(), names.end());
    return names;
  }

  Result<std::uint64_t> FileSize(const std::string& path) override {
    std::error_code error;
    const std::uint64_t size = fs::file_size(path, error);
    if (error) return ErrorCodeStatus("size of " + path, error);
    return size;
  }

  Result<DiskSpace> GetDiskSpace(const std::string& path) override {
    struct statvfs info {};
    if (::statvfs(path.c_str(), &info) != 0) return ErrnoStatus("disk space of " + path);
    const std::uint64_t total = info.f_blocks * info.f_frsize;
    if (PretendedDiskFault() == DiskFault::kLow) return DiskSpace{total / 50, total};
    if (PretendedDiskFault() == DiskFault::kFull) return DiskSpace{0, total};
    return DiskSpace{info.f_bavail * info.f_frsize, total};
  }
};

std::string ParentDir(const std::string& path) {
  const std::string parent = fs::path(path).parent_path().string();
  return parent.empty() ? "." : parent;
}

Status WriteAndSync(Env* env, const std::string& path, std::string_view bytes) {
  AMOOZ_ASSIGN_OR_RETURN(const std::unique_ptr<WritableFile> file,
                         env->OpenWritable(path, /*truncate=*/true));
  AMOOZ_RETURN_IF_ERROR(file->Append(bytes));
  AMOOZ_RETURN_IF_ERROR(file->Sync());
  return file->Close();
}

}  // namespace

Env* Env::Default() {
  static PosixEnv* const env = new PosixEnv;
  return env;
}

Status WriteFileAtomically(Env* env, const std::string& path, std::string_view bytes) {
  const std::string aside = path + ".new";
  Status status = WriteAndSync(env, aside, bytes);
  if (status.ok()) status = env->Rename(aside, path);
  if (!status.ok()) {
    // What the write failed with matters more than whether its leavings could be removed.
    static_cast<void>(env->RemoveFile(aside));
    return status;
  }
  return env->SyncDir(ParentDir(path));
}

Status MakePrivateDir(Env* env, const std::string& dir) {
  const bool is_new = !env->Exists(dir);
  AMOOZ_RETURN_IF_ERROR(env->MakeDirs(dir));
  if (is_new && ::chmod(dir.c_str(), S_IRWXU) != 0) return ErrnoStatus("make private " + dir);
  return Status::Ok();
}

Result<std::unique_ptr<FileLock>> FileLock::Acquire(const std::string& path) {
  if (PretendedDiskFault() == DiskFault::kReadOnly) {
    return ErrnoStatus("open lock file " + path, EROFS);
  }
  UniqueFd file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!file.valid()) return ErrnoStatus("open lock file " + path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return Status(Code::kFailedPrecondition, path + " is locked by another process");
    }
    return ErrnoStatus("lock " + path);
  }
  return std::unique_ptr<FileLock>(new FileLock(file.Release()));
}

FileLock::~FileLock() { ::close(fd_); }

std::string JoinPath(std::string_view a, std::string_view b) {
  if (a.empty()) return std::string(b);
  std::string path(a);
  if (path.back() != '/') path.push_back('/');
  while (!b.empty() && b.front() == '/') b.remove_prefix(1);
  return path.append(b);
}

std::string ExecutableDir() {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? std::string(".") : self.parent_path().string();
}

}  // namespace amooz
