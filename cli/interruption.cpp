#include "cli/interruption.hpp"

#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "cli/exit_code.hpp"
#include "cli/standard_streams.hpp"

namespace outmap::cli {

interruption::interruption() {
  ::sigemptyset(&signals_);
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) {
    struct sigaction now {};
    if (::sigaction(number, nullptr, &now) == 0 && now.sa_handler != SIG_IGN) ::sigaddset(&signals_, number);
  }
  // Always: the destructor needs one signal that ends the wait.
  ::sigaddset(&signals_, first_signal_);
  ::pthread_sigmask(SIG_BLOCK, &signals_, nullptr);
  if (::pipe2(pipe_, O_CLOEXEC | O_NONBLOCK) != 0) throw std::system_error(errno, std::generic_category(), "pipe");
  listener_ = std::thread([this] { listen(); });
}

interruption::~interruption() {
  ending_ = true;
  ::pthread_kill(listener_.native_handle(), first_signal_);
  listener_.join();
  ::close(pipe_[0]);
  ::close(pipe_[1]);
}

void interruption::listen() {
  for (;;) {
    int number = 0;
    if (::sigwait(&signals_, &number) != 0) continue;
    if (ending_) return;
    if (requested_) ::_exit(static_cast<int>(exit_code::interrupted));
    request();
  }
}

void interruption::request() {
  const std::lock_guard lock(mutex_);
  requested_ = true;
  [[maybe_unused]] const auto written = ::write(pipe_[1], "!", 1);
  for (const auto& action : actions_) action();
}

interruption::hook::hook(interruption& of, std::function<void()> action) : of_(of) {
  const std::lock_guard lock(of_.mutex_);
  at_ = of_.actions_.insert(of_.actions_.end(), std::move(action));
  if (of_.requested_) (*at_)();
}

interruption::hook::~hook() {
  const std::lock_guard lock(of_.mutex_);
  of_.actions_.erase(at_);
}

void restore_signals() noexcept {
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  restore_stream_signals();
}

}  // namespace outmap::cli
