#include "simulation/device.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace outmap::simulation {

ssize_t device::read(void*, std::size_t) {
  errno = EINVAL;
  return -1;
}
ssize_t device::write(const void*, std::size_t) {
  errno = EINVAL;
  return -1;
}

ssize_t event_counter::read(void* into, std::size_t size) {
  if (count_ == 0 || size < sizeof count_) {
    errno = count_ == 0 ? EAGAIN : EINVAL;
    return -1;
  }
  std::memcpy(into, &count_, sizeof count_);
  count_ = 0;
  return sizeof count_;
}

ssize_t event_counter::write(const void* octets, std::size_t size) {
  std::uint64_t more = 0;
  if (size < sizeof more) {
    errno = EINVAL;
    return -1;
  }
  std::memcpy(&more, octets, sizeof more);
  count_ += more;
  ++news_in;
  return sizeof more;
}

ssize_t pipe_end::read(void* into, std::size_t size) {
  if (*held_ == 0) {
    errno = EAGAIN;
    return -1;
  }
  const auto now = std::min(size, *held_);
  std::memset(into, 0, now);
  *held_ -= now;
  return static_cast<ssize_t>(now);
}

ssize_t pipe_end::write(const void*, std::size_t size) {
  *held_ += size;
  return static_cast<ssize_t>(size);
}

int watch_list::control(int how, int which, const std::shared_ptr<device>& what, const epoll_event* event) {
  if (how == EPOLL_CTL_DEL) return entries_.erase(which) != 0 ? 0 : (errno = ENOENT, -1);
  if (how == EPOLL_CTL_MOD && !entries_.contains(which)) return errno = ENOENT, -1;
  // What is there already is told anew.
  entries_[which] = {what, *event, 0, 0};
  return 0;
}

std::uint32_t watch_list::ready(const entry& e) {
  const auto what = e.what.lock();
  if (!what) return 0;
  const bool edges = (e.wanted.events & EPOLLET) != 0;
  const auto state = what->state();
  std::uint32_t out = 0;
  if ((state & POLLIN) != 0 && (!edges || e.seen_in != what->news_in)) out |= EPOLLIN;
  if ((state & POLLOUT) != 0 && (!edges || e.seen_out != what->news_out)) out |= EPOLLOUT;
  if ((state & (POLLHUP | POLLERR)) != 0 && (!edges || e.seen_in != what->news_in))
    out |= static_cast<std::uint32_t>(state) & (EPOLLHUP | EPOLLERR);
  return out & (e.wanted.events | EPOLLHUP | EPOLLERR);
}

bool watch_list::any() const {
  return std::any_of(entries_.begin(), entries_.end(), [](const auto& e) { return ready(e.second) != 0; });
}

int watch_list::take(epoll_event* into, int most) {
  int count = 0;
  for (auto& [which, e] : entries_) {
    if (count == most) break;
    const auto now = ready(e);
    if (now == 0) continue;
    const auto what = e.what.lock();
    if ((now & ~std::uint32_t{EPOLLOUT}) != 0) e.seen_in = what->news_in;
    if ((now & EPOLLOUT) != 0) e.seen_out = what->news_out;
    into[count] = e.wanted;
    into[count++].events = now;
  }
  return count;
}

descriptors& descriptors::all() {
  static descriptors one;
  return one;
}

int descriptors::add(std::shared_ptr<device> what) {
  if (const auto* const here = machine::running(); here != nullptr) what->owner = here->whose();
  all_.emplace(next_, std::move(what));
  return next_++;
}

void descriptors::replace(int which, std::shared_ptr<device> what) {
  auto& place = all_[which];
  what->owner = place->owner;
  what->waits = place->waits;
  place = std::move(what);
}

std::shared_ptr<device> descriptors::find(int which) const {
  const auto found = all_.find(which);
  return found == all_.end() ? nullptr : found->second;
}

}  // namespace outmap::simulation
