#include "support/cutting_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

namespace outmap::test {
namespace {

class descriptor {
 public:
  explicit descriptor(int fd) : fd_(fd) {
    if (fd < 0) throw std::system_error(errno, std::generic_category(), "cutting_proxy");
  }
  ~descriptor() { ::close(fd_); }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
};

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

bool write_all(int fd, const char* octets, std::size_t count) {
  while (count > 0) {
    const auto done = ::send(fd, octets, count, MSG_NOSIGNAL);
    if (done <= 0) return false;
    octets += done;
    count -= static_cast<std::size_t>(done);
  }
  return true;
}

}  // namespace

struct cutting_proxy::impl {
  struct breakage {
    passed limit{never, never};
    std::vector<std::string> words;
    std::uint64_t behind = 0;
    std::string heard;
    bool stalls = false;
  };

  explicit impl(std::uint16_t to) : target(to), listener(::socket(AF_INET, SOCK_STREAM, 0)) {
    auto where = loopback(0);
    socklen_t size = sizeof where;
    auto* const address = reinterpret_cast<sockaddr*>(&where);
    if (::bind(listener.get(), address, size) != 0 || ::listen(listener.get(), 16) != 0 ||
        ::getsockname(listener.get(), address, &size) != 0)
      throw std::system_error(errno, std::generic_category(), "cutting_proxy");
    port = ntohs(where.sin_port);
    worker = std::thread([this] { serve(); });
  }
  ~impl() {
    stopping = true;
    ::shutdown(listener.get(), SHUT_RDWR);
    worker.join();
  }

  void serve() {
    while (!stopping) {
      const int fd = ::accept(listener.get(), nullptr, nullptr);
      if (fd < 0) return;
      const descriptor client(fd);
      breakage how;
      {
        const std::lock_guard hold(mutex);
        how = std::exchange(next, breakage{});
        ++begun;
      }
      const auto now = how.stalls ? pass_and_stall(client.get(), how) : pass(client.get(), how);
      const std::lock_guard hold(mutex);
      done = now;
      ++ended;
      changed.notify_all();
    }
  }

  // Where a word was said, the place where it breaks is known.
  static void listen(breakage& how, std::string_view said, const passed& so_far) {
    how.heard.append(said);
    const auto has = [&](const std::string& word) { return how.heard.find(word) != std::string::npos; };
    if (std::any_of(how.words.begin(), how.words.end(), has)) {
      how.limit.of_server = so_far.of_server + how.behind;
      how.words.clear();
    }
    constexpr std::size_t longest_word = 64;
    if (how.heard.size() > longest_word) how.heard.erase(0, how.heard.size() - longest_word);
  }

  passed pass(int client, breakage how) {
    const descriptor server(::socket(AF_INET, SOCK_STREAM, 0));
    return pass(client, server, std::move(how));
  }
  passed pass_and_stall(int client, breakage how) {
    const descriptor server(::socket(AF_INET, SOCK_STREAM, 0));
    const auto out = pass(client, server, std::move(how));
    std::array<char, 4096> ignored{};
    pollfd one{client, POLLIN, 0};
    constexpr int look_up = 200;
    // What still comes from the client counts as never sent.
    while (!stopping && (::poll(&one, 1, look_up) <= 0 || ::recv(client, ignored.data(), ignored.size(), 0) > 0)) {
    }
    return out;
  }

  passed pass(int client, const descriptor& server, breakage how) {
    passed so_far;
    auto& limit = how.limit;
    auto where = loopback(target);
    if (::connect(server.get(), reinterpret_cast<sockaddr*>(&where), sizeof where) != 0) return so_far;
    // What comes is passed on as it comes: no end waits for another's acknowledgement.
    for (const int fd : {client, server.get()}) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    }
    std::array<pollfd, 2> both{{{client, POLLIN, 0}, {server.get(), POLLIN, 0}}};
    std::array<char, 16384> buffer{};
    while (!stopping && so_far.of_client < limit.of_client && so_far.of_server < limit.of_server) {
      constexpr int look_up = 200;
      if (::poll(both.data(), both.size(), look_up) <= 0) continue;
      for (const bool from_client : {true, false}) {
        if (both[from_client ? 0 : 1].revents == 0) continue;
        auto& count = from_client ? so_far.of_client : so_far.of_server;
        const auto most =
            std::min<std::uint64_t>(buffer.size(), (from_client ? limit.of_client : limit.of_server) - count);
        const auto got = ::recv(from_client ? client : server.get(), buffer.data(), most, 0);
        if (got <= 0) return so_far;
        if (!write_all(from_client ? server.get() : client, buffer.data(), static_cast<std::size_t>(got)))
          return so_far;
        count += static_cast<std::uint64_t>(got);
        if (from_client && !how.words.empty()) listen(how, {buffer.data(), static_cast<std::size_t>(got)}, so_far);
        if (count >= (from_client ? limit.of_client : limit.of_server)) return so_far;
      }
    }
    return so_far;
  }

  std::uint16_t target;
  descriptor listener;
  std::uint16_t port = 0;
  std::atomic<bool> stopping = false;
  std::mutex mutex;
  std::condition_variable changed;
  breakage next;
  passed done;
  std::uint64_t begun = 0;
  std::uint64_t ended = 0;
  std::thread worker;
};

cutting_proxy::cutting_proxy(std::uint16_t to) : impl_(std::make_unique<impl>(to)) {}
cutting_proxy::~cutting_proxy() = default;

std::uint16_t cutting_proxy::port() const { return impl_->port; }

void cutting_proxy::cut_next_after(std::uint64_t of_client, std::uint64_t of_server) {
  const std::lock_guard hold(impl_->mutex);
  impl_->next = impl::breakage{{of_client, of_server}, {}, 0, {}, false};
}

void cutting_proxy::stall_next_after(std::uint64_t of_client, std::uint64_t of_server) {
  const std::lock_guard hold(impl_->mutex);
  impl_->next = impl::breakage{{of_client, of_server}, {}, 0, {}, true};
}

void cutting_proxy::cut_next_behind(std::vector<std::string> words, std::uint64_t of_server) {
  const std::lock_guard hold(impl_->mutex);
  impl_->next = impl::breakage{{never, never}, std::move(words), of_server, {}, false};
}

cutting_proxy::passed cutting_proxy::last() {
  std::unique_lock hold(impl_->mutex);
  impl_->changed.wait(hold, [&] { return impl_->begun == impl_->ended; });
  return impl_->done;
}

}  // namespace outmap::test
