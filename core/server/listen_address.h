// HOST:PORT, and what can be said about it before anything is changed on disk.
#ifndef AMOOZ_CORE_SERVER_LISTEN_ADDRESS_H_
#define AMOOZ_CORE_SERVER_LISTEN_ADDRESS_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace amooz::server {

struct ListenAddress {
  std::string host;  // without brackets
  std::uint16_t port = 0;

  // "127.0.0.1:50650", "[::1]:50650".
  std::string ToString() const;
};

// INVALID_ARGUMENT that names `listen` and the form expected.
absl::StatusOr<ListenAddress> ParseListenAddress(std::string_view text);

// True if every address that the host name stands for is of this machine alone (127.0.0.0/8, ::1).
// INVALID_ARGUMENT for a name that cannot be resolved.
absl::StatusOr<bool> IsLoopback(const ListenAddress& address);

// FAILED_PRECONDITION, with the remedy, if nobody can listen there now: the port is taken, or needs
// rights, or the address is none of this machine's. Another process may still take it afterwards.
absl::Status CheckCanListen(const ListenAddress& address);

}  // namespace amooz::server

#endif  // AMOOZ_CORE_SERVER_LISTEN_ADDRESS_H_
