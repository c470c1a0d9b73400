#include "client/lib/chat_import.h"

#include <grpcpp/client_context.h>

#include <algorithm>
#include <memory>
#include <thread>
#include <utility>

#include "client/lib/grpc_status.h"
#include "client/lib/str_cat.h"
#include "sdk/base/mutex.h"

namespace amooz::client {
namespace {

constexpr int kBatchChats = 256;
constexpr std::size_t kBatchBytes = 1 << 20;
// Chats sent but not yet answered; about 16 full batches.
constexpr std::size_t kWindowChats = 4096;

using Stream = grpc::ClientReaderWriterInterface<v1::StreamChatsRequest, v1::StreamChatsResponse>;

// One import under way: this thread writes, another reads the acknowledgements.
class ChatSender {
 public:
  ChatSender(const ChatFile& file, const std::function<void(std::size_t)>& on_acknowledged)
      : file_(file), on_acknowledged_(on_acknowledged) {}

  ChatImport Run(v1::ChatLogService::StubInterface* stub) {
    grpc::ClientContext context;
    const auto stream = stub->StreamChats(&context);
    std::thread reader([&] { Read(stream.get()); });
    Write(stream.get());
    reader.join();
    result_.status = ToAbsl(stream->Finish());
    return Conclude();
  }

 private:
  void Write(Stream* stream) {
    std::size_t next = 0;
    bool is_open = true;
    while (is_open && next < file_.chats.size()) {
      v1::StreamChatsRequest request;
      next = FillBatch(next, &request);
      is_open = WaitForRoom(next) && stream->Write(request);
    }
    stream->WritesDone();
  }

  // Appends chats from `first` on; returns the first that is not part of the batch.
  std::size_t FillBatch(std::size_t first, v1::StreamChatsRequest* request) const {
    if (first == 0) request->set_producer(file_.producer);
    std::size_t bytes = 0;
    std::size_t next = first;
    while (next < file_.chats.size() && request->chats_size() < kBatchChats) {
      const v1::SequencedChat& chat = file_.chats[next].chat;
      bytes += chat.ByteSizeLong();
      if (next > first && bytes > kBatchBytes) break;
      *request->add_chats() = chat;
      ++next;
    }
    return next;
  }

  // Returns once `sent` chats would be at most a window ahead of the answers; false if no answer
  // will come any more.
  bool WaitForRoom(std::size_t sent) AMOOZ_EXCLUDES(mutex_) {
    MutexLock lock(&mutex_);
    while (!is_over_ && sent > answered_ + kWindowChats) changed_.Wait(&mutex_);
    return !is_over_;
  }

  void Read(Stream* stream) AMOOZ_EXCLUDES(mutex_) {
    v1::StreamChatsResponse response;
    while (stream->Read(&response)) {
      result_.upto_seq = std::max<std::uint64_t>(result_.upto_seq, response.upto_seq());
      result_.already_stored += response.already_stored();
      for (auto& rejected : *response.mutable_rejected()) {
        result_.rejected.push_back(std::move(rejected));
      }
      const std::size_t answered = ChatsUpTo(result_.upto_seq);
      {
        MutexLock lock(&mutex_);
        answered_ = answered;
        changed_.SignalAll();
      }
      if (on_acknowledged_) on_acknowledged_(answered);
    }
    MutexLock lock(&mutex_);
    is_over_ = true;
    changed_.SignalAll();
  }

  std::size_t ChatsUpTo(std::uint64_t seq) const {
    const auto end = std::upper_bound(
        file_.chats.begin(), file_.chats.end(), seq,
        [](std::uint64_t value, const ChatFile::Entry& entry) { return value < entry.chat.seq(); });
    return static_cast<std::size_t>(end - file_.chats.begin());
  }

  bool WasImportedBefore(const v1::RejectedChat& rejected) const {
    const std::size_t after = ChatsUpTo(rejected.seq());
    if (after == 0 || file_.chats[after - 1].chat.seq() != rejected.seq()) return false;
    return rejected.code() == static_cast<int>(absl::StatusCode::kAlreadyExists) &&
           file_.chats[after - 1].has_import_time;
  }

  ChatImport Conclude() {
    const std::size_t answered = ChatsUpTo(result_.upto_seq);
    result_.already_stored += static_cast<std::uint32_t>(
        std::erase_if(result_.rejected, [&](const auto& r) { return WasImportedBefore(r); }));
    result_.acknowledged =
        static_cast<std::uint32_t>(answered - std::min(answered, result_.rejected.size()));
    if (result_.status.ok() && answered < file_.chats.size()) {
      result_.status = absl::DataLossError(
          StrCat("the server ended the stream after ", answered, " of ", file_.chats.size(),
                 " chats; run the same import again, it stores nothing twice"));
    }
    return std::move(result_);
  }

  const ChatFile& file_;
  const std::function<void(std::size_t)>& on_acknowledged_;
  Mutex mutex_;
  CondVar changed_;
  std::size_t answered_ AMOOZ_GUARDED_BY(mutex_) = 0;
  bool is_over_ AMOOZ_GUARDED_BY(mutex_) = false;
  ChatImport result_;  // the reader's until it was joined
};

}  // namespace

ChatImport ImportChats(v1::ChatLogService::StubInterface* stub, const ChatFile& file,
                       const std::function<void(std::size_t answered)>& on_acknowledged) {
  if (file.chats.empty()) return {};
  return ChatSender(file, on_acknowledged).Run(stub);
}

}  // namespace amooz::client
