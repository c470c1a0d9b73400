#include "core/ingest/ingest.h"

#include <time.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/ingest/chat_check.h"
#include "sdk/base/failpoint.h"

namespace amooz {

struct IngestStream {
  IngestStream(std::string name, ProducerId id, SessionCallbacks its_callbacks)
      : producer(std::move(name)), producer_id(id), callbacks(std::move(its_callbacks)) {}

  const std::string producer;
  const ProducerId producer_id;
  const SessionCallbacks callbacks;

  // Guarded by the Ingest's mutex.
  bool is_ended = false;    // takes no more batches
  bool has_failed = false;  // what it has queued is not committed: its acknowledgements would lie
  bool is_waiting = false;

  void Acknowledge(const IngestAck& ack) {
    Call([&] {
      if (callbacks.on_ack) callbacks.on_ack(ack);
    });
  }
  void TellRoom() {
    Call([&] {
      if (callbacks.on_room) callbacks.on_room();
    });
  }
  void End(const absl::Status& why) {
    Call([&] {
      is_silent = true;
      if (callbacks.on_end) callbacks.on_end(why);
    });
  }
  // No callback starts after it, and none is under way, but the one that calls it.
  void Silence() AMOOZ_NO_THREAD_SAFETY_ANALYSIS {
    if (callback_thread.load() == std::this_thread::get_id()) {
      is_silent = true;  // inside a callback: this thread holds the mutex already
      return;
    }
    MutexLock lock(&callback_mutex);
    is_silent = true;
  }

  std::uint64_t upto_seq = 0;  // of the committing thread alone

 private:
  // One callback at a time; none once silent.
  template <typename Callback>
  void Call(const Callback& callback) {
    MutexLock lock(&callback_mutex);
    if (is_silent) return;
    callback_thread = std::this_thread::get_id();
    callback();
    callback_thread = std::thread::id();
  }

  Mutex callback_mutex;
  std::atomic<std::thread::id> callback_thread{};
  bool is_silent = false;  // guarded by callback_mutex
};

namespace {

// A group is one transaction. Larger ones gain little per chat and make the first wait longer.
constexpr std::size_t kMaxGroupChats = 1024;
// Chats may have a MiB each, so their number alone does not bound the memory.
constexpr std::int64_t kMaxQueuedBytes = std::int64_t{64} << 20;
// How often a low disk is looked at again.
constexpr auto kDiskCheck = std::chrono::milliseconds(500);

double ThreadCpuSeconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::int64_t TextBytes(const ChatContent& content) {
  std::size_t bytes = content.instruction.size() + content.response.size();
  for (const Turn& turn : content.context) bytes += turn.text.size();
  return static_cast<std::int64_t>(bytes);
}

RejectedChat Reject(std::uint64_t seq, const absl::Status& status) {
  return {.seq = seq, .code = status.code(), .message = std::string(status.message())};
}

// What the store's outcome means to the producer.
void AddOutcome(AppendOutcome outcome, std::int64_t seq, IngestAck* ack) {
  const auto number = static_cast<std::uint64_t>(seq);
  switch (outcome) {
    case AppendOutcome::kStored:
      ++ack->stored;
      return;
    case AppendOutcome::kAlreadyStored:
      ++ack->already_stored;
      return;
    case AppendOutcome::kOtherContent:
      ack->rejected.push_back(Reject(
          number,
          absl::AlreadyExistsError("seq: is taken by a chat with other content; a producer "
                                   "never uses a seq twice, so give this chat a higher one")));
      return;
    case AppendOutcome::kAlreadyPassed:
      ack->rejected.push_back(Reject(
          number,
          absl::FailedPreconditionError("seq: a cycle has read this producer beyond it, so the "
                                        "chat would never be read; give it a higher seq")));
      return;
  }
}

}  // namespace

// ---- Sessions ----

IngestSession::~IngestSession() { ingest_->Forget(stream_); }

const std::string& IngestSession::producer() const { return stream_->producer; }

IngestBatch IngestSession::Prepare(std::vector<IncomingChat>&& chats) const {
  return ingest_->Check(*stream_, std::move(chats));
}

IngestOffer IngestSession::Offer(IngestBatch* batch) { return ingest_->Offer(stream_, batch); }

absl::StatusOr<std::shared_ptr<IngestStream>> Ingest::MakeStream(std::string_view producer,
                                                                 SessionCallbacks callbacks) {
  RETURN_IF_ERROR(CheckProducerName(producer));
  ASSIGN_OR_RETURN(const ProducerId id, options_.store->EnsureProducer(producer));
  return std::make_shared<IngestStream>(std::string(producer), id, std::move(callbacks));
}

absl::StatusOr<std::unique_ptr<IngestSession>> Ingest::OpenSession(std::string_view producer,
                                                                   SessionCallbacks callbacks) {
  ASSIGN_OR_RETURN(std::shared_ptr<IngestStream> stream,
                   MakeStream(producer, std::move(callbacks)));
  std::shared_ptr<IngestStream> displaced;
  {
    MutexLock lock(&mutex_);
    if (is_closing_) return absl::UnavailableError("amoozd is shutting down; try again later");
    std::shared_ptr<IngestStream>& slot = sessions_[stream->producer];
    displaced = std::exchange(slot, stream);
    if (displaced != nullptr) displaced->is_ended = true;
  }
  if (displaced != nullptr) {
    displaced->End(absl::AbortedError(StrCat("producer '", displaced->producer,
                                             "' opened a second stream, which ends this one; "
                                             "one producer, one stream")));
  }
  return std::unique_ptr<IngestSession>(new IngestSession(this, std::move(stream)));
}

void Ingest::Forget(const std::shared_ptr<IngestStream>& stream) {
  {
    MutexLock lock(&mutex_);
    stream->is_ended = true;
    const auto found = sessions_.find(stream->producer);
    if (found != sessions_.end() && found->second == stream) sessions_.erase(found);
  }
  // Not under the mutex: it waits for a callback under way, which may call Offer.
  stream->Silence();
}

void Ingest::EndStreams(const std::vector<std::shared_ptr<IngestStream>>& streams,
                        const absl::Status& why) {
  {
    MutexLock lock(&mutex_);
    for (const auto& stream : streams) {
      stream->is_ended = true;
      stream->has_failed = true;
    }
  }
  for (const auto& stream : streams) stream->End(why);
}

// ---- Checking and queueing ----

IngestBatch Ingest::Check(const IngestStream& stream, std::vector<IncomingChat>&& chats) const {
  IngestBatch batch;
  batch.chats_.reserve(chats.size());
  for (IncomingChat& chat : chats) {
    batch.highest_seq_ = std::max(batch.highest_seq_, chat.seq);
    const absl::Status status = chat.problem.ok()
                                    ? CheckChat(chat.seq, chat.content, options_.max_chat_bytes)
                                    : chat.problem;
    if (!status.ok()) {
      batch.rejected_.push_back(Reject(chat.seq, status));
      continue;
    }
    batch.bytes_ += TextBytes(chat.content);
    batch.chats_.push_back({.producer_id = stream.producer_id,
                            .seq = static_cast<std::int64_t>(chat.seq),
                            .content = std::move(chat.content)});
  }
  return batch;
}

IngestOffer Ingest::Offer(const std::shared_ptr<IngestStream>& stream, IngestBatch* batch) {
  const auto size = static_cast<std::int64_t>(batch->size());
  {
    MutexLock lock(&mutex_);
    if (stream->is_ended || is_closing_) return IngestOffer::kEnded;
    const bool has_room =
        queued_chats_ == 0 || (queued_chats_ + size <= options_.max_queued_chats &&
                               queued_bytes_ + batch->bytes_ <= kMaxQueuedBytes);
    if (!has_room || is_disk_low_) {
      if (!std::exchange(stream->is_waiting, true)) waiting_.push_back(stream);
      return IngestOffer::kWait;
    }
    queued_chats_ += size;
    queued_bytes_ += batch->bytes_;
    queue_.push_back({.stream = stream, .batch = std::move(*batch)});
  }
  AMOOZ_FAILPOINT("ingest.taken");
  has_work_.Signal();
  return IngestOffer::kTaken;
}

void Ingest::Append(std::string_view producer, std::vector<IncomingChat>&& chats,
                    std::function<void(const absl::StatusOr<IngestAck>&)> done) {
  if (chats.size() > kMaxAppendChats) {
    done(absl::InvalidArgumentError(StrCat("chats: ", chats.size(),
                                           " are too many for one call; at "
                                           "most ",
                                           kMaxAppendChats, " are taken, or stream them")));
    return;
  }
  if (chats.empty()) {
    const absl::Status name = CheckProducerName(producer);
    done(name.ok() ? absl::StatusOr<IngestAck>(IngestAck{}) : name);
    return;
  }
  // Lives in its own callbacks until one of them has called `done`.
  struct OneBatch {
    std::shared_ptr<IngestStream> stream;
    IngestBatch batch;
    std::function<void(const absl::StatusOr<IngestAck>&)> done;
  };
  auto one = std::make_shared<OneBatch>();
  one->done = std::move(done);
  const auto finish = [one](const absl::StatusOr<IngestAck>& result) {
    one->done(result);
    one->stream
        .reset();  // breaks the circle of ownership; whoever calls holds the stream meanwhile
  };
  const auto offer = [this, one, finish] {
    if (Offer(one->stream, &one->batch) == IngestOffer::kEnded) {
      finish(absl::UnavailableError("amoozd is shutting down; try again later"));
    }
  };
  absl::StatusOr<std::shared_ptr<IngestStream>> stream =
      MakeStream(producer, {.on_ack = [finish](const IngestAck& ack) { finish(ack); },
                            .on_room = offer,
                            .on_end = [finish](const absl::Status& why) { finish(why); }});
  if (!stream.ok()) {
    one->done(stream.status());
    return;
  }
  if (const Disk disk = LookAtDisk(); disk.is_low) {
    one->done(absl::ResourceExhaustedError(
        StrCat("the disk of the data folder has ", disk.free_percent,
               " % free and chats are taken from ", options_.min_free_disk_percent,
               " % on: free some space, or lower chat_log.min_free_disk_percent")));
    return;
  }
  one->batch = Check(**stream, std::move(chats));
  one->stream = *stream;
  offer();
}

void Ingest::WakeWaiting() {
  std::deque<std::weak_ptr<IngestStream>> waiting;
  {
    MutexLock lock(&mutex_);
    waiting.swap(waiting_);
    for (const auto& weak : waiting) {
      if (const auto stream = weak.lock()) stream->is_waiting = false;
    }
  }
  for (const auto& weak : waiting) {
    if (const auto stream = weak.lock()) stream->TellRoom();
  }
}

// ---- The disk ----

Ingest::Disk Ingest::LookAtDisk() const {
  const Result<Env::DiskSpace> space = options_.env->GetDiskSpace(options_.data_dir);
  // A disk that cannot be asked is no reason to stop: a full one fails the commit.
  if (!space.ok() || space->total_bytes == 0) return {};
  const double percent =
      100.0 * static_cast<double>(space->free_bytes) / static_cast<double>(space->total_bytes);
  return {.free_percent = percent, .is_low = percent < options_.min_free_disk_percent};
}

bool Ingest::NoteDisk(const Disk& disk) {
  {
    MutexLock lock(&mutex_);
    if (std::exchange(is_disk_low_, disk.is_low) == disk.is_low) return false;
  }
  if (options_.log && disk.is_low) {
    options_.log(2, StrCat("the disk of the data folder has ", disk.free_percent,
                           " % free: chats are taken again from ", options_.min_free_disk_percent,
                           " % on (chat_log.min_free_disk_percent)"));
  } else if (options_.log) {
    options_.log(1, StrCat("the disk has ", disk.free_percent, " % free: chats are taken again"));
  }
  return !disk.is_low;
}

// ---- The committing thread ----

Ingest::Ingest(IngestOptions options) : options_(std::move(options)) {
  writer_ = std::thread([this] { Run(); });
}

Ingest::~Ingest() { Close(); }

void Ingest::Run() {
  while (true) {
    std::vector<Queued> group = NextGroup();
    if (group.empty()) return;
    CommitGroup(std::move(group));
    cpu_seconds_.store(ThreadCpuSeconds(), std::memory_order_relaxed);
    WakeWaiting();
  }
}

std::vector<Ingest::Queued> Ingest::NextGroup() {
  while (true) {
    {
      MutexLock lock(&mutex_);
      while (queue_.empty() && !is_closing_ && !is_disk_low_) has_work_.Wait(&mutex_);
    }
    const bool has_recovered = NoteDisk(LookAtDisk());  // a slow disk must not hold up Offer
    {
      MutexLock lock(&mutex_);
      if (is_disk_low_ && !is_closing_) {
        has_work_.WaitFor(&mutex_, kDiskCheck);
        continue;
      }
      std::vector<Queued> group;
      std::size_t chats = 0;
      while (!queue_.empty() &&
             (group.empty() || chats + queue_.front().batch.size() <= kMaxGroupChats)) {
        chats += queue_.front().batch.size();
        group.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      if (!group.empty() || is_closing_) return group;
    }
    if (has_recovered) WakeWaiting();
  }
}

void Ingest::CommitGroup(std::vector<Queued> group) {
  std::int64_t taken = 0;
  std::int64_t taken_bytes = 0;
  std::vector<Queued*> live;
  {
    MutexLock lock(&mutex_);
    for (Queued& queued : group) {
      taken += static_cast<std::int64_t>(queued.batch.size());
      taken_bytes += queued.batch.bytes_;
      if (!queued.stream->has_failed) live.push_back(&queued);
    }
  }
  std::vector<NewChat> chats;
  for (Queued* queued : live) {
    std::move(queued->batch.chats_.begin(), queued->batch.chats_.end(), std::back_inserter(chats));
  }
  const absl::StatusOr<std::vector<AppendOutcome>> outcomes = options_.store->AppendChats(chats);
  {
    MutexLock lock(&mutex_);
    queued_chats_ -= taken;
    queued_bytes_ -= taken_bytes;
    last_error_ = outcomes.status();
  }

  // One acknowledgement a stream, in the order of their first batches.
  std::vector<std::shared_ptr<IngestStream>> streams;
  std::unordered_map<IngestStream*, IngestAck> acks;
  std::size_t next = 0;
  for (Queued* queued : live) {
    IngestStream* stream = queued->stream.get();
    const auto [entry, is_first] = acks.try_emplace(stream);
    if (is_first) streams.push_back(queued->stream);
    if (!outcomes.ok()) continue;
    IngestAck& ack = entry->second;
    for (std::size_t i = 0; i < queued->batch.chats_.size(); ++i, ++next) {
      AddOutcome((*outcomes)[next], chats[next].seq, &ack);
    }
    std::move(queued->batch.rejected_.begin(), queued->batch.rejected_.end(),
              std::back_inserter(ack.rejected));
    stream->upto_seq = std::max(stream->upto_seq, queued->batch.highest_seq_);
    ack.upto_seq = stream->upto_seq;
  }
  if (!outcomes.ok()) {
    EndStreams(streams, outcomes.status());
    return;
  }
  AMOOZ_FAILPOINT("ingest.before_ack");
  for (const auto& stream : streams) {
    IngestAck& ack = acks[stream.get()];
    std::stable_sort(ack.rejected.begin(), ack.rejected.end(),
                     [](const RejectedChat& a, const RejectedChat& b) { return a.seq < b.seq; });
    stream->Acknowledge(ack);
  }
  AMOOZ_FAILPOINT("ingest.after_ack");
}

// ---- Status and closing ----

IngestStatus Ingest::Status() {
  const Disk disk = LookAtDisk();
  MutexLock lock(&mutex_);
  IngestStatus status{.connected_producers = {},
                      .queued_chats = queued_chats_,
                      .disk_free_percent = disk.free_percent,
                      .is_disk_low = disk.is_low,
                      .last_error = last_error_};
  for (const auto& [producer, stream] : sessions_) {
    if (!stream->is_ended) status.connected_producers.push_back(producer);
  }
  std::sort(status.connected_producers.begin(), status.connected_producers.end());
  return status;
}

void Ingest::Close() {
  {
    MutexLock lock(&mutex_);
    is_closing_ = true;
  }
  has_work_.SignalAll();
  if (writer_.joinable()) writer_.join();
  std::vector<std::shared_ptr<IngestStream>> open;
  {
    MutexLock lock(&mutex_);
    for (const auto& [producer, stream] : sessions_) open.push_back(stream);
  }
  EndStreams(open, absl::UnavailableError("amoozd is shutting down; try again later"));
  WakeWaiting();  // an Append that waits for room learns that there will be none
}

}  // namespace amooz
