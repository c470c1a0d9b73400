#include "core/server/chat_log_service.h"

#include <string>
#include <utility>
#include <vector>

#include "core/base/paging.h"
#include "core/base/status_macros.h"
#include "core/base/str_cat.h"
#include "core/server/chat_convert.h"
#include "core/server/chat_requests.h"
#include "core/server/chat_stream.h"
#include "core/server/validate.h"

namespace amooz::server {
namespace {

absl::StatusOr<ChatFilter> ToFilter(const v1::ListChatsRequest& request) {
  ChatFilter filter;
  filter.producer = request.producer();
  if (request.outcome() == v1::CHAT_OUTCOME_UNSPECIFIED) return filter;
  if (!v1::ChatOutcome_IsValid(request.outcome())) {
    return absl::InvalidArgumentError(
        StrCat("outcome: ", static_cast<int>(request.outcome()),
               " is no outcome; use one of ChatOutcome, or leave it unset for all"));
  }
  filter.outcome = static_cast<Outcome>(request.outcome());
  return filter;
}

absl::Status AnswerList(Store* store, const v1::ListChatsRequest& request,
                        v1::ListChatsResponse* response) {
  ASSIGN_OR_RETURN(const ChatFilter filter, ToFilter(request));
  ASSIGN_OR_RETURN(const Page asked, ParsePage(request.page_size(), request.page_token()));
  ASSIGN_OR_RETURN(const ChatPage page, store->ListChats(filter, asked.before, asked.limit));
  ASSIGN_OR_RETURN(const ChatCounts counts, store->CountChats());
  for (const ChatRecord& chat : page.chats) *response->add_chats() = ToProto(chat);
  response->set_next_page_token(PageToken(page.next_before));
  response->set_total_chats(ToCount(counts.total));
  response->set_unread_chats(ToCount(counts.unread));
  return absl::OkStatus();
}

// Of several chats that bear the same id of their own, the newest is explained and the others are
// named.
absl::Status AnswerExplain(Store* store, const v1::ExplainChatRequest& request,
                           v1::ExplainChatResponse* response) {
  RETURN_IF_ERROR(CheckNotEmpty("id", request.id(), "`amooz chats list` shows the ids"));
  ASSIGN_OR_RETURN(const std::vector<ChatKey> keys, store->FindChats(request.id()));
  if (keys.empty()) {
    return absl::NotFoundError(StrCat("id: there is no chat '", request.id(),
                                      "'; `amooz chats list` shows the ids, as producer/seq"));
  }
  ASSIGN_OR_RETURN(const ChatExplanation explanation, store->ExplainChat(keys.back()));
  *response = ToProto(explanation);
  for (std::size_t i = 0; i + 1 < keys.size(); ++i) response->add_same_id(ToString(keys[i]));
  return absl::OkStatus();
}

// Answers a call when its chats are on disk.
class AppendCall {
 public:
  AppendCall(grpc::ServerUnaryReactor* reactor, grpc::ByteBuffer* response)
      : reactor_(reactor), response_(response) {}

  void Finish(const absl::StatusOr<IngestAck>& result) const {
    reactor_->Finish(ToGrpcStatus(
        WithoutExceptions([&] { return result.ok() ? Write(*result) : result.status(); })));
  }

 private:
  absl::Status Write(const IngestAck& ack) const {
    v1::AppendChatsResponse reply;
    reply.set_upto_seq(ack.upto_seq);
    reply.set_stored(ToCount(ack.stored));
    reply.set_already_stored(ToCount(ack.already_stored));
    MoveRejected(std::vector<RejectedChat>(ack.rejected), &reply);
    return SerializeMessage(reply, response_);
  }

  grpc::ServerUnaryReactor* const reactor_;
  grpc::ByteBuffer* const response_;
};

grpc::ServerUnaryReactor* StartAppend(grpc::CallbackServerContext* context, Executor* executor,
                                      Ingest* ingest, const grpc::ByteBuffer* request,
                                      grpc::ByteBuffer* response) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const AppendCall call(reactor, response);
  const bool is_accepted = executor->Submit([call, ingest, request] {
    v1::StreamChatsRequest scratch;
    absl::StatusOr<ChatsRequest> chats = absl::UnknownError("not read");
    const absl::Status read = WithoutExceptions([&] {
      chats = ReadChats(*request, &scratch);
      return chats.status();
    });
    if (!read.ok()) return call.Finish(read);
    ingest->Append(chats->producer, std::move(chats->chats),
                   [call](const absl::StatusOr<IngestAck>& result) { call.Finish(result); });
  });
  if (!is_accepted) call.Finish(TooBusy());
  return reactor;
}

}  // namespace

ChatLogService::ChatLogService(const Calls& c, Ingest* ingest, Store* store) : ServiceTable(c) {
  BidiStream<v1::StreamChatsRequest, v1::StreamChatsResponse>(
      "StreamChats", [c, ingest](grpc::CallbackServerContext* context) {
        return ChatStream::Start(context, c, ingest);
      });
  RawUnary<v1::AppendChatsRequest, v1::AppendChatsResponse>(
      "AppendChats", [c, ingest](grpc::CallbackServerContext* context,
                                 const grpc::ByteBuffer* request, grpc::ByteBuffer* response) {
        return StartAppend(context, c.executor, ingest, request, response);
      });
  Unary<v1::ListChatsRequest, v1::ListChatsResponse>("ListChats",
                                                     [store](const auto& request, auto* response) {
                                                       return AnswerList(store, request, response);
                                                     });
  Unary<v1::ExplainChatRequest, v1::ExplainChatResponse>(
      "ExplainChat", [store](const auto& request, auto* response) {
        return AnswerExplain(store, request, response);
      });
}

}  // namespace amooz::server
