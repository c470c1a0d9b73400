// amooz-plugin-host's side of the wire: one plugin, any number of calls, until the parent closes
// its end.
#ifndef AMOOZ_SDK_HOST_CHILD_SERVER_H_
#define AMOOZ_SDK_HOST_CHILD_SERVER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>

#include "sdk/base/fd.h"
#include "sdk/base/mutex.h"
#include "sdk/host/frame_socket.h"
#include "sdk/host/instance.h"
#include "sdk/host/library.h"
#include "sdk/host/remote_call.h"
#include "sdk/host/worker_pool.h"

namespace amooz::host {

// Order of frames: kHello loads the library, kCreate makes the instance, then calls in any order.
// Frames that break it are answered with FAILED_PRECONDITION.
class ChildServer {
 public:
  ChildServer(UniqueFd socket, std::string scratch_root);
  // Serves until the parent has gone. Then stops the calls under way, waits for them as long as the
  // plugin's grace, unloads, destroys, and returns true; false if a call did not end.
  bool Run();

 private:
  void Handle(Frame frame);
  void Hello(const Frame& frame);
  void StartCall(Frame frame);
  // In a worker.
  void RunCall(const Frame& frame, RemoteCall* call);
  Status Execute(const Frame& frame, RemoteCall* call, std::string* value);
  Status Create(const Frame& frame, RemoteCall* call);
  Status Score(const Frame& frame, RemoteCall* call, std::string* value);
  Status Load(const Frame& frame, RemoteCall* call, std::string* value);
  Status Unload(const Frame& frame);
  Status Generate(const Frame& frame, RemoteCall* call, std::string* value);
  Status Evaluate(const Frame& frame, RemoteCall* call, std::string* value);

  void SendResult(std::uint64_t call_id, const Status& status, std::string value);
  std::shared_ptr<RemoteCall> FindCall(std::uint64_t id);
  Result<amooz_model*> FindModel(std::uint64_t id);
  bool StopAllCalls();

  FrameSocket socket_;
  RemoteCall::Environment environment_;
  const Library* library_ = nullptr;
  Kind kind_ = Kind::kScorer;  // of the created plugin
  std::int32_t stop_grace_ms_ = 0;
  WorkerPool* workers_ = nullptr;  // never destroyed
  std::unique_ptr<Instance> instance_;
  Mutex mutex_;
  CondVar call_ended_;
  std::map<std::uint64_t, std::shared_ptr<RemoteCall>> calls_ AMOOZ_GUARDED_BY(mutex_);
  std::map<std::uint64_t, amooz_model*> models_ AMOOZ_GUARDED_BY(mutex_);
  std::uint64_t next_model_id_ AMOOZ_GUARDED_BY(mutex_) = 1;
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_CHILD_SERVER_H_
