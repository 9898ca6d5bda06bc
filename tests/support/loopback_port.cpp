#include "support/loopback_port.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace outmap::test {
namespace {

class bound_socket {
 public:
  bound_socket() : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    auto* generic = reinterpret_cast<sockaddr*>(&address);
    const bool good = fd_ >= 0 && ::bind(fd_, generic, size) == 0 && ::getsockname(fd_, generic, &size) == 0;
    const int code = errno;
    if (!good && fd_ >= 0) ::close(fd_);
    if (!good) throw std::system_error(code, std::generic_category(), "no free port on 127.0.0.1");
    port_ = ntohs(address.sin_port);
  }
  ~bound_socket() { ::close(fd_); }
  bound_socket(const bound_socket&) = delete;
  bound_socket& operator=(const bound_socket&) = delete;

  [[nodiscard]] std::uint16_t port() const { return port_; }

 private:
  int fd_;
  std::uint16_t port_ = 0;
};

}  // namespace

std::vector<std::uint16_t> free_loopback_ports(std::size_t count) {
  // All are held until the last is found: the system may well choose one that was given back for the next.
  const std::vector<bound_socket> held(count);
  std::vector<std::uint16_t> out;
  for (const auto& one : held) out.push_back(one.port());
  return out;
}

std::uint16_t free_loopback_port() { return free_loopback_ports(1).front(); }

}  // namespace outmap::test
