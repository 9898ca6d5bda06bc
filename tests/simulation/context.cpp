#include "simulation/context.hpp"

#include <cxxabi.h>
#include <sys/mman.h>

#include <asio/detail/call_stack.hpp>
#include <asio/detail/thread_context.hpp>
#include <asio/detail/thread_info_base.hpp>

#include <cerrno>
#include <cstring>
#include <new>
#include <utility>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

namespace outmap::simulation {
namespace {

using asio_calls = asio::detail::call_stack<asio::detail::thread_context, asio::detail::thread_info_base>;
using asio_top = asio::detail::tss_ptr<asio_calls::context>;

asio_top& top_of_asio();

// An explicit instantiation may name what is private: Asio has no other way to it.
template <asio_top* Which>
struct opened {
  friend asio_top& top_of_asio() { return *Which; }
};
template struct opened<&asio_calls::top_>;

#ifdef __SANITIZE_ADDRESS__
constexpr std::size_t stack_size = std::size_t{4} << 20;
#else
constexpr std::size_t stack_size = std::size_t{1} << 20;
#endif
constexpr std::size_t guard_size = 4096;

// Stacks are used again: mapping them costs more than the work of many threads.
std::vector<void*>& idle_stacks() {
  static std::vector<void*> all;
  return all;
}

void* take_stack() {
  auto& idle = idle_stacks();
  if (!idle.empty()) {
    void* const one = idle.back();
    idle.pop_back();
    return one;
  }
  void* const fresh = ::mmap(nullptr, stack_size + guard_size, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (fresh == MAP_FAILED) throw std::bad_alloc();
  ::mprotect(fresh, guard_size, PROT_NONE);
  return fresh;
}

}  // namespace

thread_state thread_state::taken() {
  thread_state out;
  std::memcpy(out.exceptions.data(), static_cast<void*>(abi::__cxa_get_globals()), out.exceptions.size());
  out.loops = static_cast<asio_calls::context*>(top_of_asio());
  out.error = errno;
  return out;
}

void thread_state::put_back() const {
  std::memcpy(static_cast<void*>(abi::__cxa_get_globals()), exceptions.data(), exceptions.size());
  top_of_asio() = static_cast<asio_calls::context*>(loops);
  errno = error;
}

context::context(std::function<void()> what) : work(std::move(what)), memory_(take_stack()) {
  stack_ = static_cast<char*>(memory_) + guard_size;
  stack_size_ = stack_size;
  ::getcontext(&registers_);
  registers_.uc_stack.ss_sp = static_cast<char*>(memory_) + guard_size;
  registers_.uc_stack.ss_size = stack_size;
  registers_.uc_link = nullptr;
  ::makecontext(&registers_, &enter_context, 0);
}

context::~context() {
  if (memory_ == nullptr) return;
#ifdef __SANITIZE_ADDRESS__
  __asan_unpoison_memory_region(stack_, stack_size_);
#endif
  idle_stacks().push_back(memory_);
}

namespace {

#ifdef __SANITIZE_ADDRESS__
// Where the stack of the test's own thread is shows when it is left for the first time.
const void** left_stack = nullptr;
std::size_t* left_size = nullptr;
#endif

}  // namespace

void context::leave_for(context& next, [[maybe_unused]] bool ends) {
  state_ = thread_state::taken();
#ifdef __SANITIZE_ADDRESS__
  left_stack = memory_ == nullptr ? &stack_ : nullptr;
  left_size = memory_ == nullptr ? &stack_size_ : nullptr;
  __sanitizer_start_switch_fiber(ends ? nullptr : &fake_stack_, next.stack_, next.stack_size_);
#endif
  ::swapcontext(&registers_, &next.registers_);
  arrived();
}

void context::arrived() {
#ifdef __SANITIZE_ADDRESS__
  __sanitizer_finish_switch_fiber(fake_stack_, left_stack, left_size);
#endif
  state_.put_back();
}

}  // namespace outmap::simulation
