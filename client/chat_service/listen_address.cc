#include "client/chat_service/listen_address.h"

#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <charconv>
#include <memory>
#include <system_error>

#include "sdk/base/fd.h"

namespace amooz::chat {
namespace {

bool IsLoopback(const addrinfo& entry) {
  if (entry.ai_family == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(entry.ai_addr);
    return (ntohl(v4->sin_addr.s_addr) >> 24) == 127;
  }
  const auto* v6 = reinterpret_cast<const sockaddr_in6*>(entry.ai_addr);
  return entry.ai_family == AF_INET6 && IN6_IS_ADDR_LOOPBACK(&v6->sin6_addr);
}

}  // namespace

std::string ListenAddress::ToString() const {
  const bool is_v6 = host.find(':') != std::string::npos;
  return (is_v6 ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Result<ListenAddress> ParseListenAddress(std::string_view text) {
  ListenAddress address;
  const std::size_t colon = text.rfind(':');
  std::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  } else if (host.find(':') != std::string_view::npos) {
    host = "";
  }
  const std::string_view digits =
      colon == std::string_view::npos ? std::string_view() : text.substr(colon + 1);
  const auto [end, error] =
      std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (host.empty() || digits.empty() || error != std::errc() ||
      end != digits.data() + digits.size()) {
    return Status(Code::kInvalidArgument,
                  "--listen '" + std::string(text) +
                      "' is not HOST:PORT with a port of 0 to 65535, such as 127.0.0.1:50651");
  }
  address.host = std::string(host);
  return address;
}

Status CheckCanListen(const ListenAddress& address, bool may_be_open) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int rc =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (rc != 0) {
    return Status(Code::kInvalidArgument, "--listen: the host '" + address.host +
                                              "' cannot be resolved (" + ::gai_strerror(rc) +
                                              "); use an address of this machine: 127.0.0.1");
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> list(found, &::freeaddrinfo);
  for (const addrinfo* entry = found; entry != nullptr && !may_be_open; entry = entry->ai_next) {
    if (IsLoopback(*entry)) continue;
    return Status(Code::kFailedPrecondition,
                  address.ToString() +
                      " can be reached by other machines, and this port has no TLS: listen on "
                      "127.0.0.1, or say --insecure-listen if the network is yours");
  }
  const UniqueFd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (fd.valid() && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) == 0 &&
      ::bind(fd.get(), found->ai_addr, found->ai_addrlen) == 0 && ::listen(fd.get(), 1) == 0) {
    return Status::Ok();
  }
  const std::string reason = std::generic_category().message(errno);
  return Status(Code::kFailedPrecondition, "cannot listen on " + address.ToString() + ": " +
                                               reason +
                                               ". Choose another with --listen (port 0 takes a "
                                               "free one), or stop what has it");
}

}  // namespace amooz::chat
