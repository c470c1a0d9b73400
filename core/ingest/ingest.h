// The way in for chats: checks them, queues them (bounded), and one thread commits them in groups
// and then acknowledges. Knows nothing of gRPC.
//
//   auto session = ingest.OpenSession("app", {.on_ack = ..., .on_room = ..., .on_end = ...});
//   IngestBatch batch = (*session)->Prepare(std::move(chats));
//   if ((*session)->Offer(&batch) == IngestOffer::kWait) { keep batch; stop reading until on_room }
//
// Guarantees
//  1. An acknowledgement says: every chat of this session up to upto_seq, in the order offered, is
//     on disk or was named as rejected, in this or an earlier acknowledgement. Acknowledgements
//     come in order; several batches may share one.
//  2. Nothing offered and taken is dropped: it is committed, or its session ends with an error and
//     the producer sends again what was not acknowledged (the same seq is stored once, rule 25).
//  3. A full queue, or too little free disk, makes Offer answer kWait; on_room comes when it is
//     worth trying again. At most max_queued_chats and 64 MiB of text (or one larger batch) wait in
//     memory.
//  4. A producer has one session; a second one ends the first with ABORTED.
//  5. Callbacks of a session come one at a time; on_end is the last and comes once. The session's
//     destructor waits for a callback under way (unless it is called by it), and none comes after.
//     So: do not destroy a session while holding a lock that its callbacks take. Callbacks must not
//     block; they may call Offer.
//  6. Close commits what is queued, acknowledges it, then ends the sessions with UNAVAILABLE.
#ifndef AMOOZ_CORE_INGEST_INGEST_H_
#define AMOOZ_CORE_INGEST_INGEST_H_

#include <atomic>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <thread>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "core/base/domain.h"
#include "core/store/store.h"
#include "sdk/base/files.h"
#include "sdk/base/mutex.h"

namespace amooz {

struct IncomingChat {
  std::uint64_t seq = 0;
  ChatContent content{};
  // Not OK: something is wrong with it already (it could not be decoded, say); it is rejected so.
  absl::Status problem{};
};

struct RejectedChat {
  std::uint64_t seq = 0;
  // INVALID_ARGUMENT; ALREADY_EXISTS: the seq is taken by other content; FAILED_PRECONDITION: a
  // cycle has read this producer beyond this seq.
  absl::StatusCode code = absl::StatusCode::kInvalidArgument;
  std::string message{};  // names the field and the remedy, never holds a chat's text
};

struct IngestAck {
  std::uint64_t upto_seq = 0;  // highest seq so far
  // Since the acknowledgement before.
  std::int64_t stored = 0;
  std::int64_t already_stored = 0;
  std::vector<RejectedChat> rejected{};  // by seq
};

enum class IngestOffer {
  kTaken,
  kWait,   // no room: on_room will come
  kEnded,  // on_end came, or is coming
};

struct SessionCallbacks {
  std::function<void(const IngestAck&)> on_ack{};
  std::function<void()> on_room{};
  std::function<void(const absl::Status&)> on_end{};
};

class Ingest;
struct IngestStream;  // what a session and its queued batches share

// Checked chats, ready to be offered.
class IngestBatch {
 public:
  std::size_t size() const { return chats_.size() + rejected_.size(); }

 private:
  friend class Ingest;
  friend class IngestSession;
  std::vector<NewChat> chats_;
  std::vector<RejectedChat> rejected_;
  std::uint64_t highest_seq_ = 0;
  std::int64_t bytes_ = 0;  // of the texts
};

// One producer's stream of chats. Thread-safe; must not outlive its Ingest.
class IngestSession {
 public:
  ~IngestSession();
  IngestSession(const IngestSession&) = delete;
  IngestSession& operator=(const IngestSession&) = delete;

  const std::string& producer() const;
  // Checks the chats: the costly part, done in the caller's thread.
  IngestBatch Prepare(std::vector<IncomingChat>&& chats) const;
  // Takes *batch, or leaves it as it is. Offer batches in the order in which they came.
  IngestOffer Offer(IngestBatch* batch);

 private:
  friend class Ingest;
  IngestSession(Ingest* ingest, std::shared_ptr<IngestStream> stream)
      : ingest_(ingest), stream_(std::move(stream)) {}
  Ingest* const ingest_;
  const std::shared_ptr<IngestStream> stream_;
};

struct IngestOptions {
  Store* store = nullptr;
  Env* env = Env::Default();
  std::string data_dir{};  // whose disk is watched
  std::uint64_t max_chat_bytes = 1 << 20;
  std::int64_t max_queued_chats = 4096;
  double min_free_disk_percent = 5;
  // One line of the server's log; levels as in CycleManagerOptions. May be empty. [writer thread]
  std::function<void(std::int32_t level, std::string_view line)> log{};
};

struct IngestStatus {
  std::vector<std::string> connected_producers{};  // sorted
  std::int64_t queued_chats = 0;                   // taken, not yet committed
  double disk_free_percent = 100;
  bool is_disk_low = false;   // nothing is read until space is freed
  absl::Status last_error{};  // of the newest commit that failed, until one succeeds
};

// Thread-safe.
class Ingest {
 public:
  // Most chats of one Append.
  static constexpr std::size_t kMaxAppendChats = 10'000;

  explicit Ingest(IngestOptions options);
  ~Ingest();  // Close()
  Ingest(const Ingest&) = delete;
  Ingest& operator=(const Ingest&) = delete;

  // INVALID_ARGUMENT for a bad name. A new name is written to disk: not for a thread that must not
  // block.
  absl::StatusOr<std::unique_ptr<IngestSession>> OpenSession(std::string_view producer,
                                                             SessionCallbacks callbacks);
  // One batch without a session, beside the producer's session if it has one. `done` is called
  // once, perhaps before Append returns, and may call anything here but Close. RESOURCE_EXHAUSTED
  // at once while the disk is low; waits for room otherwise. May write a new name, as OpenSession.
  void Append(std::string_view producer, std::vector<IncomingChat>&& chats,
              std::function<void(const absl::StatusOr<IngestAck>&)> done);

  IngestStatus Status();
  // What the committing thread has used.
  double CpuSeconds() const { return cpu_seconds_.load(std::memory_order_relaxed); }
  void Close();

 private:
  friend class IngestSession;
  struct Queued {
    std::shared_ptr<IngestStream> stream;
    IngestBatch batch;
  };

  absl::StatusOr<std::shared_ptr<IngestStream>> MakeStream(std::string_view producer,
                                                           SessionCallbacks callbacks);
  IngestBatch Check(const IngestStream& stream, std::vector<IncomingChat>&& chats) const;
  IngestOffer Offer(const std::shared_ptr<IngestStream>& stream, IngestBatch* batch);
  // What the stream has queued is committed all the same; nobody hears of it.
  void Forget(const std::shared_ptr<IngestStream>& stream) AMOOZ_EXCLUDES(mutex_);

  void Run();
  // Waits for work and room on the disk. Empty: closing, and nothing is left.
  std::vector<Queued> NextGroup() AMOOZ_EXCLUDES(mutex_);
  void CommitGroup(std::vector<Queued> group) AMOOZ_EXCLUDES(mutex_);
  void EndStreams(const std::vector<std::shared_ptr<IngestStream>>& streams,
                  const absl::Status& why);
  void WakeWaiting() AMOOZ_EXCLUDES(mutex_);
  struct Disk {
    double free_percent = 100;
    bool is_low = false;
  };
  Disk LookAtDisk() const;
  // Of the writer thread: keeps what is_disk_low says and logs a change. True if it has recovered.
  bool NoteDisk(const Disk& disk) AMOOZ_EXCLUDES(mutex_);

  const IngestOptions options_;
  std::atomic<double> cpu_seconds_{0};

  Mutex mutex_;
  CondVar has_work_;
  std::deque<Queued> queue_ AMOOZ_GUARDED_BY(mutex_);
  std::int64_t queued_chats_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, std::shared_ptr<IngestStream>> sessions_ AMOOZ_GUARDED_BY(mutex_);
  std::deque<std::weak_ptr<IngestStream>> waiting_ AMOOZ_GUARDED_BY(mutex_);
  std::int64_t queued_bytes_ AMOOZ_GUARDED_BY(mutex_) = 0;
  bool is_disk_low_ AMOOZ_GUARDED_BY(mutex_) = false;  // set by the committing thread alone
  bool is_closing_ AMOOZ_GUARDED_BY(mutex_) = false;
  absl::Status last_error_ AMOOZ_GUARDED_BY(mutex_);

  std::thread writer_;
};

}  // namespace amooz

#endif  // AMOOZ_CORE_INGEST_INGEST_H_
