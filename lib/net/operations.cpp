#include "net/operations.hpp"

#include <asio/bind_allocator.hpp>
#include <asio/post.hpp>
#include <asio/redirect_error.hpp>
#include <asio/use_awaitable.hpp>

#include <array>
#include <new>
#include <vector>

namespace outmap::net {
namespace {

/// Of one operation: Asio gives it back before it resumes, or destroys, the coroutine that this is a variable of.
class operation_memory {
 public:
  template <class T>
  class allocator {
   public:
    using value_type = T;

    explicit allocator(operation_memory& from) : from_(&from) {}
    template <class Other>
    allocator(const allocator<Other>& other) : from_(other.from_) {}

    T* allocate(std::size_t count) { return static_cast<T*>(from_->take(count * sizeof(T))); }
    void deallocate(T* what, std::size_t) { from_->give_back(what); }
    template <class Other>
    bool operator==(const allocator<Other>& other) const {
      return from_ == other.from_;
    }

   private:
    template <class>
    friend class allocator;
    operation_memory* from_;
  };

  auto token() { return asio::bind_allocator(allocator<void>(*this), asio::use_awaitable); }
  auto token(std::error_code& problem) {
    return asio::bind_allocator(allocator<void>(*this), asio::redirect_error(asio::use_awaitable, problem));
  }

 private:
  // One that does not fit is a newer Asio's: it gets its memory as Asio would.
  void* take(std::size_t size) {
    if (taken_ || size > room_.size()) return ::operator new(size);
    taken_ = true;
    return room_.data();
  }
  void give_back(void* what) {
    if (what != room_.data()) return ::operator delete(what);
    taken_ = false;
  }

  static constexpr std::size_t size = 384;
  alignas(std::max_align_t) std::array<std::byte, size> room_;
  bool taken_ = false;
};

}  // namespace

asio::awaitable<void> wait(asio::steady_timer& timer) {
  operation_memory memory;
  std::error_code ignored;
  co_await timer.async_wait(memory.token(ignored));
}

asio::awaitable<std::size_t> receive_some(asio::ip::tcp::socket& from, asio::mutable_buffer into,
                                          std::error_code& problem) {
  operation_memory memory;
  co_return co_await from.async_read_some(into, memory.token(problem));
}

asio::awaitable<std::size_t> send_some(asio::ip::tcp::socket& to, asio::const_buffer octets, std::error_code& problem) {
  operation_memory memory;
  co_return co_await to.async_write_some(octets, memory.token(problem));
}

asio::awaitable<void> send(asio::ip::tcp::socket& to, asio::const_buffer octets, std::error_code& problem) {
  while (octets.size() != 0) {
    octets += co_await send_some(to, octets, problem);
    if (problem) co_return;
  }
}

asio::awaitable<asio::ip::tcp::endpoint> connect(asio::ip::tcp::socket& with,
                                                 const asio::ip::tcp::resolver::results_type& to,
                                                 std::error_code& problem) {
  operation_memory memory;
  problem = asio::error::host_not_found;
  for (const auto& entry : to) {
    const auto there = entry.endpoint();
    std::error_code ignored;
    with.close(ignored);
    with.open(there.protocol(), problem);
    if (problem) continue;
    co_await with.async_connect(there, memory.token(problem));
    if (!problem) co_return there;
    // Closed meanwhile: that was meant for all of them.
    if (with.is_open()) continue;
    problem = asio::error::operation_aborted;
    break;
  }
  co_return asio::ip::tcp::endpoint();
}

asio::awaitable<void> take_turn(asio::io_context& on) {
  operation_memory memory;
  co_await asio::post(on, memory.token());
}

void reserve_timers(asio::io_context& on, std::size_t most) {
  std::vector<asio::steady_timer> timers;
  timers.reserve(most);
  for (std::size_t i = 0; i < most; ++i) {
    timers.emplace_back(on, asio::steady_timer::time_point::max());
    timers.back().async_wait([](const std::error_code&) {});
  }
  timers.clear();
  on.poll();
  on.restart();
}

}  // namespace outmap::net
