#include "tls_peer.hpp"

#include <netinet/in.h>
#include <openssl/pem.h>
#include <sys/socket.h>
#include <unistd.h>

#include <csignal>
#include <memory>
#include <stdexcept>
#include <utility>

#include "support/certificates.hpp"

namespace outmap::net::test {
namespace {

template <auto Free>
struct releaser {
  template <class T>
  void operator()(T* p) const {
    Free(p);
  }
};
using bio = std::unique_ptr<BIO, releaser<BIO_free>>;
using context = std::unique_ptr<SSL_CTX, releaser<SSL_CTX_free>>;

context make_context(int most) {
  const outmap::test::certificate_authority authority;
  const auto made = authority.issue();
  context out(SSL_CTX_new(TLS_server_method()));
  const bio pem(BIO_new_mem_buf(made.pem.data(), static_cast<int>(made.pem.size())));
  const bio key_pem(BIO_new_mem_buf(made.key_pem.data(), static_cast<int>(made.key_pem.size())));
  const std::unique_ptr<X509, releaser<X509_free>> cert(PEM_read_bio_X509(pem.get(), nullptr, nullptr, nullptr));
  const std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>> key(
      PEM_read_bio_PrivateKey(key_pem.get(), nullptr, nullptr, nullptr));
  if (SSL_CTX_use_certificate(out.get(), cert.get()) != 1 || SSL_CTX_use_PrivateKey(out.get(), key.get()) != 1)
    throw std::runtime_error("the test's certificate cannot be used");
  SSL_CTX_set_max_proto_version(out.get(), most);
  return out;
}

// OpenSSL writes to sockets without MSG_NOSIGNAL; the signal goes to the thread that writes.
void block_sigpipe() {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
}

}  // namespace

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
  block_sigpipe();
  const auto serving = make_context(most);
  const int connected = accept(listener_, nullptr, nullptr);
  const std::unique_ptr<SSL, releaser<SSL_free>> connection(SSL_new(serving.get()));
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
