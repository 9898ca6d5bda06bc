#include "hostile/hostile_peer.hpp"

#include <arpa/inet.h>
#include <linux/sockios.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <poll.h>
#include <pthread.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <stdexcept>
#include <utility>

#include "support/block_sigpipe.hpp"

namespace outmap::test {
namespace {

// All that was sent has been acknowledged, or never will be.
void wait_for_arrival(int socket) {
  int waiting = 0;
  pollfd gone{socket, POLLRDHUP, 0};
  while (ioctl(socket, SIOCOUTQ, &waiting) == 0 && waiting > 0) {
    if (poll(&gone, 1, 1) > 0) return;
  }
}

}  // namespace

void hostile_link::send(std::string_view octets) {
  pour(octets);
  wait_for_arrival(socket_);
}

void hostile_link::pour(std::string_view octets) {
  while (!octets.empty()) {
    const auto sent = tls_ ? SSL_write(tls_.get(), octets.data(), static_cast<int>(octets.size()))
                           : static_cast<int>(::send(socket_, octets.data(), octets.size(), MSG_NOSIGNAL));
    if (sent <= 0) throw link_ended{};
    octets.remove_prefix(static_cast<std::size_t>(sent));
  }
}

std::string hostile_link::receive() {
  char buffer[4096];
  const int got =
      tls_ ? SSL_read(tls_.get(), buffer, sizeof buffer) : static_cast<int>(::recv(socket_, buffer, sizeof buffer, 0));
  if (got <= 0) throw link_ended{};
  std::string octets(buffer, static_cast<std::size_t>(got));
  (tls_ ? log_.over_tls : log_.plain) += octets;
  return octets;
}

std::string hostile_link::line() {
  std::size_t end = 0;
  while ((end = unread_.find("\r\n")) == std::string::npos) unread_ += receive();
  auto out = unread_.substr(0, end);
  unread_.erase(0, end + 2);
  return out;
}

void hostile_link::hear_something() {
  while (unread_.empty()) unread_ += receive();
}

std::string hostile_link::expect(std::string_view command) {
  const auto got = line();
  const auto space = got.find(' ');
  if (space == std::string::npos || got.substr(space + 1) != command) throw link_ended{};
  return got.substr(0, space);
}

void hostile_link::raise_to_tls(SSL_CTX* as) {
  tls_.reset(SSL_new(as));
  // The client's hello may have come behind the last line that was read; then it is not where OpenSSL looks.
  if (!unread_.empty() || SSL_set_fd(tls_.get(), socket_) != 1 || SSL_accept(tls_.get()) != 1) {
    ERR_clear_error();
    throw link_ended{};
  }
  log_.handshake = true;
}

void hostile_link::drain() {
  while (true) receive();
}

void hostile_link::drip(char octet) {
  pollfd gone{socket_, POLLRDHUP, 0};
  while (poll(&gone, 1, 10) == 0) send(std::string_view(&octet, 1));
}

hostile_peer::hostile_peer(std::function<void(hostile_link&)> script)
    : script_(std::move(script)), listener_(socket(AF_INET, SOCK_STREAM, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* const generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, 8) != 0 || getsockname(listener_, generic, &size) != 0)
    throw std::runtime_error("the test's server cannot listen");
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { serve(); });
}

hostile_peer::~hostile_peer() {
  stop();
  close(listener_);
}

const std::vector<heard>& hostile_peer::stop() {
  if (!thread_.joinable()) return heard_;
  stopping_ = true;
  // Wakes accept().
  shutdown(listener_, SHUT_RDWR);
  {
    const std::lock_guard lock(mutex_);
    if (connected_ >= 0) shutdown(connected_, SHUT_RDWR);
  }
  thread_.join();
  return heard_;
}

void hostile_peer::serve() {
  block_sigpipe();
  while (true) {
    const int connected = accept(listener_, nullptr, nullptr);
    if (connected < 0) return;
    const int on = 1;
    setsockopt(connected, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    serve_one(connected);
  }
}

void hostile_peer::serve_one(int connected) {
  {
    const std::lock_guard lock(mutex_);
    connected_ = connected;
    if (stopping_) shutdown(connected, SHUT_RDWR);
  }
  heard log;
  try {
    hostile_link link(connected, log);
    script_(link);
    link.drain();
  } catch (const hostile_link::link_ended&) {
    shutdown(connected, SHUT_WR);
    // Whatever TLS made of it, the octets that still come count.
    char rest[4096];
    for (auto got = recv(connected, rest, sizeof rest, 0); got > 0; got = recv(connected, rest, sizeof rest, 0))
      (log.handshake ? log.over_tls : log.plain).append(rest, static_cast<std::size_t>(got));
  }
  const std::lock_guard lock(mutex_);
  heard_.push_back(std::move(log));
  connected_ = -1;
  close(connected);
}

}  // namespace outmap::test
