// Sockets and what waits for them, answered by the network of the machine. Descriptors that are not the machine's go on
// to the C library.
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>
#include <vector>

#include "simulation/descriptor_calls.hpp"
#include "simulation/device.hpp"
#include "simulation/machine.hpp"
#include "simulation/network.hpp"
#include "simulation/real_call.hpp"

namespace outmap::simulation {
namespace {

std::optional<instant> after(int milliseconds) {
  if (milliseconds < 0) return std::nullopt;
  return machine::running()->now() + instant(std::chrono::milliseconds(milliseconds));
}

void tell_address(std::uint16_t port, sockaddr* into, socklen_t* size) {
  if (into == nullptr || size == nullptr) return;
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::memcpy(into, &address, std::min<std::size_t>(*size, sizeof address));
  *size = sizeof address;
}

int not_ours() {
  errno = EBADF;
  return -1;
}

/// The sanitizers try out memory with a pipe of their own, which must be a real one.
bool is_sanitizer([[maybe_unused]] const void* caller) {
#ifdef __SANITIZE_ADDRESS__
  Dl_info where{};
  return ::dladdr(caller, &where) != 0 && where.dli_fname != nullptr &&
         std::strstr(where.dli_fname, "san.so") != nullptr;
#else
  return false;
#endif
}

int ready_of(pollfd* all, nfds_t count) {
  int ready = 0;
  for (nfds_t i = 0; i < count; ++i) {
    all[i].revents = 0;
    if (all[i].fd < 0) continue;
    const auto what = descriptors::all().find(all[i].fd);
    const int always = POLLERR | POLLHUP | POLLNVAL;
    all[i].revents = what ? static_cast<short>(what->state() & (all[i].events | always)) : short{POLLNVAL};
    ready += all[i].revents != 0 ? 1 : 0;
  }
  return ready;
}

}  // namespace

ssize_t read_device(device& from, void* into, std::size_t size) {
  for (;;) {
    const auto got = from.read(into, size);
    if (got >= 0 || errno != EAGAIN || !from.waits) return got;
    machine::running()->wait([&] { return (from.state() & (POLLIN | POLLHUP | POLLERR)) != 0; });
  }
}

ssize_t write_device(device& to, const void* octets, std::size_t size) {
  std::size_t done = 0;
  for (;;) {
    const auto got = to.write(static_cast<const char*>(octets) + done, size - done);
    if (got < 0 && errno != EAGAIN) return done > 0 ? static_cast<ssize_t>(done) : -1;
    if (got > 0) done += static_cast<std::size_t>(got);
    if (done == size || !to.waits) return done > 0 || size == 0 ? static_cast<ssize_t>(done) : -1;
    if (got < 0) machine::running()->wait([&] { return (to.state() & (POLLOUT | POLLHUP | POLLERR)) != 0; });
  }
}

}  // namespace outmap::simulation

using namespace outmap::simulation;

extern "C" {

int socket(int domain, int type, int protocol) noexcept {
  if (machine::running() == nullptr) {
    static const auto real = real_call<int (*)(int, int, int)>("socket");
    return real(domain, type, protocol);
  }
  if (domain != AF_INET) {
    errno = EAFNOSUPPORT;
    return -1;
  }
  return descriptors::all().add(std::make_shared<stream>());
}

int bind(int fd, const sockaddr* address, socklen_t size) noexcept {
  if (!descriptors::all().find(fd)) {
    static const auto real = real_call<int (*)(int, const sockaddr*, socklen_t)>("bind");
    return real(fd, address, size);
  }
  auto fresh = std::make_shared<listener>();
  fresh->bind(ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port));
  descriptors::all().replace(fd, std::move(fresh));
  return 0;
}

int listen(int fd, int backlog) noexcept {
  if (descriptors::all().find(fd)) return 0;
  static const auto real = real_call<int (*)(int, int)>("listen");
  return real(fd, backlog);
}

int accept(int fd, sockaddr* address, socklen_t* size) {
  const auto at = descriptors::all().find_as<listener>(fd);
  if (!at) {
    static const auto real = real_call<int (*)(int, sockaddr*, socklen_t*)>("accept");
    return real(fd, address, size);
  }
  auto got = at->accept();
  while (!got && at->waits) {
    machine::running()->wait([&] { return at->state() != 0; });
    got = at->accept();
  }
  if (!got) {
    errno = EAGAIN;
    return -1;
  }
  tell_address(1, address, size);
  return descriptors::all().add(std::move(got));
}

int connect(int fd, const sockaddr* address, socklen_t size) {
  const auto from = descriptors::all().find_as<stream>(fd);
  if (!from) {
    static const auto real = real_call<int (*)(int, const sockaddr*, socklen_t)>("connect");
    return real(fd, address, size);
  }
  const int got = from->connect(ntohs(reinterpret_cast<const sockaddr_in*>(address)->sin_port));
  if (got == 0 || errno != EINPROGRESS || !from->waits) return got;
  machine::running()->wait([&] { return from->state() != 0; });
  errno = from->take_failure();
  return errno == 0 ? 0 : -1;
}

int getsockname(int fd, sockaddr* address, socklen_t* size) noexcept {
  const auto what = descriptors::all().find(fd);
  if (!what) return not_ours();
  const auto at = std::dynamic_pointer_cast<listener>(what);
  tell_address(at ? at->port() : std::uint16_t{1}, address, size);
  return 0;
}
int getpeername(int fd, sockaddr* address, socklen_t* size) noexcept {
  if (!descriptors::all().find(fd)) return not_ours();
  tell_address(1, address, size);
  return 0;
}
int setsockopt(int fd, int level, int name, const void* value, socklen_t size) noexcept {
  if (descriptors::all().find(fd)) return 0;
  static const auto real = real_call<int (*)(int, int, int, const void*, socklen_t)>("setsockopt");
  return real(fd, level, name, value, size);
}
int getsockopt(int fd, int level, int name, void* value, socklen_t* size) noexcept {
  const auto what = descriptors::all().find(fd);
  if (!what) {
    static const auto real = real_call<int (*)(int, int, int, void*, socklen_t*)>("getsockopt");
    return real(fd, level, name, value, size);
  }
  const auto from = std::dynamic_pointer_cast<stream>(what);
  const int answer = name == SO_ERROR && from ? from->take_failure() : 0;
  std::memcpy(value, &answer, sizeof answer);
  *size = sizeof answer;
  return 0;
}
int shutdown(int fd, int how) noexcept {
  const auto what = descriptors::all().find_as<stream>(fd);
  if (!what) return not_ours();
  what->shut(how != SHUT_WR, how != SHUT_RD);
  return 0;
}

ssize_t recv(int fd, void* into, size_t size, int flags) {
  if (const auto from = descriptors::all().find(fd)) return read_device(*from, into, size);
  static const auto real = real_call<ssize_t (*)(int, void*, size_t, int)>("recv");
  return real(fd, into, size, flags);
}
ssize_t send(int fd, const void* octets, size_t size, int flags) {
  if (const auto to = descriptors::all().find(fd)) return write_device(*to, octets, size);
  static const auto real = real_call<ssize_t (*)(int, const void*, size_t, int)>("send");
  return real(fd, octets, size, flags);
}
ssize_t recvmsg(int fd, msghdr* message, int flags) {
  const auto from = descriptors::all().find(fd);
  if (!from) {
    static const auto real = real_call<ssize_t (*)(int, msghdr*, int)>("recvmsg");
    return real(fd, message, flags);
  }
  message->msg_flags = 0;
  return message->msg_iovlen == 0 ? 0 : read_device(*from, message->msg_iov[0].iov_base, message->msg_iov[0].iov_len);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  const auto to = descriptors::all().find(fd);
  if (!to) {
    static const auto real = real_call<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
    return real(fd, message, flags);
  }
  std::string all;
  for (std::size_t i = 0; i < message->msg_iovlen; ++i)
    all.append(static_cast<const char*>(message->msg_iov[i].iov_base), message->msg_iov[i].iov_len);
  return write_device(*to, all.data(), all.size());
}

int poll(pollfd* all, nfds_t count, int timeout) {
  auto* const here = machine::running();
  if (here == nullptr) {
    static const auto real = real_call<int (*)(pollfd*, nfds_t, int)>("poll");
    return real(all, count, timeout);
  }
  if (const int ready = ready_of(all, count); ready != 0 || timeout == 0) return ready;
  here->wait([&] { return ready_of(all, count) != 0; }, after(timeout));
  return ready_of(all, count);
}

int epoll_create1(int flags) noexcept {
  if (machine::running() != nullptr) return descriptors::all().add(std::make_shared<watch_list>());
  static const auto real = real_call<int (*)(int)>("epoll_create1");
  return real(flags);
}
int epoll_create(int) noexcept { return ::epoll_create1(0); }
int epoll_ctl(int fd, int how, int which, epoll_event* event) noexcept {
  const auto list = descriptors::all().find_as<watch_list>(fd);
  if (!list) {
    static const auto real = real_call<int (*)(int, int, int, epoll_event*)>("epoll_ctl");
    return real(fd, how, which, event);
  }
  return list->control(how, which, descriptors::all().find(which), event);
}
int epoll_wait(int fd, epoll_event* into, int most, int timeout) {
  const auto list = descriptors::all().find_as<watch_list>(fd);
  if (!list) {
    static const auto real = real_call<int (*)(int, epoll_event*, int, int)>("epoll_wait");
    return real(fd, into, most, timeout);
  }
  if (const int got = list->take(into, most); got != 0 || timeout == 0) return got;
  machine::running()->wait([&] { return list->any(); }, after(timeout));
  return list->take(into, most);
}

// Without it Asio gives its times to epoll_wait().
int timerfd_create(clockid_t clock, int flags) noexcept {
  if (machine::running() == nullptr) {
    static const auto real = real_call<int (*)(clockid_t, int)>("timerfd_create");
    return real(clock, flags);
  }
  errno = ENOSYS;
  return -1;
}

int eventfd(unsigned count, int flags) noexcept {
  if (machine::running() == nullptr) {
    static const auto real = real_call<int (*)(unsigned, int)>("eventfd");
    return real(count, flags);
  }
  auto fresh = std::make_shared<event_counter>();
  fresh->waits = (flags & EFD_NONBLOCK) == 0;
  return descriptors::all().add(std::move(fresh));
}
int pipe(int* ends) noexcept {
  if (machine::running() == nullptr || is_sanitizer(__builtin_return_address(0))) {
    static const auto real = real_call<int (*)(int*)>("pipe");
    return real(ends);
  }
  const auto held = std::make_shared<std::size_t>(0);
  ends[0] = descriptors::all().add(std::make_shared<pipe_end>(held));
  ends[1] = descriptors::all().add(std::make_shared<pipe_end>(held));
  return 0;
}

}  // extern "C"
