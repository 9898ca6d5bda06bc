// A thread of the machine: a stack of its own, and what a thread has besides.
#pragma once

#include <ucontext.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>

#include "simulation/machine.hpp"

namespace outmap::simulation {

/// What the C++ runtime and Asio keep for each thread; the contexts of one thread must not see each other's.
struct thread_state {
  std::array<std::byte, 16> exceptions{};  // __cxa_eh_globals
  void* loops = nullptr;                   // Asio's run() calls in progress
  int error = 0;                           // errno

  static thread_state taken();
  void put_back() const;
};

struct context {
  context() = default;  ///< of the stack that is there already
  explicit context(std::function<void()> what);
  ~context();
  context(const context&) = delete;
  context& operator=(const context&) = delete;

  /// Comes back when somebody goes on with this one; `ends`: never.
  void leave_for(context& next, bool ends);
  /// First thing on a new stack.
  void arrived();

  std::uint64_t number = 0;
  party whose = party::client;
  std::function<void()> work;
  const std::function<bool()>* ready = nullptr;  // nothing: can go on
  std::optional<instant> until;
  bool waits = false;
  bool done = false;

 private:
  ucontext_t registers_{};
  void* memory_ = nullptr;
  const void* stack_ = nullptr;
  std::size_t stack_size_ = 0;
  void* fake_stack_ = nullptr;  // of the address sanitizer
  thread_state state_;
};

/// On the new stack.
void enter_context();

}  // namespace outmap::simulation
