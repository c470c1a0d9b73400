// An Env that does what another does: the base of those that fail, fill up or count in a test.
#ifndef AMOOZ_SDK_BASE_ENV_WRAPPER_H_
#define AMOOZ_SDK_BASE_ENV_WRAPPER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "sdk/base/files.h"

namespace amooz {

// Override what shall differ. `real` must outlive it.
class EnvWrapper : public Env {
 public:
  explicit EnvWrapper(Env* real = Env::Default()) : real_(real) {}

  Result<std::string> ReadFile(const std::string& path) override { return real_->ReadFile(path); }
  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path,
                                                     bool truncate) override {
    return real_->OpenWritable(path, truncate);
  }
  Status Rename(const std::string& from, const std::string& to) override {
    return real_->Rename(from, to);
  }
  Status SyncDir(const std::string& dir) override { return real_->SyncDir(dir); }
  Status MakeDirs(const std::string& dir) override { return real_->MakeDirs(dir); }
  Status RemoveFile(const std::string& path) override { return real_->RemoveFile(path); }
  Status RemoveAll(const std::string& path) override { return real_->RemoveAll(path); }
  bool Exists(const std::string& path) override { return real_->Exists(path); }
  Result<std::vector<std::string>> ListDir(const std::string& dir) override {
    return real_->ListDir(dir);
  }
  Result<std::uint64_t> FileSize(const std::string& path) override { return real_->FileSize(path); }
  Result<DiskSpace> GetDiskSpace(const std::string& path) override {
    return real_->GetDiskSpace(path);
  }

 private:
  Env* const real_;
};

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_ENV_WRAPPER_H_
