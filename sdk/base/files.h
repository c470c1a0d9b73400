// File operations that are durable when they say so. Paths are plain strings. Errors name the
// operation and errno's text. `Env` is the interface that tests replace to inject faults (a full
// disk, a read-only folder); Env::Default() is POSIX.
#ifndef AMOOZ_SDK_BASE_FILES_H_
#define AMOOZ_SDK_BASE_FILES_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/status.h"

namespace amooz {

// An append-only file. Not thread-safe.
class WritableFile {
 public:
  virtual ~WritableFile() = default;  // closes; does not sync
  virtual Status Append(std::string_view bytes) = 0;
  virtual Status Sync() = 0;  // fdatasync
  virtual Status Close() = 0;
};

// Thread-safe. RESOURCE_EXHAUSTED where the disk is full, PERMISSION_DENIED, NOT_FOUND, else
// INTERNAL.
class Env {
 public:
  virtual ~Env() = default;
  static Env* Default();  // never destroyed

  // INVALID_ARGUMENT if it is a folder.
  virtual Result<std::string> ReadFile(const std::string& path) = 0;
  // Opens for appending; truncate empties it first.
  virtual Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path,
                                                             bool truncate) = 0;
  virtual Status Rename(const std::string& from, const std::string& to) = 0;
  virtual Status SyncDir(const std::string& dir) = 0;
  virtual Status MakeDirs(const std::string& dir) = 0;  // like mkdir -p
  virtual Status RemoveFile(const std::string& path) = 0;
  virtual Status RemoveAll(const std::string& path) = 0;  // a missing path is OK
  virtual bool Exists(const std::string& path) = 0;
  virtual Result<std::vector<std::string>> ListDir(const std::string& dir) = 0;  // names, sorted
  virtual Result<std::uint64_t> FileSize(const std::string& path) = 0;
  // Free and total bytes of the file system that holds `path`.
  struct DiskSpace {
    std::uint64_t free_bytes;
    std::uint64_t total_bytes;
  };
  virtual Result<DiskSpace> GetDiskSpace(const std::string& path) = 0;
};

// Writes aside, syncs, renames, syncs the folder: readers see the old or the new bytes, never a
// part.
Status WriteFileAtomically(Env* env, const std::string& path, std::string_view bytes);

// Like MakeDirs, and a folder that was not there is for its owner alone: it will hold people's
// chats. One that is there keeps its permissions.
Status MakePrivateDir(Env* env, const std::string& dir);

// An exclusive flock on `path` (made if missing), held until destroyed. FAILED_PRECONDITION if
// another process has it.
class FileLock {
 public:
  static Result<std::unique_ptr<FileLock>> Acquire(const std::string& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  explicit FileLock(int fd) : fd_(fd) {}
  int fd_;
};

std::string JoinPath(std::string_view a, std::string_view b);
// The absolute path of the running executable's folder.
std::string ExecutableDir();

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_FILES_H_
