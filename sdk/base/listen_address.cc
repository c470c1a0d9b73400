#include "sdk/base/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "sdk/base/fd.h"

namespace amooz {
namespace {

using AddressList = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Result<AddressList> Resolve(const ListenAddress& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0) {
    return Status(Code::kInvalidArgument,
                  "--listen: the host '" + address.host + "' cannot be resolved (" +
                      ::gai_strerror(error) +
                      "); use an address of this machine, such as 127.0.0.1");
  }
  return AddressList(found, &::freeaddrinfo);
}

bool IsLoopback(const addrinfo& entry) {
  if (entry.ai_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(entry.ai_addr);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  if (entry.ai_family == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(entry.ai_addr);
    return IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
  }
  return false;
}

std::string Remedy(int error) {
  switch (error) {
    case EADDRINUSE:
      return "another process has it; stop that one, or choose another port with --listen (port 0 "
             "takes a free one)";
    case EACCES:
      return "ports below 1024 need special rights; choose a higher one with --listen";
    case EADDRNOTAVAIL:
      return "it is no address of this machine; choose another with --listen";
    default:
      return "choose another address with --listen";
  }
}

}  // namespace

std::string ListenAddress::ToString() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  const Status bad(Code::kInvalidArgument,
                   "--listen: '" + std::string(text) +
                       "' is not HOST:PORT with a port of 0 to 65535, such as 127.0.0.1:50650 or "
                       "[::1]:0");
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return bad;
  std::string_view host = text.substr(0, colon);
  if (host.size() >= 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    return bad;
  }
  const std::string_view digits = text.substr(colon + 1);
  std::uint16_t port = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
  if (host.empty() || error != std::errc() || end != digits.data() + digits.size()) return bad;
  return ListenAddress{.host = std::string(host), .port = port};
}

Result<bool> IsLoopback(const ListenAddress& address) {
  AMOOZ_ASSIGN_OR_RETURN(const AddressList list, Resolve(address));
  for (const addrinfo* entry = list.get(); entry != nullptr; entry = entry->ai_next) {
    if (!IsLoopback(*entry)) return false;
  }
  return true;
}

Status CheckCanListen(const ListenAddress& address) {
  AMOOZ_ASSIGN_OR_RETURN(const AddressList list, Resolve(address));
  const UniqueFd fd(::socket(list->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  // As the server's own socket has it: connections of the one before in TIME_WAIT do not count.
  if (fd.valid() && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0 &&
      ::bind(fd.get(), list->ai_addr, list->ai_addrlen) == 0 && ::listen(fd.get(), 1) == 0) {
    return Status::Ok();
  }
  const int error = errno;
  return Status(Code::kFailedPrecondition, "cannot listen on " + address.ToString() + " (" +
                                               std::generic_category().message(error) +
                                               "): " + Remedy(error));
}

}  // namespace amooz
