// ChatLogService: chats come in, are listed and explained.
#ifndef AMOOZ_CORE_SERVER_CHAT_LOG_SERVICE_H_
#define AMOOZ_CORE_SERVER_CHAT_LOG_SERVICE_H_

#include "amooz/v1/chat_log.grpc.pb.h"
#include "core/ingest/ingest.h"
#include "core/server/service_table.h"
#include "core/store/store.h"

namespace amooz::server {

class ChatLogService final : public ServiceTable<v1::ChatLogService> {
 public:
  // `ingest` and `store` must outlive it.
  ChatLogService(const Calls& calls, Ingest* ingest, Store* store);
};

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_CHAT_LOG_SERVICE_H_
