#include "channel.hpp"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <system_error>

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <asio/buffer.hpp>
#include <asio/write.hpp>

namespace outmap::exchange {

namespace {

constexpr std::size_t send_size = std::size_t{64} << 10;

}  // namespace

wake_pipe::wake_pipe() {
  if (::pipe(ends_.data()) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  for (const int fd : ends_) {
    ::fcntl(fd, F_SETFL, ::fcntl(fd, F_GETFL) | O_NONBLOCK);
    ::fcntl(fd, F_SETFD, FD_CLOEXEC);
  }
}

wake_pipe::~wake_pipe() {
  for (const int fd : ends_) ::close(fd);
}

void wake_pipe::wake() noexcept {
  // A full pipe wakes as well as one more octet would.
  [[maybe_unused]] const auto ignored = ::write(ends_[1], "", 1);
}

void wake_pipe::drain() noexcept {
  std::array<char, 256> sink{};
  while (::read(ends_[0], sink.data(), sink.size()) > 0) {
  }
}

channel::channel(asio::ip::tcp::socket socket, const server_clock& clock)
    : socket_(std::move(socket)), clock_(clock), fd_(socket_.native_handle()) {
  asio::error_code ignored;
  socket_.set_option(asio::ip::tcp::no_delay(true), ignored);
}

channel::~channel() = default;

int channel::poll_timeout(std::optional<time_point> deadline) const {
  if (!deadline) return -1;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - clock_.now());
  return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(left.count(), 0, INT_MAX));
}

void channel::shut() noexcept {
  shut_ = true;
  ::shutdown(fd_, SHUT_RDWR);
  wake_.wake();
}

void channel::start_tls(SSL_CTX* context, time_point deadline) {
  while (wait(deadline) == wait_result::woken) {
  }
  ssl_.reset(SSL_new(context));
  if (ssl_ == nullptr || SSL_set_fd(ssl_.get(), fd_) != 1 || SSL_accept(ssl_.get()) != 1) {
    ERR_clear_error();
    throw hung_up{};
  }
}

wait_result channel::wait(std::optional<time_point> deadline) {
  flush();
  if (shut_) throw hung_up{};
  // A client that never pauses does not outlive its deadline either (XIMAP-E0002).
  if (deadline && *deadline <= clock_.now()) throw deadline_passed{};
  if (ssl_ != nullptr && SSL_pending(ssl_.get()) > 0) return wait_result::readable;
  for (;;) {
    std::array<pollfd, 2> fds{{{fd_, POLLIN, 0}, {wake_.fd(), POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), poll_timeout(deadline));
    if (ready < 0 && errno != EINTR) throw hung_up{};
    if (shut_) throw hung_up{};
    if (ready == 0) throw deadline_passed{};
    if (ready < 0) continue;
    if (fds[1].revents != 0) {
      wake_.drain();
      return wait_result::woken;
    }
    return wait_result::readable;
  }
}

std::size_t channel::read_some(std::span<char> into) {
  if (ssl_ != nullptr) {
    std::size_t got = 0;
    if (SSL_read_ex(ssl_.get(), into.data(), into.size(), &got) != 1) {
      ERR_clear_error();
      throw hung_up{};
    }
    return got;
  }
  asio::error_code failed;
  const std::size_t got = socket_.read_some(asio::buffer(into.data(), into.size()), failed);
  if (failed) throw hung_up{};
  return got;
}

void channel::pause_until(std::optional<time_point> end) {
  flush();
  for (;;) {
    if (shut_) throw hung_up{};
    // POLLRDHUP: the client hung up; octets that it sent before stay unread.
    std::array<pollfd, 2> fds{{{fd_, POLLRDHUP, 0}, {wake_.fd(), POLLIN, 0}}};
    const int ready = ::poll(fds.data(), fds.size(), poll_timeout(end));
    if (ready == 0) return;
    if (ready < 0 && errno != EINTR) throw hung_up{};
    if (fds[0].revents != 0) throw hung_up{};
    wake_.drain();
    if (end && *end <= clock_.now()) return;
  }
}

void channel::write(std::string_view octets) {
  if (buffer_.size() + octets.size() > send_size) {
    flush();
    if (octets.size() >= send_size) return send(octets);
  }
  buffer_.append(octets);
}

void channel::flush() {
  if (buffer_.empty()) return;
  const std::string pending = std::exchange(buffer_, {});
  send(pending);
}

void channel::end() {
  flush();
  if (ssl_ != nullptr) SSL_shutdown(ssl_.get());
  ERR_clear_error();
}

void channel::send(std::string_view octets) {
  if (!remaining_) return send_all(octets);
  const std::size_t now = std::min(*remaining_, octets.size());
  send_all(octets.substr(0, now));
  *remaining_ -= now;
  if (*remaining_ == 0) throw hung_up{};
}

void channel::send_all(std::string_view octets) {
  written_ += octets.size();
  if (octets.empty()) return;
  if (ssl_ != nullptr) {
    std::size_t sent = 0;
    if (SSL_write_ex(ssl_.get(), octets.data(), octets.size(), &sent) != 1) {
      ERR_clear_error();
      throw hung_up{};
    }
    return;
  }
  asio::error_code failed;
  asio::write(socket_, asio::buffer(octets.data(), octets.size()), failed);
  if (failed) throw hung_up{};
}

}  // namespace outmap::exchange
