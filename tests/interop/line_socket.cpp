#include "interop/line_socket.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <stdexcept>
#include <system_error>

namespace outmap::interop {
namespace {

struct free_ssl {
  void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  void operator()(SSL* ssl) const { SSL_free(ssl); }
};

[[noreturn]] void fail_with_errno(const std::string& what) {
  throw std::runtime_error(what + ": " + std::generic_category().message(errno));
}

[[noreturn]] void fail_with_openssl(const std::string& what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  throw std::runtime_error(what + ": " + text.data());
}

}  // namespace

struct line_socket::state {
  int fd = -1;
  std::unique_ptr<SSL_CTX, free_ssl> context;
  std::unique_ptr<SSL, free_ssl> tls;
  std::string buffer;
  std::size_t used = 0;  // of the buffer

  ~state() {
    tls.reset();
    if (fd >= 0) ::close(fd);
  }
};

line_socket::line_socket(const std::string& address, std::uint16_t port) : state_(std::make_unique<state>()) {
  auto& s = *state_;
  s.fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (s.fd < 0) fail_with_errno("socket");
  const timeval patience{30, 0};
  ::setsockopt(s.fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  ::setsockopt(s.fd, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  const int on = 1;
  ::setsockopt(s.fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  // OpenSSL writes with write(2), which would raise it.
  ::signal(SIGPIPE, SIG_IGN);
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port);
  if (::inet_pton(AF_INET, address.c_str(), &peer.sin_addr) != 1)
    throw std::runtime_error("no IPv4 address: " + address);
  if (::connect(s.fd, reinterpret_cast<sockaddr*>(&peer), sizeof peer) != 0) {
    fail_with_errno("connect to " + address + " port " + std::to_string(port));
  }
}

line_socket::~line_socket() = default;
line_socket::line_socket(line_socket&&) noexcept = default;
line_socket& line_socket::operator=(line_socket&&) noexcept = default;

void line_socket::start_tls(const std::filesystem::path& ca_file, const std::string& host) {
  auto& s = *state_;
  if (s.used != s.buffer.size()) throw std::runtime_error("octets before the TLS handshake");
  s.context.reset(SSL_CTX_new(TLS_client_method()));
  if (!s.context || SSL_CTX_load_verify_file(s.context.get(), ca_file.c_str()) != 1) fail_with_openssl("CA file");
  SSL_CTX_set_verify(s.context.get(), SSL_VERIFY_PEER, nullptr);
  s.tls.reset(SSL_new(s.context.get()));
  if (!s.tls) fail_with_openssl("SSL_new");
  auto* parameters = SSL_get0_param(s.tls.get());
  const bool is_address = X509_VERIFY_PARAM_set1_ip_asc(parameters, host.c_str()) == 1;
  const bool named = is_address || (SSL_set_tlsext_host_name(s.tls.get(), host.c_str()) == 1 &&
                                    X509_VERIFY_PARAM_set1_host(parameters, host.data(), host.size()) == 1);
  if (!named || SSL_set_fd(s.tls.get(), s.fd) != 1 || SSL_connect(s.tls.get()) != 1) fail_with_openssl("TLS handshake");
}

void line_socket::write(std::string_view octets) {
  auto& s = *state_;
  while (!octets.empty()) {
    std::size_t put = 0;
    if (s.tls) {
      if (SSL_write_ex(s.tls.get(), octets.data(), octets.size(), &put) != 1) fail_with_openssl("SSL_write");
    } else {
      const auto n = ::send(s.fd, octets.data(), octets.size(), MSG_NOSIGNAL);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) fail_with_errno("send");
      put = static_cast<std::size_t>(n);
    }
    octets.remove_prefix(put);
  }
}

// False at the orderly end.
bool line_socket::fill() {
  auto& s = *state_;
  if (s.used > 1'000'000) {
    s.buffer.erase(0, s.used);
    s.used = 0;
  }
  std::array<char, 65536> chunk{};
  std::size_t got = 0;
  if (s.tls) {
    if (SSL_read_ex(s.tls.get(), chunk.data(), chunk.size(), &got) != 1) {
      if (SSL_get_error(s.tls.get(), 0) == SSL_ERROR_ZERO_RETURN) return false;
      fail_with_openssl("SSL_read");
    }
  } else {
    ssize_t n = 0;
    do n = ::recv(s.fd, chunk.data(), chunk.size(), 0);
    while (n < 0 && errno == EINTR);
    if (n < 0) fail_with_errno("recv");
    if (n == 0) return false;
    got = static_cast<std::size_t>(n);
  }
  s.buffer.append(chunk.data(), got);
  return true;
}

std::string line_socket::read_line() {
  auto& s = *state_;
  for (auto searched = s.used;;) {
    const auto end = s.buffer.find("\r\n", searched);
    if (end != std::string::npos) {
      std::string line = s.buffer.substr(s.used, end - s.used);
      s.used = end + 2;
      return line;
    }
    if (!fill()) throw std::runtime_error("the server closed the connection");
    searched = s.used;
  }
}

std::string line_socket::read_exactly(std::size_t count) {
  auto& s = *state_;
  while (s.buffer.size() - s.used < count) {
    if (!fill()) throw std::runtime_error("the server closed the connection");
  }
  std::string octets = s.buffer.substr(s.used, count);
  s.used += count;
  return octets;
}

bool line_socket::at_end() { return state_->used == state_->buffer.size() && !fill(); }

}  // namespace outmap::interop
