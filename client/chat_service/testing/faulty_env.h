// The real file system with a disk that fills up, fails or is slow when the test says so.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_TESTING_FAULTY_ENV_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_TESTING_FAULTY_ENV_H_

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <utility>

#include "sdk/base/env_wrapper.h"

namespace amooz::chat {

class FaultyEnv : public EnvWrapper {
 public:
  // The next `bytes` land; an append beyond lands in part and fails, and so do all after it.
  void FailAppendsAfterBytes(std::int64_t bytes) { room_ = bytes; }
  void FailSyncs() { syncs_fail_ = true; }
  void SlowSyncs(std::chrono::milliseconds delay) { delay_ = delay; }
  void Heal() {
    room_ = -1;
    syncs_fail_ = false;
  }
  int syncs() const { return syncs_; }

  Result<std::unique_ptr<WritableFile>> OpenWritable(const std::string& path,
                                                     bool truncate) override {
    AMOOZ_ASSIGN_OR_RETURN(auto file, EnvWrapper::OpenWritable(path, truncate));
    return std::unique_ptr<WritableFile>(new File(this, std::move(file)));
  }

 private:
  class File : public WritableFile {
   public:
    File(FaultyEnv* env, std::unique_ptr<WritableFile> file) : env_(env), file_(std::move(file)) {}
    Status Append(std::string_view bytes) override {
      const std::int64_t room = env_->room_;
      if (room < 0) return file_->Append(bytes);
      if (std::cmp_less_equal(bytes.size(), room)) {
        env_->room_ = room - static_cast<std::int64_t>(bytes.size());
        return file_->Append(bytes);
      }
      env_->room_ = 0;
      AMOOZ_RETURN_IF_ERROR(file_->Append(bytes.substr(0, static_cast<std::size_t>(room))));
      return Status(Code::kResourceExhausted, "write: No space left on device");
    }
    Status Sync() override {
      ++env_->syncs_;
      if (env_->delay_.count() > 0) std::this_thread::sleep_for(env_->delay_);
      if (env_->syncs_fail_) return Status(Code::kInternal, "sync: Input/output error");
      return file_->Sync();
    }
    Status Close() override { return file_->Close(); }

   private:
    FaultyEnv* env_;
    std::unique_ptr<WritableFile> file_;
  };

  std::atomic<std::int64_t> room_ = -1;  // -1: no end
  std::atomic<bool> syncs_fail_ = false;
  std::atomic<int> syncs_ = 0;
  std::chrono::milliseconds delay_{0};
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_TESTING_FAULTY_ENV_H_
