// Where a server is to listen, and what can be said about that before anything is changed on disk.
// Messages name `--listen`, the flag that all of our servers have.
#ifndef AMOOZ_SDK_BASE_LISTEN_ADDRESS_H_
#define AMOOZ_SDK_BASE_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "sdk/base/status.h"

namespace amooz {

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  // "127.0.0.1:50650", "[::1]:50650".
  std::string ToString() const;
};

// INVALID_ARGUMENT that shows the form expected.
Result<ListenAddress> ParseListenAddress(std::string_view text);

// True if every address that the host name stands for is of this machine alone (127.0.0.0/8, ::1).
// INVALID_ARGUMENT for a name that cannot be resolved.
Result<bool> IsLoopback(const ListenAddress& address);

// FAILED_PRECONDITION, with the remedy, if nobody can listen there now: the port is taken, or needs
// rights, or the address is none of this machine's. Another process may still take it afterwards.
Status CheckCanListen(const ListenAddress& address);

}  // namespace amooz

#endif  // AMOOZ_SDK_BASE_LISTEN_ADDRESS_H_
