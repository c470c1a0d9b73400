// A call inside amooz-plugin-host: what the plugin says goes to the parent, what it asks comes from
// there.
#ifndef AMOOZ_SDK_HOST_REMOTE_CALL_H_
#define AMOOZ_SDK_HOST_REMOTE_CALL_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "sdk/base/mutex.h"
#include "sdk/host/call_context.h"
#include "sdk/host/credit.h"
#include "sdk/host/example_array.h"
#include "sdk/host/frame_socket.h"
#include "sdk/host/messages.h"

namespace amooz::host {

// Thread-safe; NextExample and RewindExamples of one split belong to one thread at a time.
class RemoteCall : public CallContext {
 public:
  struct Environment {
    std::string device;
    std::string scratch_root;
  };
  // socket and environment must outlive this.
  RemoteCall(FrameSocket* socket, std::uint64_t id, const CallStart& start,
             const Environment& environment);

  // ---- From the parent, by the thread that reads the socket. Bad payloads are ignored: the call
  // then ends by its own waiting being stopped. ----
  void OnCredit(std::string_view payload);
  void OnVariationAnswer(std::string_view payload);
  void OnExamples(std::string payload);

  // ---- CallContext ----
  void Progress(std::uint64_t done, std::uint64_t total) override;
  std::uint64_t ExampleCount(std::int32_t split) override;
  std::int32_t NextExample(std::int32_t split, const amooz_example** out) override;
  std::int32_t RewindExamples(std::int32_t split) override;
  std::int32_t EmitVariation(const GeneratedVariation& variation) override;
  std::int32_t EmitChunk(std::string_view utf8) override;
  std::string_view Device() const override { return environment_.device; }

 private:
  // Examples first..first+size of a split, in the payload that they came in.
  struct Batch {
    std::string payload;
    ExamplesMessage message;
    std::unique_ptr<ExampleArray> array;
    std::uint64_t end() const { return message.first + array->size(); }
  };
  struct Pull {
    std::uint64_t position = 0;          // of the next example
    std::unique_ptr<Batch> current;      // holds the example before position, or begins at it
    std::unique_ptr<Batch> ahead;        // asked for before it was needed
    std::optional<std::uint64_t> asked;  // the first example of the batch that is on its way
  };

  void OnLog(std::int32_t level, std::string_view message) override;
  void OnMetric(std::string_view name, double value, std::int64_t step) override;
  void OnCallAnnotation(std::string_view key, std::string_view value) override;
  void OnStop() override;
  std::string ScratchRoot() const override { return environment_.scratch_root; }

  // Sends a notice when there is a credit for it. False, and nothing sent, if the call stops first.
  bool SendNotice(FrameType type, const std::string& payload);
  void Ask(std::int32_t split, std::uint64_t first, Pull* pull) AMOOZ_REQUIRES(mutex_);
  static bool Holds(const std::unique_ptr<Batch>& batch, std::uint64_t position);

  FrameSocket* const socket_;
  const std::uint64_t id_;
  const Environment& environment_;
  const std::uint64_t counts_[2];
  Mutex variation_mutex_;  // one variation is asked about at a time
  Mutex mutex_;
  CondVar changed_;
  std::uint32_t credits_ AMOOZ_GUARDED_BY(mutex_) = kNoticeWindow;
  std::optional<std::int32_t> variation_answer_ AMOOZ_GUARDED_BY(mutex_);
  Pull pulls_[2] AMOOZ_GUARDED_BY(mutex_);
};

}  // namespace amooz::host

#endif  // AMOOZ_SDK_HOST_REMOTE_CALL_H_
