#include "client/chat_service/chat_server.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <limits>
#include <random>
#include <utility>

#include "client/chat_service/chat_request.h"
#include "client/chat_service/status_convert.h"
#include "client/lib/import_records.h"
#include "sdk/base/exceptions.h"

namespace amooz::chat {
namespace {

// Room for a reply of the most tokens, so that a full spool refuses before the work is done.
constexpr std::uint64_t kUsualReplyBytes = 16 << 10;

std::uint64_t BytesOf(const v1::ChatRequest& request) {
  return request.ByteSizeLong() + kUsualReplyBytes;
}

template <typename T>
std::uint32_t ToCount(T n) {
  return static_cast<std::uint32_t>(
      std::min<std::uint64_t>(n, std::numeric_limits<std::uint32_t>::max()));
}

v1::FinishReason ToProto(std::int32_t finish_reason) {
  switch (finish_reason) {  // AMOOZ_FINISH_*
    case 1:
      return v1::FINISH_REASON_END;
    case 2:
      return v1::FINISH_REASON_LENGTH;
    case 3:
      return v1::FINISH_REASON_STOP;
    default:
      return v1::FINISH_REASON_UNSPECIFIED;
  }
}

void LogFault(const Status& error) { spdlog::error("a reply failed: {}", error.ToString()); }

}  // namespace

ChatServer::ChatServer(ChatServerOptions options, ChatParts parts)
    : options_(std::move(options)),
      parts_(parts),
      executor_(options_.max_replies, options_.max_waiting, LogFault) {}

grpc::ServerWriteReactor<v1::ChatResponse>* ChatServer::Chat(grpc::CallbackServerContext* context,
                                                             const v1::ChatRequest* request) {
  const std::shared_ptr<ReplyStream> stream = ReplyStream::Start(context, options_.reply);
  const Status status = ValidateChatRequest(*request);
  if (!status.ok()) {
    stream->End(status);
    return stream.get();
  }
  const bool is_accepted = executor_.Submit([this, stream, request] {
    stream->End(WithoutExceptions([&] {
      return stream->stop()->stopped() ? Status(Code::kCancelled, "the caller went away")
                                       : Answer(*request, stream.get());
    }));
  });
  if (!is_accepted) {
    stream->End(Status(Code::kResourceExhausted,
                       std::to_string(options_.max_waiting) +
                           " requests wait for a reply already: ask again in some seconds"));
  }
  return stream.get();
}

Status ChatServer::Answer(const v1::ChatRequest& request, ReplyStream* stream) {
  if (!request.skip_logging()) {
    AMOOZ_RETURN_IF_ERROR(parts_.spool->CheckRoom(BytesOf(request)));
  }
  AMOOZ_ASSIGN_OR_RETURN(const Reply reply,
                         Generate(ToGenerateRequest(request, std::random_device()()), stream));
  v1::ChatResponse last;
  v1::ChatEnd* end = last.mutable_end();
  if (!request.skip_logging() && !client::IsBlank(reply.text)) {
    AMOOZ_ASSIGN_OR_RETURN(*end->mutable_chat_id(), Log(request, reply));
  }
  end->set_model_digest(reply.model_digest);
  end->set_finish_reason(ToProto(reply.result.finish_reason));
  end->set_prompt_tokens(ToCount(reply.result.prompt_tokens));
  end->set_reply_tokens(ToCount(reply.result.reply_tokens));
  if (stream->Write(std::move(last))) return Status::Ok();
  return Status(Code::kCancelled, "the caller went away before the reply's end");
}

// A child that dies before the first piece costs the caller nothing but time.
Result<ChatServer::Reply> ChatServer::Generate(const host::GenerateRequest& request,
                                               ReplyStream* stream) {
  for (int attempt = 1;; ++attempt) {
    auto model = parts_.versions->Acquire(options_.load_patience, stream->stop().get());
    if (!model.ok()) return WithoutModel(model.status());
    Reply reply;
    reply.model_digest = model->digest();
    const auto on_chunk = [&](std::string_view text) {
      reply.text.append(text);
      v1::ChatResponse piece;
      piece.set_text(text.data(), text.size());
      return stream->Write(std::move(piece));
    };
    auto result = (*model)->Generate(
        request, on_chunk, {.stop = stream->stop(), .observer = nullptr, .timeout_ms = 0});
    const bool child_died = !(*model)->alive();
    model->Release();
    if (result.ok()) {
      reply.result = *result;
      if (!stream->stop()->stopped()) return reply;
      return Status(Code::kCancelled, "the caller went away, or took nothing of the reply");
    }
    const bool may_retry = child_died && reply.text.empty() && !stream->stop()->stopped();
    if (!may_retry || attempt == options_.max_attempts) return result.status();
    spdlog::warn("the child of model {} died; the request goes to a fresh one: {}",
                 reply.model_digest, result.status().message());
  }
}

// Says why there is none, as far as it is known.
Status ChatServer::WithoutModel(Status status) {
  if (status.code() != Code::kFailedPrecondition) return status;
  const ModelSource::Info info = parts_.source->GetInfo();
  if (!info.fetching.empty()) {
    return Status(Code::kUnavailable,
                  "model " + info.fetching + " is being fetched from amoozd" +
                      (info.failure.empty() ? std::string(": ask again soon")
                                            : ", which fails: " + info.failure));
  }
  std::string message =
      "no model is in service yet: import a dataset ('amooz dataset import FILE') and run 'amooz "
      "cycle start --wait'; the first model that passes the gate serves by itself";
  if (!info.is_connected) {
    message += ". Also, amoozd cannot be reached" +
               (info.error.ok() ? std::string() : " (" + info.error.message() + ")") +
               ": start it, or restart amooz-chat with the right --server";
  }
  return Status(Code::kFailedPrecondition, message);
}

Result<std::string> ChatServer::Log(const v1::ChatRequest& request, const Reply& reply) {
  const v1::Chat chat =
      ToLoggedChat(request, reply.text, reply.model_digest, options_.clock->NowMicros());
  AMOOZ_ASSIGN_OR_RETURN(const std::uint64_t seq, parts_.spool->Append(chat.SerializeAsString()));
  return parts_.forwarder->producer() + "/" + std::to_string(seq);
}

grpc::ServerUnaryReactor* ChatServer::GetChatStatus(grpc::CallbackServerContext* context,
                                                    const v1::GetChatStatusRequest*,
                                                    v1::GetChatStatusResponse* response) {
  response->set_producer(parts_.forwarder->producer());
  for (const VersionInfo& info : parts_.versions->List()) {
    // One that waits to be tried again shows as the failed attempt that it follows.
    if (info.state == VersionState::kNew && !info.error.empty()) continue;
    v1::ServedModel* model = response->add_models();
    model->set_digest(info.digest);
    model->set_state(std::string(
        VersionStateName(info.state == VersionState::kNew ? VersionState::kLoading : info.state)));
    model->set_pid(info.state == VersionState::kFailed ? 0 : static_cast<std::uint32_t>(info.pid));
    model->set_active_requests(info.requests);
    model->set_error(info.error);
    if (info.state == VersionState::kServing) response->set_serving_digest(info.digest);
  }
  const Spool::Stats spool = parts_.spool->GetStats();
  response->set_spooled_chats(ToCount(spool.waiting_chats));
  response->set_spool_bytes(spool.bytes);
  response->set_spool_limit_bytes(spool.limit_bytes);
  response->set_rejected_chats(parts_.rejected->count());
  const ModelSource::Info source = parts_.source->GetInfo();
  const Status forwarding = parts_.forwarder->last_error();
  response->set_server_connected(source.is_connected && forwarding.ok());
  if (!source.error.ok()) {
    response->set_server_error(source.error.message());
  } else if (!forwarding.ok()) {
    response->set_server_error("chats are not taken: " + forwarding.message());
  } else {
    response->set_server_error(source.failure);
  }
  response->set_version(options_.version);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(grpc::Status::OK);
  return reactor;
}

}  // namespace amooz::chat
