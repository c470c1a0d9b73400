// The chats that amoozd has not acknowledged, on disk: durable, bounded, in order.
//
//   AMOOZ_ASSIGN_OR_RETURN(auto spool, Spool::Open({.dir = "/data/spool"}));
//   AMOOZ_ASSIGN_OR_RETURN(std::uint64_t seq, spool->Append(bytes));   // durable when it returns
//   AMOOZ_ASSIGN_OR_RETURN(auto chats, spool->Read(spool->acknowledged_seq(), 128, 1 << 20));
//   AMOOZ_RETURN_IF_ERROR(spool->Acknowledge(chats.back().seq));
//
// Guarantees:
// 1. A chat whose Append returned OK is read until it is acknowledged, whatever kills the process.
// 2. Seqs rise strictly, across restarts too, and no seq that was returned or read is given twice.
//    Gaps are possible (an append that failed).
// 3. A full spool or a full disk fails the Append with RESOURCE_EXHAUSTED; nothing is overwritten.
// 4. Memory does not grow with the spool: what is read is read from the files.
//
// On disk: segment files `<20 digits: seq of the first chat>.seg`, each a 16-byte header (magic,
// first seq) and then records {u32 size, u64 seq, 8 bytes of SHA-256 over both and the bytes,
// bytes}, little-endian, seqs without a gap; and `cursor`, the last acknowledged seq in decimal,
// replaced atomically. A segment ends at its first record that does not verify: an append that
// never finished. A segment goes when all of it is acknowledged. It is no defence against
// bytes that rot after they were synced: such a record fails its Read with DATA_LOSS.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_SPOOL_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_SPOOL_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sdk/base/fd.h"
#include "sdk/base/files.h"
#include "sdk/base/mutex.h"
#include "sdk/base/status.h"

namespace amooz::chat {

struct SpoolOptions {
  std::string dir;
  // Of all segment files together. An acknowledged chat counts until its whole segment goes.
  std::uint64_t limit_bytes = std::uint64_t{1} << 30;
  // A segment is closed at this size. 0: a 64th of the limit, within 4 KiB and 16 MiB.
  std::uint64_t segment_bytes = 0;
  Env* env = Env::Default();
};

struct SpooledChat {
  std::uint64_t seq = 0;
  std::string bytes;
};

// Thread-safe.
class Spool {
 public:
  // Recovers what is there. DATA_LOSS if the cursor cannot be read.
  static Result<std::unique_ptr<Spool>> Open(SpoolOptions options);
  ~Spool();

  // Returns the chat's seq once it is on disk. Calls that overlap share one fdatasync.
  Result<std::uint64_t> Append(std::string_view bytes) AMOOZ_EXCLUDES(mutex_);
  // RESOURCE_EXHAUSTED if a chat of this many bytes would not fit now.
  Status CheckRoom(std::uint64_t bytes) AMOOZ_EXCLUDES(mutex_);

  // The chats after `after_seq` that are durable and not acknowledged, oldest first: at most
  // max_chats, and no more after max_bytes are reached. Empty if there are none.
  Result<std::vector<SpooledChat>> Read(std::uint64_t after_seq, std::size_t max_chats,
                                        std::uint64_t max_bytes) AMOOZ_EXCLUDES(mutex_);
  // True once a chat after `after_seq` is durable; false at the timeout or at a Wake.
  bool WaitForChat(std::uint64_t after_seq, std::chrono::milliseconds timeout)
      AMOOZ_EXCLUDES(mutex_);
  // Ends the waits under way.
  void Wake() AMOOZ_EXCLUDES(mutex_);

  // All chats up to upto_seq are forgotten. If the cursor cannot be written (the disk is full), the
  // segments still go, and after a restart some chats of the last one are read again.
  Status Acknowledge(std::uint64_t upto_seq) AMOOZ_EXCLUDES(mutex_);

  std::uint64_t acknowledged_seq() AMOOZ_EXCLUDES(mutex_);
  std::uint64_t last_seq() AMOOZ_EXCLUDES(mutex_);  // of the durable ones; 0: never one

  struct Stats {
    std::uint64_t waiting_chats = 0;  // not acknowledged
    std::uint64_t bytes = 0;          // of the segment files
    std::uint64_t limit_bytes = 0;
    // Found at Open behind the last whole record of a segment, and left out.
    std::uint64_t torn_bytes = 0;
  };
  Stats GetStats() AMOOZ_EXCLUDES(mutex_);

 private:
  // Chats first_seq .. first_seq + count - 1, whole and durable within the first `bytes` bytes.
  struct Segment {
    std::uint64_t first_seq = 0;
    std::uint64_t count = 0;
    std::uint64_t bytes = 0;
    std::string path;
    std::uint64_t end_seq() const { return first_seq + count; }
  };
  struct PendingAppend;
  // Where the last Read ended, so that reading on needs no search.
  struct ReadPosition {
    std::uint64_t segment_first_seq = 0;
    std::uint64_t next_seq = 0;
    std::uint64_t offset = 0;
    UniqueFd file;
  };

  explicit Spool(SpoolOptions options) : options_(std::move(options)) {}
  Status Recover() AMOOZ_EXCLUDES(mutex_);
  Result<Segment> RecoverSegment(const std::string& name, std::uint64_t first_seq);
  std::string SegmentPath(std::uint64_t first_seq) const;
  std::uint64_t SegmentBytes() const;

  void CommitPending() AMOOZ_REQUIRES(mutex_);
  Status WriteToActive(std::string_view bytes, std::uint64_t new_segment_first_seq);
  bool Fits(std::uint64_t bytes) const AMOOZ_REQUIRES(mutex_);
  Status FullStatus() const AMOOZ_REQUIRES(mutex_);
  bool ActiveIsAcknowledged() const AMOOZ_REQUIRES(mutex_);
  std::vector<std::string> TakeAcknowledgedSegments() AMOOZ_REQUIRES(mutex_);
  Status RemoveFiles(const std::vector<std::string>& paths);
  std::uint64_t WaitingChats() const AMOOZ_REQUIRES(mutex_);
  // The first chat to read after `after_seq`, and its segment; 0 if there is none.
  std::uint64_t FindNext(std::uint64_t after_seq, Segment* found) AMOOZ_EXCLUDES(mutex_);
  Status Seek(const Segment& segment, std::uint64_t seq) AMOOZ_REQUIRES(read_mutex_);

  const SpoolOptions options_;

  Mutex mutex_;
  CondVar changed_;
  std::deque<Segment> segments_ AMOOZ_GUARDED_BY(mutex_);  // oldest first; the last is appended to
  std::uint64_t bytes_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::uint64_t next_seq_ AMOOZ_GUARDED_BY(mutex_) = 1;
  std::uint64_t durable_seq_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::uint64_t acknowledged_seq_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::uint64_t torn_bytes_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::uint64_t wakes_ AMOOZ_GUARDED_BY(mutex_) = 0;
  std::vector<PendingAppend*> pending_ AMOOZ_GUARDED_BY(mutex_);
  bool is_committing_ AMOOZ_GUARDED_BY(mutex_) = false;

  // Only the thread that set is_committing_ touches it. Null: the next append opens a new segment.
  std::unique_ptr<WritableFile> active_;

  Mutex acknowledge_mutex_;  // one writer of the cursor
  Mutex read_mutex_;
  ReadPosition position_ AMOOZ_GUARDED_BY(read_mutex_);
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_SPOOL_H_
