#include "client/chat_service/forwarder.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <random>
#include <utility>

#include "client/chat_service/status_convert.h"

namespace amooz::chat {
namespace {

using Clock = std::chrono::steady_clock;

// How soon a wait for chats notices that its stream ended.
constexpr std::chrono::milliseconds kStreamLook{200};

bool IsProducerName(std::string_view name) {
  return name.size() == 21 && name.starts_with("chat-") &&
         name.find_first_not_of("0123456789abcdef", 5) == std::string_view::npos;
}

}  // namespace

Result<std::string> LoadOrMakeProducer(const std::string& path, Env* env) {
  if (env->Exists(path)) {
    AMOOZ_ASSIGN_OR_RETURN(std::string name, env->ReadFile(path));
    if (name.ends_with('\n')) name.pop_back();
    if (IsProducerName(name)) return name;
    return Status(Code::kDataLoss, path +
                                       " is no producer name (chat- and 16 hex digits): restore "
                                       "it from the names that 'amooz chats list' shows");
  }
  std::random_device random;
  constexpr char kDigits[] = "0123456789abcdef";
  std::string name = "chat-";
  for (int i = 0; i < 16; ++i) name.push_back(kDigits[random() % 16]);
  AMOOZ_RETURN_IF_ERROR(WriteFileAtomically(env, path, name + "\n"));
  return name;
}

Forwarder::Forwarder(ForwarderOptions options, std::shared_ptr<grpc::Channel> channel, Spool* spool,
                     RejectedChats* rejected)
    : options_(std::move(options)),
      stub_(v1::ChatLogService::NewStub(channel)),
      spool_(spool),
      rejected_(rejected),
      backoff_(options_.first_pause, options_.longest_pause),
      thread_([this] { Run(); }) {}

Forwarder::~Forwarder() { Stop(); }

void Forwarder::Stop() {
  {
    MutexLock lock(&mutex_);
    is_stopping_ = true;
    if (context_ != nullptr) context_->TryCancel();
    changed_.SignalAll();
  }
  spool_->Wake();
  backoff_.Stop();
  if (thread_.joinable()) thread_.join();
}

Status Forwarder::last_error() {
  MutexLock lock(&mutex_);
  return last_error_;
}

bool Forwarder::Flush(std::chrono::milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  while (spool_->GetStats().waiting_chats > 0) {
    MutexLock lock(&mutex_);
    if (!last_error_.ok() || Clock::now() >= until) return false;
    changed_.WaitFor(&mutex_, std::chrono::milliseconds(50));
  }
  return true;
}

void Forwarder::Run() {
  for (;;) {
    const bool has_chat = spool_->WaitForChat(spool_->acknowledged_seq(), kStreamLook);
    {
      MutexLock lock(&mutex_);
      if (is_stopping_) return;
      if (!has_chat) last_error_ = Status::Ok();  // it keeps no chat back any more
    }
    if (!has_chat) continue;
    const std::uint64_t before = spool_->acknowledged_seq();
    const Status status = RunStream();
    {
      MutexLock lock(&mutex_);
      if (is_stopping_) return;
      if (last_error_.message() != status.message()) {
        spdlog::warn("chats wait in the spool: {}", status.ToString());
      }
      last_error_ = status;
      changed_.SignalAll();
    }
    if (spool_->acknowledged_seq() > before) backoff_.Reset();
    backoff_.Pause(status.code() == Code::kAborted ? options_.aborted_pause
                                                   : std::chrono::milliseconds(0));
  }
}

// Sends and reads until the stream ends, and says why it did.
Status Forwarder::RunStream() {
  grpc::ClientContext context;
  {
    MutexLock lock(&mutex_);
    if (is_stopping_) return Status(Code::kCancelled, "stopping");
    context_ = &context;
    under_way_.clear();
    bytes_under_way_ = 0;
    ack_error_ = Status::Ok();
    is_reading_ = true;
    last_ack_ = Clock::now();
  }
  const std::unique_ptr<Stream> stream = stub_->StreamChats(&context);
  std::thread reader([this, &stream] { ReadAcks(stream.get()); });
  const Status sent = SendAll(stream.get());
  const auto cancel_if_unwanted = [&] {
    MutexLock lock(&mutex_);
    // A cancel would hide why a stream ended that ended by itself.
    if (!sent.ok() || !ack_error_.ok() || is_stopping_) context.TryCancel();
  };
  cancel_if_unwanted();
  reader.join();
  cancel_if_unwanted();  // an acknowledgement that came last may have failed
  const Status finished = FromGrpc(stream->Finish());
  MutexLock lock(&mutex_);
  context_ = nullptr;
  if (!ack_error_.ok()) return ack_error_;
  if (!sent.ok()) return sent;
  if (!finished.ok()) return finished;
  return Status(Code::kUnavailable, "amoozd ended the stream of chats");
}

bool Forwarder::MaySend() const {
  return under_way_.size() < options_.window_chats && bytes_under_way_ < options_.window_bytes;
}

// OK: the stream is over, its own status says more.
Status Forwarder::SendAll(Stream* stream) {
  std::uint64_t sent_seq = spool_->acknowledged_seq();
  for (;;) {
    {
      MutexLock lock(&mutex_);
      while (is_reading_ && !is_stopping_ && !MaySend() &&
             Clock::now() - last_ack_ < options_.ack_patience) {
        changed_.WaitFor(&mutex_, kStreamLook);
      }
      if (!is_reading_ || is_stopping_) return Status::Ok();
      if (!under_way_.empty() && Clock::now() - last_ack_ >= options_.ack_patience) {
        return Status(Code::kDeadlineExceeded,
                      "amoozd acknowledged nothing for " +
                          std::to_string(options_.ack_patience.count() / 1000) +
                          " s; its log and 'amooz status' say whether its disk is full");
      }
    }
    AMOOZ_ASSIGN_OR_RETURN(auto chats,
                           spool_->Read(sent_seq, options_.batch_chats, options_.batch_bytes));
    if (chats.empty()) {
      spool_->WaitForChat(sent_seq, kStreamLook);
      continue;
    }
    sent_seq = chats.back().seq;
    v1::StreamChatsRequest request;
    AMOOZ_RETURN_IF_ERROR(MakeRequest(std::move(chats), &request));
    if (!stream->Write(request)) return Status::Ok();
  }
}

Status Forwarder::MakeRequest(std::vector<SpooledChat> chats, v1::StreamChatsRequest* request) {
  request->set_producer(options_.producer);
  MutexLock lock(&mutex_);
  if (under_way_.empty()) last_ack_ = Clock::now();  // the wait begins here
  for (SpooledChat& chat : chats) {
    v1::SequencedChat* sequenced = request->add_chats();
    sequenced->set_seq(chat.seq);
    if (!sequenced->mutable_chat()->ParseFromString(chat.bytes)) {
      AMOOZ_RETURN_IF_ERROR(rejected_->Add(options_.producer, chat.seq, Code::kDataLoss,
                                           "the spool's record is no chat of this version",
                                           chat.bytes));
      request->mutable_chats()->RemoveLast();
      continue;
    }
    bytes_under_way_ += chat.bytes.size();
    under_way_.emplace(chat.seq, std::move(chat.bytes));
  }
  return Status::Ok();
}

void Forwarder::ReadAcks(Stream* stream) {
  v1::StreamChatsResponse ack;
  Status status;
  while (status.ok() && stream->Read(&ack)) status = HandleAck(ack);
  {
    MutexLock lock(&mutex_);
    ack_error_ = status;
    is_reading_ = false;
    changed_.SignalAll();
  }
  spool_->Wake();
}

// Rejected chats are put aside before the spool forgets them.
Status Forwarder::HandleAck(const v1::StreamChatsResponse& ack) {
  for (const v1::RejectedChat& refused : ack.rejected()) {
    std::string bytes;
    {
      MutexLock lock(&mutex_);
      const auto it = under_way_.find(refused.seq());
      if (it == under_way_.end()) continue;
      bytes = it->second;
    }
    spdlog::warn("amoozd refused chat {}/{}: {}; it is kept in rejected/", options_.producer,
                 refused.seq(), refused.message());
    AMOOZ_RETURN_IF_ERROR(rejected_->Add(options_.producer, refused.seq(),
                                         static_cast<Code>(refused.code()), refused.message(),
                                         bytes));
  }
  std::uint64_t upto_seq = 0;
  {
    MutexLock lock(&mutex_);
    last_ack_ = Clock::now();
    while (!under_way_.empty() && under_way_.begin()->first <= ack.upto_seq()) {
      upto_seq = under_way_.begin()->first;
      bytes_under_way_ -= under_way_.begin()->second.size();
      under_way_.erase(under_way_.begin());
    }
    last_error_ = Status::Ok();
  }
  if (upto_seq == 0) return Status::Ok();
  const Status status = spool_->Acknowledge(upto_seq);
  if (!status.ok()) {
    spdlog::warn("the spool's cursor is behind, some chats may be sent twice: {}",
                 status.ToString());
  }
  MutexLock lock(&mutex_);
  changed_.SignalAll();
  return Status::Ok();
}

}  // namespace amooz::chat
