#include "client/chat_service/spool.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <utility>

#include "sdk/base/errno_status.h"
#include "sdk/base/failpoint.h"
#include "sdk/base/sha256.h"

namespace amooz::chat {
namespace {

constexpr std::string_view kMagic = "AMZSPL01";
constexpr std::size_t kSegmentHeaderBytes = 16;
constexpr std::size_t kRecordHeaderBytes = 20;
constexpr std::size_t kCheckBytes = 8;
constexpr std::string_view kSuffix = ".seg";
constexpr std::size_t kNameDigits = 20;
// No chat is near this; a larger size in a record is damage.
constexpr std::uint32_t kMaxRecordBytes = 64u << 20;

template <typename T>
void AppendLittleEndian(std::string* out, T value) {
  for (std::size_t i = 0; i < sizeof(T); ++i) out->push_back(static_cast<char>(value >> (8 * i)));
}

template <typename T>
T ReadLittleEndian(std::string_view bytes) {
  T value = 0;
  for (std::size_t i = 0; i < sizeof(T); ++i) {
    value |= static_cast<T>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  return value;
}

std::string Check(std::string_view size_and_seq, std::string_view bytes) {
  Sha256 sha;
  sha.Update(size_and_seq);
  sha.Update(bytes);
  const Sha256Digest digest = sha.Finish();
  return std::string(reinterpret_cast<const char*>(digest.data()), kCheckBytes);
}

void AppendRecord(std::string* out, std::uint64_t seq, std::string_view bytes) {
  std::string head;
  AppendLittleEndian(&head, static_cast<std::uint32_t>(bytes.size()));
  AppendLittleEndian(&head, seq);
  out->append(head).append(Check(head, bytes)).append(bytes);
}

std::uint64_t RecordBytes(std::uint64_t payload_bytes) {
  return kRecordHeaderBytes + payload_bytes;
}

// Exactly `size` bytes at `offset`; nullopt if the file ends before.
Result<std::optional<std::string>> ReadAt(const UniqueFd& file, std::uint64_t offset,
                                          std::size_t size, const std::string& path) {
  std::string bytes(size, '\0');
  std::size_t done = 0;
  while (done < size) {
    const ssize_t n =
        ::pread(file.get(), bytes.data() + done, size - done, static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus("read " + path);
    if (n == 0) return std::optional<std::string>();
    done += static_cast<std::size_t>(n);
  }
  return std::optional<std::string>(std::move(bytes));
}

// The record at `offset`; nullopt if there is no whole and sound record with this seq.
Result<std::optional<std::string>> ReadRecord(const UniqueFd& file, std::uint64_t offset,
                                              std::uint64_t seq, const std::string& path) {
  const std::optional<std::string> none;
  AMOOZ_ASSIGN_OR_RETURN(const auto head, ReadAt(file, offset, kRecordHeaderBytes, path));
  if (!head.has_value()) return none;
  const std::string_view view(*head);
  const auto size = ReadLittleEndian<std::uint32_t>(view);
  if (size > kMaxRecordBytes || ReadLittleEndian<std::uint64_t>(view.substr(4)) != seq) return none;
  AMOOZ_ASSIGN_OR_RETURN(auto bytes, ReadAt(file, offset + kRecordHeaderBytes, size, path));
  if (!bytes.has_value() || Check(view.substr(0, 12), *bytes) != view.substr(12)) return none;
  return bytes;
}

Result<UniqueFd> OpenForReading(const std::string& path) {
  UniqueFd file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return ErrnoStatus("open " + path);
  return file;
}

std::string Digits(std::uint64_t seq) {
  const std::string digits = std::to_string(seq);
  return std::string(kNameDigits - digits.size(), '0') + digits;
}

// Decimal digits alone, below 2^63; nullopt for anything else.
std::optional<std::uint64_t> ParseSeq(std::string_view digits) {
  if (digits.empty() || digits.size() > kNameDigits) return std::nullopt;
  std::uint64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9' || value >= (std::uint64_t{1} << 63) / 10) return std::nullopt;
    value = value * 10 + static_cast<std::uint64_t>(c - '0');
  }
  return value;
}

// "00000000000000000042.seg" is 42.
std::optional<std::uint64_t> ParseSegmentName(std::string_view name) {
  if (name.size() != kNameDigits + kSuffix.size() || !name.ends_with(kSuffix)) return std::nullopt;
  const auto seq = ParseSeq(name.substr(0, kNameDigits));
  return seq == 0 ? std::nullopt : seq;
}

}  // namespace

struct Spool::PendingAppend {
  std::string_view bytes;
  bool is_done = false;
  std::uint64_t seq = 0;
  Status status = {};
};

Result<std::unique_ptr<Spool>> Spool::Open(SpoolOptions options) {
  std::unique_ptr<Spool> spool(new Spool(std::move(options)));
  AMOOZ_RETURN_IF_ERROR(spool->Recover());
  return spool;
}

Spool::~Spool() = default;

std::string Spool::SegmentPath(std::uint64_t first_seq) const {
  return JoinPath(options_.dir, Digits(first_seq) + std::string(kSuffix));
}

std::uint64_t Spool::SegmentBytes() const {
  if (options_.segment_bytes != 0) return options_.segment_bytes;
  return std::clamp<std::uint64_t>(options_.limit_bytes / 64, 4u << 10, 16u << 20);
}

// ---- Recovery ----

Status Spool::Recover() {
  MutexLock lock(&mutex_);
  AMOOZ_RETURN_IF_ERROR(options_.env->MakeDirs(options_.dir));
  const std::string cursor_path = JoinPath(options_.dir, "cursor");
  if (options_.env->Exists(cursor_path)) {
    AMOOZ_ASSIGN_OR_RETURN(std::string cursor, options_.env->ReadFile(cursor_path));
    if (cursor.ends_with('\n')) cursor.pop_back();
    const auto seq = ParseSeq(cursor);
    if (!seq.has_value()) {
      return Status(Code::kDataLoss,
                    cursor_path +
                        " does not hold a sequence number: write the last acknowledged "
                        "one into it ('amooz chats list' shows this producer's)");
    }
    acknowledged_seq_ = *seq;
  }
  AMOOZ_ASSIGN_OR_RETURN(const auto names, options_.env->ListDir(options_.dir));
  for (const std::string& name : names) {
    const auto first_seq = ParseSegmentName(name);
    if (!first_seq.has_value()) continue;
    // Segments are removed only when all in them is acknowledged: the first one is a cursor too.
    if (segments_.empty()) acknowledged_seq_ = std::max(acknowledged_seq_, *first_seq - 1);
    AMOOZ_ASSIGN_OR_RETURN(Segment segment, RecoverSegment(name, *first_seq));
    AMOOZ_ASSIGN_OR_RETURN(const std::uint64_t size, options_.env->FileSize(segment.path));
    torn_bytes_ += size - std::min(size, segment.bytes);
    next_seq_ = std::max(next_seq_, segment.end_seq());
    // One without a whole chat is written anew under its name: its seq is the next to be given.
    if (segment.count == 0) continue;
    segment.bytes = size;
    bytes_ += size;
    segments_.push_back(std::move(segment));
  }
  next_seq_ = std::max(next_seq_, acknowledged_seq_ + 1);
  // Not next_seq_ - 1: seqs that a failed append gave up have no chat.
  durable_seq_ = acknowledged_seq_;
  if (!segments_.empty()) durable_seq_ = std::max(durable_seq_, segments_.back().end_seq() - 1);
  return Status::Ok();
}

Result<Spool::Segment> Spool::RecoverSegment(const std::string& name, std::uint64_t first_seq) {
  Segment segment{
      .first_seq = first_seq, .count = 0, .bytes = 0, .path = JoinPath(options_.dir, name)};
  AMOOZ_ASSIGN_OR_RETURN(const UniqueFd file, OpenForReading(segment.path));
  // A killed process leaves records that no fdatasync covered; they are read from here on.
  if (::fdatasync(file.get()) != 0) return ErrnoStatus("sync " + segment.path);
  AMOOZ_ASSIGN_OR_RETURN(const auto header, ReadAt(file, 0, kSegmentHeaderBytes, segment.path));
  if (!header.has_value()) return segment;  // killed while the segment was made
  if (!header->starts_with(kMagic) ||
      ReadLittleEndian<std::uint64_t>(std::string_view(*header).substr(8)) != first_seq) {
    return Status(Code::kDataLoss, segment.path +
                                       " is no spool segment of this version: move it out of the "
                                       "folder to go on without its chats");
  }
  segment.bytes = kSegmentHeaderBytes;
  for (;;) {
    AMOOZ_ASSIGN_OR_RETURN(const auto record,
                           ReadRecord(file, segment.bytes, segment.end_seq(), segment.path));
    if (!record.has_value()) return segment;
    segment.bytes += RecordBytes(record->size());
    ++segment.count;
  }
}

// ---- Append ----

bool Spool::ActiveIsAcknowledged() const {
  return !segments_.empty() && segments_.back().end_seq() <= acknowledged_seq_ + 1;
}

bool Spool::Fits(std::uint64_t bytes) const {
  const std::uint64_t reclaimable = ActiveIsAcknowledged() ? segments_.back().bytes : 0;
  return bytes_ - reclaimable + kSegmentHeaderBytes + bytes <= options_.limit_bytes;
}

Status Spool::FullStatus() const {
  return Status(Code::kResourceExhausted,
                "the chat spool is full: " + std::to_string(WaitingChats()) +
                    " chats wait for amoozd in " + std::to_string(bytes_) + " of " +
                    std::to_string(options_.limit_bytes) +
                    " bytes. Start amoozd (or see that --server reaches it), or restart amooz-chat "
                    "with a larger --spool-limit");
}

Status Spool::CheckRoom(std::uint64_t bytes) {
  MutexLock lock(&mutex_);
  return Fits(RecordBytes(bytes)) ? Status::Ok() : FullStatus();
}

Result<std::uint64_t> Spool::Append(std::string_view bytes) {
  if (bytes.size() > kMaxRecordBytes) {
    return Status(Code::kInvalidArgument, "a chat of " + std::to_string(bytes.size()) +
                                              " bytes is too large for the spool: 64 MiB at most");
  }
  PendingAppend append{.bytes = bytes};
  MutexLock lock(&mutex_);
  pending_.push_back(&append);
  while (!append.is_done && is_committing_) changed_.Wait(&mutex_);
  if (!append.is_done) CommitPending();
  if (!append.status.ok()) return append.status;
  return append.seq;
}

// One thread writes and syncs for all that came meanwhile.
void Spool::CommitPending() {
  std::vector<PendingAppend*> batch;
  batch.swap(pending_);
  const std::uint64_t first_seq = next_seq_;
  std::string bytes;
  for (PendingAppend* append : batch) {
    if (!Fits(bytes.size() + RecordBytes(append->bytes.size()))) {
      append->status = FullStatus();
      continue;
    }
    append->seq = next_seq_++;
    AppendRecord(&bytes, append->seq, append->bytes);
  }
  if (!bytes.empty()) {
    const bool opens_segment = active_ == nullptr ||
                               segments_.back().bytes + bytes.size() > SegmentBytes() ||
                               bytes_ + bytes.size() > options_.limit_bytes;
    const std::uint64_t count = next_seq_ - first_seq;

    is_committing_ = true;
    mutex_.Unlock();
    const Status status = WriteToActive(bytes, opens_segment ? first_seq : 0);
    mutex_.Lock();
    is_committing_ = false;

    if (status.ok()) {
      if (opens_segment) {
        segments_.push_back({.first_seq = first_seq,
                             .count = 0,
                             .bytes = kSegmentHeaderBytes,
                             .path = SegmentPath(first_seq)});
        bytes_ += kSegmentHeaderBytes;
      }
      segments_.back().count += count;
      segments_.back().bytes += bytes.size();
      bytes_ += bytes.size();
      durable_seq_ = next_seq_ - 1;
      static_cast<void>(RemoveFiles(TakeAcknowledgedSegments()));  // the next start tries again
    } else {
      // Nobody knows what of it is on disk: these seqs are given up, and the next append begins a
      // segment of its own.
      active_.reset();
      if (opens_segment) {
        static_cast<void>(options_.env->RemoveFile(SegmentPath(first_seq)));
      } else if (const auto size = options_.env->FileSize(segments_.back().path); size.ok()) {
        bytes_ += *size - segments_.back().bytes;
        segments_.back().bytes = *size;
      }
    }
    for (PendingAppend* append : batch) {
      if (append->status.ok()) append->status = status;
    }
  }
  for (PendingAppend* append : batch) append->is_done = true;
  changed_.SignalAll();
}

Status Spool::WriteToActive(std::string_view bytes, std::uint64_t new_segment_first_seq) {
  AMOOZ_FAILPOINT("spool.append.before_write");
  if (new_segment_first_seq != 0) {
    active_.reset();
    const std::string path = SegmentPath(new_segment_first_seq);
    AMOOZ_ASSIGN_OR_RETURN(auto file, options_.env->OpenWritable(path, true));
    std::string header(kMagic);
    AppendLittleEndian(&header, new_segment_first_seq);
    AMOOZ_RETURN_IF_ERROR(file->Append(header));
    AMOOZ_RETURN_IF_ERROR(options_.env->SyncDir(options_.dir));
    active_ = std::move(file);
  }
  AMOOZ_RETURN_IF_ERROR(active_->Append(bytes));
  AMOOZ_FAILPOINT("spool.append.before_sync");
  AMOOZ_RETURN_IF_ERROR(active_->Sync());
  AMOOZ_FAILPOINT("spool.append.after_sync");
  return Status::Ok();
}

// ---- Reading ----

std::uint64_t Spool::FindNext(std::uint64_t after_seq, Segment* found) {
  MutexLock lock(&mutex_);
  const std::uint64_t next = std::max(after_seq, acknowledged_seq_) + 1;
  for (const Segment& segment : segments_) {
    if (segment.end_seq() > next) {
      *found = segment;
      return std::max(next, segment.first_seq);
    }
  }
  return 0;
}

Status Spool::Seek(const Segment& segment, std::uint64_t seq) {
  if (position_.file.valid() && position_.segment_first_seq == segment.first_seq &&
      position_.next_seq == seq) {
    return Status::Ok();
  }
  AMOOZ_ASSIGN_OR_RETURN(UniqueFd file, OpenForReading(segment.path));
  std::uint64_t offset = kSegmentHeaderBytes;
  for (std::uint64_t before = segment.first_seq; before < seq; ++before) {
    AMOOZ_ASSIGN_OR_RETURN(const auto size, ReadAt(file, offset, 4, segment.path));
    if (!size.has_value()) return Status(Code::kDataLoss, segment.path + " is shorter than it was");
    offset += RecordBytes(ReadLittleEndian<std::uint32_t>(*size));
  }
  position_ = {.segment_first_seq = segment.first_seq,
               .next_seq = seq,
               .offset = offset,
               .file = std::move(file)};
  return Status::Ok();
}

Result<std::vector<SpooledChat>> Spool::Read(std::uint64_t after_seq, std::size_t max_chats,
                                             std::uint64_t max_bytes) {
  MutexLock lock(&read_mutex_);
  std::vector<SpooledChat> chats;
  std::uint64_t bytes = 0;
  Segment segment;
  std::uint64_t missing_seq = 0;
  while (chats.size() < max_chats && bytes < max_bytes) {
    const std::uint64_t seq = FindNext(after_seq, &segment);
    if (seq == 0) break;
    const Status sought = Seek(segment, seq);
    if (sought.code() == Code::kNotFound && seq != missing_seq) {
      missing_seq = seq;  // acknowledged meanwhile, else it is missing again
      continue;
    }
    if (!sought.ok()) return sought;
    while (chats.size() < max_chats && bytes < max_bytes &&
           position_.next_seq < segment.end_seq()) {
      AMOOZ_ASSIGN_OR_RETURN(auto record, ReadRecord(position_.file, position_.offset,
                                                     position_.next_seq, segment.path));
      if (!record.has_value()) {
        return Status(Code::kDataLoss, segment.path + " is damaged at byte " +
                                           std::to_string(position_.offset) +
                                           ": check the disk, then restart amooz-chat, which goes "
                                           "on behind this segment");
      }
      after_seq = position_.next_seq++;
      position_.offset += RecordBytes(record->size());
      bytes += record->size();
      chats.push_back({.seq = after_seq, .bytes = std::move(*record)});
    }
  }
  return chats;
}

bool Spool::WaitForChat(std::uint64_t after_seq, std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  MutexLock lock(&mutex_);
  const std::uint64_t wakes = wakes_;
  while (durable_seq_ <= after_seq && wakes_ == wakes) {
    const auto left = until - std::chrono::steady_clock::now();
    if (left <= left.zero()) return false;
    changed_.WaitFor(&mutex_, left);
  }
  return durable_seq_ > after_seq;
}

void Spool::Wake() {
  MutexLock lock(&mutex_);
  ++wakes_;
  changed_.SignalAll();
}

// ---- Acknowledging ----

std::vector<std::string> Spool::TakeAcknowledgedSegments() {
  std::vector<std::string> paths;
  while (segments_.size() > 1 && segments_.front().end_seq() <= acknowledged_seq_ + 1) {
    bytes_ -= segments_.front().bytes;
    paths.push_back(std::move(segments_.front().path));
    segments_.pop_front();
  }
  return paths;
}

Status Spool::RemoveFiles(const std::vector<std::string>& paths) {
  Status first_failure;
  for (const std::string& path : paths) {
    const Status removed = options_.env->RemoveFile(path);
    if (first_failure.ok()) first_failure = removed;
    AMOOZ_FAILPOINT("spool.trim.segment_removed");
  }
  return first_failure;
}

Status Spool::Acknowledge(std::uint64_t upto_seq) {
  MutexLock acknowledge_lock(&acknowledge_mutex_);
  std::vector<std::string> paths;
  {
    MutexLock lock(&mutex_);
    upto_seq = std::min(upto_seq, durable_seq_);
    if (upto_seq <= acknowledged_seq_) return Status::Ok();
    acknowledged_seq_ = upto_seq;
    paths = TakeAcknowledgedSegments();
  }
  AMOOZ_FAILPOINT("spool.trim.before");
  const Status status = WriteFileAtomically(options_.env, JoinPath(options_.dir, "cursor"),
                                            std::to_string(upto_seq) + "\n");
  AMOOZ_FAILPOINT("spool.trim.after");
  const Status removed = RemoveFiles(paths);
  return status.ok() ? removed : status;
}

std::uint64_t Spool::acknowledged_seq() {
  MutexLock lock(&mutex_);
  return acknowledged_seq_;
}

std::uint64_t Spool::last_seq() {
  MutexLock lock(&mutex_);
  return durable_seq_;
}

std::uint64_t Spool::WaitingChats() const {
  std::uint64_t waiting = 0;
  for (const Segment& segment : segments_) {
    const std::uint64_t begin = std::max(segment.first_seq, acknowledged_seq_ + 1);
    if (segment.end_seq() > begin) waiting += segment.end_seq() - begin;
  }
  return waiting;
}

Spool::Stats Spool::GetStats() {
  MutexLock lock(&mutex_);
  return {.waiting_chats = WaitingChats(),
          .bytes = bytes_,
          .limit_bytes = options_.limit_bytes,
          .torn_bytes = torn_bytes_};
}

}  // namespace amooz::chat
