#include "sdk/host/scratch.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <ctime>
#include <mutex>
#include <utility>
#include <vector>

#include "sdk/base/errno_status.h"
#include "sdk/base/files.h"
#include "sdk/host/naming.h"

namespace amooz::host {
namespace {

constexpr char kPrefix[] = "amooz-scratch-";
constexpr std::time_t kSureToBeLockedS = 60;

UniqueFd OpenFolder(const std::string& path) {
  return UniqueFd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
}

bool IsLeftBehind(const std::string& path) {
  const UniqueFd folder = OpenFolder(path);
  struct stat info {};
  return folder.valid() && ::fstat(folder.get(), &info) == 0 && info.st_uid == ::geteuid() &&
         info.st_mtime + kSureToBeLockedS <= std::time(nullptr) &&
         ::flock(folder.get(), LOCK_EX | LOCK_NB) == 0;
}

}  // namespace

Result<std::unique_ptr<ScratchFolder>> ScratchFolder::Make() {
  const std::string parent = TemporaryDir();
  static std::once_flag swept;
  std::call_once(swept, [&] { SweepScratchFolders(parent); });
  std::string path = JoinPath(parent, std::string(kPrefix) + "XXXXXX");
  if (::mkdtemp(path.data()) == nullptr) return ErrnoStatus("make scratch folder " + path);
  UniqueFd lock = OpenFolder(path);
  if (lock.valid()) ::flock(lock.get(), LOCK_EX | LOCK_NB);
  return std::unique_ptr<ScratchFolder>(new ScratchFolder(std::move(path), std::move(lock)));
}

ScratchFolder::~ScratchFolder() { static_cast<void>(Env::Default()->RemoveAll(path_)); }

void SweepScratchFolders(const std::string& dir) {
  const Result<std::vector<std::string>> names = Env::Default()->ListDir(dir);
  if (!names.ok()) return;
  for (const std::string& name : *names) {
    const std::string path = JoinPath(dir, name);
    if (name.starts_with(kPrefix) && IsLeftBehind(path)) {
      static_cast<void>(Env::Default()->RemoveAll(path));
    }
  }
}

}  // namespace amooz::host
