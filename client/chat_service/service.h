// amooz-chat as one object: the parts, wired, started and stopped in the right order.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_SERVICE_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_SERVICE_H_

#include <grpcpp/server.h>

#include <memory>
#include <string>

#include "client/chat_service/chat_server.h"
#include "client/chat_service/options.h"

namespace amooz::chat {

class Service {
 public:
  // Serves when it returns; `<data_dir>/amooz-chat.address` then holds the address.
  // FAILED_PRECONDITION, with nothing changed on disk, if it cannot listen, or if the data folder
  // is an amoozd's or another process uses it.
  static Result<std::unique_ptr<Service>> Start(const Options& options);
  ~Service();  // Stop()

  const std::string& address() const { return address_; }
  // Takes no new request, lets those under way end (20 s at most), sends what the spool holds while
  // amoozd takes it (5 s at most), ends the children.
  void Stop();

 private:
  Service() = default;
  Status StartParts(const Options& options);
  Status StartServer(const Options& options);

  std::string data_dir_, address_;
  std::unique_ptr<FileLock> lock_;
  std::unique_ptr<Spool> spool_;
  std::unique_ptr<RejectedChats> rejected_;
  std::unique_ptr<Forwarder> forwarder_;
  std::unique_ptr<ModelSource> source_;
  std::unique_ptr<VersionManager> versions_;
  std::unique_ptr<ChatServer> chat_server_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_SERVICE_H_
