// SIGINT, SIGTERM and SIGHUP as a request to stop.
#pragma once

#include <atomic>
#include <csignal>
#include <functional>
#include <list>
#include <mutex>
#include <thread>

namespace outmap::cli {

/// Made once, in main, before any other thread: it blocks the signals for all threads and takes them on a thread of
/// its own, so that what follows a signal is ordinary code. Signals that are ignored when it is made stay ignored
/// (nohup). The first signal runs the hooks; the second ends the process at once with exit code 130.
class interruption {
 public:
  interruption();
  ~interruption();
  interruption(const interruption&) = delete;
  interruption& operator=(const interruption&) = delete;

  [[nodiscard]] bool requested() const noexcept { return requested_.load(); }
  /// Becomes readable at the first signal and stays so: for poll() beside a descriptor that may block.
  [[nodiscard]] int descriptor() const noexcept { return pipe_[0]; }
  [[nodiscard]] const std::atomic<bool>& flag() const noexcept { return requested_; }

  /// While it lives, `action` is called once, on the thread of the signals, at the first signal, or in the constructor
  /// if that was before. After the destructor the action is neither running nor will it be called.
  class hook {
   public:
    hook(interruption& of, std::function<void()> action);
    ~hook();
    hook(const hook&) = delete;
    hook& operator=(const hook&) = delete;

   private:
    interruption& of_;
    std::list<std::function<void()>>::iterator at_;
  };

 private:
  void listen();
  void request();

  std::atomic<bool> requested_{false};
  std::atomic<bool> ending_{false};
  int pipe_[2] = {-1, -1};
  sigset_t signals_{};
  int first_signal_ = SIGTERM;
  std::mutex mutex_;
  std::list<std::function<void()>> actions_;
  std::thread listener_;
};

/// For a child between fork and exec: undoes what interruption and prepare_standard_streams() did to the signals.
/// Async-signal-safe.
void restore_signals() noexcept;

}  // namespace outmap::cli
