// The folder in which the calls of one plugin make their scratch folders.
//
// It is deleted with its owner. An owner that is killed leaves it behind; the next process that
// makes one deletes it then. A lock on the folder, which the kernel gives back when the owner dies,
// tells the two apart; it works across containers that share a temporary folder, where process ids
// do not.
#ifndef AMOOZ_SDK_HOST_SCRATCH_H_
#define AMOOZ_SDK_HOST_SCRATCH_H_

#include <memory>
#include <string>

#include "sdk/base/fd.h"
#include "sdk/base/status.h"

namespace amooz::host {

class ScratchFolder {
 public:
  // A new folder in TemporaryDir(). The first one that a process makes sweeps first.
  static Result<std::unique_ptr<ScratchFolder>> Make();
  ~ScratchFolder();
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  const std::string& path() const { return path_; }

 private:
  ScratchFolder(std::string path, UniqueFd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  const std::string path_;
  const UniqueFd lock_;
};

// Deletes the scratch folders of this user in `dir` that nobody owns any more. One that is younger
// than a minute stays: its owner may be about to lock it. What cannot be deleted stays too.
void SweepScratchFolders(const std::string& dir);

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_SCRATCH_H_
