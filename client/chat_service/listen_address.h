// Where to listen, and whether that will work, told before anything is changed on disk.
#ifndef AMOOZ_CLIENT_CHAT_SERVICE_LISTEN_ADDRESS_H_
#define AMOOZ_CLIENT_CHAT_SERVICE_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/base/status.h"

namespace amooz::chat {

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;
  std::string ToString() const;
};

// "127.0.0.1:50651", "[::1]:0".
Result<ListenAddress> ParseListenAddress(std::string_view text);

// FAILED_PRECONDITION with the remedy if the address is not loopback and may_be_open is false, or
// if nobody can listen there now: the port is taken, needs rights, or is another machine's.
Status CheckCanListen(const ListenAddress& address, bool may_be_open);

}  // namespace amooz::chat

#endif  // AMOOZ_CLIENT_CHAT_SERVICE_LISTEN_ADDRESS_H_
