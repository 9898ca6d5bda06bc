// What a descriptor of the machine stands for.
#pragma once

#include <poll.h>
#include <sys/epoll.h>
#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <vector>

#include "simulation/machine.hpp"

namespace outmap::simulation {

class device : public std::enable_shared_from_this<device> {
 public:
  virtual ~device() = default;
  /// The bits of poll().
  [[nodiscard]] virtual short state() const = 0;
  /// As the calls of those names, without waiting.
  virtual ssize_t read(void* into, std::size_t size);
  virtual ssize_t write(const void* octets, std::size_t size);

  bool waits = true;  ///< not O_NONBLOCK
  party owner = party::client;
  /// Grow with what a waiting epoll is to hear of anew.
  std::uint64_t news_in = 1;
  std::uint64_t news_out = 1;
};

/// eventfd().
class event_counter final : public device {
 public:
  [[nodiscard]] short state() const override { return static_cast<short>(POLLOUT | (count_ > 0 ? POLLIN : 0)); }
  ssize_t read(void* into, std::size_t size) override;
  ssize_t write(const void* octets, std::size_t size) override;

 private:
  std::uint64_t count_ = 0;
};

/// One end of pipe().
class pipe_end final : public device {
 public:
  explicit pipe_end(std::shared_ptr<std::size_t> held) : held_(std::move(held)) {}
  [[nodiscard]] short state() const override { return static_cast<short>(POLLOUT | (*held_ > 0 ? POLLIN : 0)); }
  ssize_t read(void* into, std::size_t size) override;
  ssize_t write(const void* octets, std::size_t size) override;

 private:
  std::shared_ptr<std::size_t> held_;  // octets, all alike
};

/// epoll_create().
class watch_list final : public device {
 public:
  [[nodiscard]] short state() const override { return 0; }
  int control(int how, int which, const std::shared_ptr<device>& what, const epoll_event* event);
  [[nodiscard]] bool any() const;
  int take(epoll_event* into, int most);

 private:
  struct entry {
    std::weak_ptr<device> what;
    epoll_event wanted{};
    std::uint64_t seen_in = 0;
    std::uint64_t seen_out = 0;
  };
  [[nodiscard]] static std::uint32_t ready(const entry& e);

  std::map<int, entry> entries_;
};

/// The descriptors of the machine: numbers that no real file has.
class descriptors {
 public:
  static constexpr int first = 1 << 20;

  static descriptors& all();
  int add(std::shared_ptr<device> what);
  [[nodiscard]] std::shared_ptr<device> find(int which) const;
  template <class T>
  [[nodiscard]] std::shared_ptr<T> find_as(int which) const {
    return std::dynamic_pointer_cast<T>(find(which));
  }
  void replace(int which, std::shared_ptr<device> what);
  bool close(int which) { return all_.erase(which) != 0; }
  [[nodiscard]] bool empty() const { return all_.empty(); }
  /// For a new machine.
  void begin_anew() { next_ = first; }

 private:
  std::map<int, std::shared_ptr<device>> all_;
  int next_ = first;
};

}  // namespace outmap::simulation
