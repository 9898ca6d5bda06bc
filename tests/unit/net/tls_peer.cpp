#include "tls_peer.hpp"

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <utility>

#include "support/block_sigpipe.hpp"
#include "support/certificates.hpp"

namespace outmap::net::test {
tls_peer::tls_peer(script what, int most) : what_(std::move(what)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 1) != 0 || getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("the test's server cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this, most] { serve(most); });
}

tls_peer::~tls_peer() {
  if (thread_.joinable()) thread_.join();
  close(listener_);
}

bool tls_peer::succeeded() {
  if (thread_.joinable()) thread_.join();
  return succeeded_;
}

void tls_peer::serve(int most) {
  outmap::test::block_sigpipe();
  const outmap::test::certificate_authority authority;
  const auto serving = outmap::test::server_context(authority.issue());
  SSL_CTX_set_max_proto_version(serving.get(), most);
  const int connected = accept(listener_, nullptr, nullptr);
  const std::unique_ptr<SSL, decltype(&SSL_free)> connection(SSL_new(serving.get()), &SSL_free);
  connection_ = connection.get();
  SSL_set_fd(connection_, connected);
  succeeded_ = SSL_accept(connection_) == 1 && what_(*this);
  close(connected);
}

bool tls_peer::send(std::string_view octets) {
  return SSL_write(connection_, octets.data(), static_cast<int>(octets.size())) == static_cast<int>(octets.size());
}

std::string tls_peer::receive(std::size_t octets) {
  std::string out(octets, '\0');
  std::size_t got = 0;
  while (got < octets) {
    const int now = SSL_read(connection_, out.data() + got, static_cast<int>(octets - got));
    if (now <= 0) return {};
    got += static_cast<std::size_t>(now);
  }
  return out;
}

bool tls_peer::say_goodbye() { return SSL_shutdown(connection_) >= 0; }

}  // namespace outmap::net::test
