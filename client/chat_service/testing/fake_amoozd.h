// For tests: an amoozd of two services in this process. It announces the model that the test says,
// takes chats, and remembers what it was told.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_TESTING_FAKE_AMOOZD_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_TESTING_FAKE_AMOOZD_H_

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "amooz/v1/chat_log.grpc.pb.h"
#include "amooz/v1/model.grpc.pb.h"
#include "client/lib/fake_server.h"
#include "sdk/base/artifact_manifest.h"
#include "sdk/base/files.h"
#include "sdk/base/mutex.h"

namespace amooz::chat {

class FakeAmoozd final {
 public:
  // Port 0 takes a free one.
  explicit FakeAmoozd(int port = 0) : log_(this), models_(this) { Start(port); }
  ~FakeAmoozd() { Stop(); }

  void Start(int port) {
    {
      MutexLock lock(&mutex_);
      is_stopped_ = false;
    }
    server_ = std::make_unique<client::FakeServer>(
        std::initializer_list<grpc::Service*>{&log_, &models_}, port);
    port_ = server_->port();
  }
  void Stop() {
    {
      MutexLock lock(&mutex_);
      is_stopped_ = true;
      changed_.SignalAll();
    }
    server_.reset();
  }
  int port() const { return port_; }
  std::string address() const { return "127.0.0.1:" + std::to_string(port_); }

  // Registers the files of `dir` as a model; returns its digest.
  std::string AddModel(const std::string& dir) {
    const Manifest manifest = *MakeManifest(Env::Default(), dir, "fixture-bytes-1");
    v1::Model model;
    model.set_artifact_format(manifest.format);
    for (const ArtifactFile& entry : manifest.files) {
      v1::ModelFile* file = model.add_files();
      file->set_name(entry.name);
      file->set_size_bytes(entry.size_bytes);
      file->set_sha256(entry.sha256);
    }
    model.set_digest(DigestOf(manifest));
    MutexLock lock(&mutex_);
    known_[model.digest()] = {model, dir};
    return model.digest();
  }
  void Promote(const std::string& digest, const std::string& runtime,
               const std::string& config_json = "{}") {
    MutexLock lock(&mutex_);
    active_.set_generation(active_.generation() + 1);
    active_.set_digest(digest);
    active_.set_runtime(runtime);
    active_.set_runtime_config_json(config_json);
    changed_.SignalAll();
  }
  // As a data folder that was put back: this generation and model from now on. Empty: a new one.
  void Restore(std::uint32_t generation = 0, const std::string& digest = "") {
    MutexLock lock(&mutex_);
    active_.set_generation(generation);
    active_.set_digest(digest);
    changed_.SignalAll();
  }
  // Ends the watches and those to come with this error; OK: no more.
  void RefuseWatchesWith(const grpc::Status& refusal) {
    MutexLock lock(&mutex_);
    refusal_ = refusal;
    changed_.SignalAll();
  }
  // FetchModel then sends this byte in place of each file's first.
  void CorruptFetches(bool is_on) {
    MutexLock lock(&mutex_);
    corrupts_ = is_on;
  }
  void RejectChatsWith(const std::string& instruction) {
    MutexLock lock(&mutex_);
    rejected_instruction_ = instruction;
  }

  std::map<std::uint64_t, v1::Chat> chats() {
    MutexLock lock(&mutex_);
    return chats_;
  }
  std::string producer() {
    MutexLock lock(&mutex_);
    return producer_;
  }
  // "digest: failure" of each watch that reported one.
  std::vector<std::string> failures() {
    MutexLock lock(&mutex_);
    return failures_;
  }
  // The digest of each watch that said what serves.
  std::vector<std::string> served() {
    MutexLock lock(&mutex_);
    return served_;
  }
  int fetches() {
    MutexLock lock(&mutex_);
    return fetches_;
  }

 private:
  class Log final : public v1::ChatLogService::Service {
   public:
    explicit Log(FakeAmoozd* owner) : owner_(owner) {}
    grpc::Status StreamChats(grpc::ServerContext*,
                             grpc::ServerReaderWriter<v1::StreamChatsResponse,
                                                      v1::StreamChatsRequest>* stream) override {
      v1::StreamChatsRequest request;
      while (stream->Read(&request)) {
        if (!stream->Write(owner_->Take(request))) break;
      }
      return grpc::Status::OK;
    }

   private:
    FakeAmoozd* owner_;
  };

  class Models final : public v1::ModelService::Service {
   public:
    explicit Models(FakeAmoozd* owner) : owner_(owner) {}
    grpc::Status WatchActiveModel(grpc::ServerContext* context,
                                  const v1::WatchActiveModelRequest* request,
                                  grpc::ServerWriter<v1::WatchActiveModelResponse>* out) override {
      owner_->NoteState(*request);
      v1::WatchActiveModelResponse sent;
      for (bool is_first = true; owner_->AwaitChange(context, is_first, &sent); is_first = false) {
        if (!out->Write(sent)) break;
      }
      return owner_->EndOfWatch();
    }
    grpc::Status FetchModel(grpc::ServerContext*, const v1::FetchModelRequest* request,
                            grpc::ServerWriter<v1::FetchModelResponse>* out) override {
      return owner_->SendModel(request->digest(), out);
    }

   private:
    FakeAmoozd* owner_;
  };

  v1::StreamChatsResponse Take(const v1::StreamChatsRequest& request) {
    MutexLock lock(&mutex_);
    v1::StreamChatsResponse ack;
    if (!request.producer().empty()) producer_ = request.producer();
    for (const v1::SequencedChat& chat : request.chats()) {
      ack.set_upto_seq(chat.seq());
      if (chat.chat().instruction() == rejected_instruction_) {
        v1::RejectedChat* rejected = ack.add_rejected();
        rejected->set_seq(chat.seq());
        rejected->set_code(3);
        rejected->set_message("instruction is refused by the fake");
      } else {
        chats_[chat.seq()] = chat.chat();
      }
    }
    return ack;
  }
  void NoteState(const v1::WatchActiveModelRequest& request) {
    MutexLock lock(&mutex_);
    if (!request.serving_digest().empty()) served_.push_back(request.serving_digest());
    if (request.failed_digest().empty()) return;
    failures_.push_back(request.failed_digest() + ": " + request.failure());
  }
  bool AwaitChange(grpc::ServerContext* context, bool is_first,
                   v1::WatchActiveModelResponse* sent) {
    MutexLock lock(&mutex_);
    const auto is_over = [&] { return is_stopped_ || !refusal_.ok() || context->IsCancelled(); };
    while (!is_over() && !is_first && active_.generation() == sent->generation()) {
      changed_.WaitFor(&mutex_, std::chrono::milliseconds(20));
    }
    *sent = active_;
    return !is_over();
  }
  grpc::Status EndOfWatch() {
    MutexLock lock(&mutex_);
    if (!refusal_.ok()) return refusal_;
    return {grpc::StatusCode::UNAVAILABLE, "the fake is stopping"};
  }
  grpc::Status SendModel(const std::string& digest,
                         grpc::ServerWriter<v1::FetchModelResponse>* out) {
    MutexLock lock(&mutex_);
    ++fetches_;
    const auto it = known_.find(digest);
    if (it == known_.end()) return {grpc::StatusCode::NOT_FOUND, "no such model"};
    v1::FetchModelResponse piece;
    *piece.mutable_model() = it->second.first;
    out->Write(piece);
    for (const v1::ModelFile& file : it->second.first.files()) {
      std::string data = *Env::Default()->ReadFile(JoinPath(it->second.second, file.name()));
      if (corrupts_ && !data.empty()) data[0] = static_cast<char>(data[0] ^ 1);
      piece.Clear();
      piece.set_file_name(file.name());
      piece.set_data(data);
      out->Write(piece);
    }
    return grpc::Status::OK;
  }

  Log log_;
  Models models_;
  std::unique_ptr<client::FakeServer> server_;
  int port_ = 0;

  Mutex mutex_;
  CondVar changed_;
  bool is_stopped_ = false;
  bool corrupts_ = false;
  grpc::Status refusal_;
  v1::WatchActiveModelResponse active_;
  std::map<std::string, std::pair<v1::Model, std::string>> known_;
  std::map<std::uint64_t, v1::Chat> chats_;
  std::string producer_, rejected_instruction_;
  std::vector<std::string> failures_;
  std::vector<std::string> served_;
  int fetches_ = 0;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_TESTING_FAKE_AMOOZD_H_
