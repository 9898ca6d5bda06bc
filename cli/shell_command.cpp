#include "cli/shell_command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>
#include <thread>
#include <utility>

#include "cli/redactor.hpp"

namespace outmap::cli {
namespace {

using steady = std::chrono::steady_clock;

class pipe_pair {
 public:
  pipe_pair() {
    if (::pipe2(ends_.data(), O_CLOEXEC) != 0) ends_ = {-1, -1};
  }
  pipe_pair(const pipe_pair&) = delete;
  pipe_pair& operator=(const pipe_pair&) = delete;
  ~pipe_pair() {
    close_read();
    close_write();
  }
  [[nodiscard]] bool good() const { return ends_[0] >= 0; }
  [[nodiscard]] int read_end() const { return ends_[0]; }
  [[nodiscard]] int write_end() const { return ends_[1]; }
  void close_read() { close(ends_[0]); }
  void close_write() { close(ends_[1]); }

 private:
  static void close(int& fd) {
    if (fd >= 0) ::close(std::exchange(fd, -1));
  }
  std::array<int, 2> ends_{-1, -1};
};

// Octets of one stream, in one allocation that is never moved: nothing stays behind in freed memory.
class bounded_buffer {
 public:
  explicit bounded_buffer(std::size_t most) : most_(most) { octets_.reserve(most); }
  bounded_buffer(const bounded_buffer&) = delete;
  bounded_buffer& operator=(const bounded_buffer&) = delete;
  ~bounded_buffer() { wipe(octets_); }

  // False at the end of the stream. What is beyond the bound is read and dropped.
  bool take_from(int fd) {
    std::array<char, 4096> piece{};
    const auto got = ::read(fd, piece.data(), piece.size());
    if (got > 0) {
      const auto room = std::min(static_cast<std::size_t>(got), most_ - octets_.size());
      octets_.append(piece.data(), room);
      overflow_ = overflow_ || room < static_cast<std::size_t>(got);
    }
    ::explicit_bzero(piece.data(), piece.size());
    return got > 0 || (got < 0 && (errno == EINTR || errno == EAGAIN));
  }
  [[nodiscard]] std::string_view octets() const { return octets_; }
  [[nodiscard]] bool overflow() const { return overflow_; }

 private:
  std::string octets_;
  std::size_t most_;
  bool overflow_ = false;
};

enum class ending { by_itself, interrupted, out_of_patience };

class child {
 public:
  child(const std::string& command, const shell_limits& limits) : out_(limits.output), err_(limits.errors) {
    if (!out_pipe_.good() || !err_pipe_.good() || !ended_pipe_.good()) return;
    const char* const text = command.c_str();
    pid_ = ::fork();
    if (pid_ == 0) become(text);
    if (pid_ < 0) return;
    out_pipe_.close_write();
    err_pipe_.close_write();
    // A grandchild may keep the pipes open for ever, so the end of the child is waited for, not the end of its output.
    waiter_ = std::thread([this] {
      siginfo_t facts;
      while (::waitid(P_PID, static_cast<id_t>(pid_), &facts, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
      }
      [[maybe_unused]] const auto written = ::write(ended_pipe_.write_end(), "!", 1);
    });
  }
  child(const child&) = delete;
  child& operator=(const child&) = delete;
  ~child() {
    if (pid_ > 0 && !reaped_) {
      ::kill(pid_, SIGKILL);
      reap();
    }
  }

  [[nodiscard]] bool started() const { return pid_ > 0; }
  ending pump(const interruption& stop, std::chrono::milliseconds patience);
  int reap() {
    waiter_.join();
    int status = 0;
    ::waitpid(pid_, &status, 0);
    reaped_ = true;
    return status;
  }
  [[nodiscard]] const bounded_buffer& out() const { return out_; }
  [[nodiscard]] const bounded_buffer& err() const { return err_; }

 private:
  // Between fork and exec: async-signal-safe calls only.
  [[noreturn]] void become(const char* command) const {
    restore_signals();
    ::dup2(out_pipe_.write_end(), STDOUT_FILENO);
    ::dup2(err_pipe_.write_end(), STDERR_FILENO);
    ::execl("/bin/sh", "sh", "-c", command, static_cast<char*>(nullptr));
    ::_exit(127);
  }
  void drain();

  pipe_pair out_pipe_, err_pipe_, ended_pipe_;
  bounded_buffer out_, err_;
  pid_t pid_ = -1;
  bool reaped_ = false;
  std::thread waiter_;
};

// What the ended child left in its pipes.
void child::drain() {
  for (auto [fd, into] : {std::pair(out_pipe_.read_end(), &out_), std::pair(err_pipe_.read_end(), &err_)}) {
    ::fcntl(fd, F_SETFL, O_NONBLOCK);
    pollfd ready{fd, POLLIN, 0};
    while (::poll(&ready, 1, 0) == 1 && (ready.revents & POLLIN) != 0 && into->take_from(fd)) {
    }
  }
}

ending child::pump(const interruption& stop, std::chrono::milliseconds patience) {
  const auto until = steady::now() + patience;
  std::array<pollfd, 4> watched = {pollfd{out_pipe_.read_end(), POLLIN, 0}, pollfd{err_pipe_.read_end(), POLLIN, 0},
                                   pollfd{ended_pipe_.read_end(), POLLIN, 0}, pollfd{stop.descriptor(), POLLIN, 0}};
  for (;;) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - steady::now());
    if (left.count() <= 0) return ending::out_of_patience;
    if (::poll(watched.data(), watched.size(), static_cast<int>(left.count())) < 0) continue;
    if (watched[3].revents != 0) return ending::interrupted;
    // poll() passes over a negative descriptor.
    if (watched[0].revents != 0 && !out_.take_from(watched[0].fd)) watched[0].fd = -1;
    if (watched[1].revents != 0 && !err_.take_from(watched[1].fd)) watched[1].fd = -1;
    if (watched[2].revents != 0) {
      drain();
      return ending::by_itself;
    }
  }
}

std::string_view first_line(const bounded_buffer& out) { return out.octets().substr(0, out.octets().find('\n')); }

// A shell that shows what it does (set -x) repeats the password.
std::string said(const child& c) {
  auto text = c.err().octets();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  if (text.empty()) return {};
  redactor hidden;
  hidden.hide({}, secret(first_line(c.out())));
  return "; it said: " + hidden.clean(text);
}

}  // namespace

result<secret> first_line_of(const std::string& command, const interruption& stop, const shell_limits& limits) {
  child c(command, limits);
  if (!c.started())
    return fail(errc::internal, "the password command cannot be started: " + std::generic_category().message(errno));
  switch (c.pump(stop, limits.patience)) {
    case ending::interrupted: return fail(errc::cancelled, "while the password command ran");
    case ending::out_of_patience: return fail(errc::credentials_missing, "the password command did not end" + said(c));
    case ending::by_itself: break;
  }
  const int status = c.reap();
  if (WIFSIGNALED(status)) {
    return fail(errc::credentials_missing,
                "signal " + std::to_string(WTERMSIG(status)) + " ended the password command" + said(c));
  }
  if (WEXITSTATUS(status) != 0) {
    return fail(errc::credentials_missing,
                "the password command ended with exit code " + std::to_string(WEXITSTATUS(status)) + said(c));
  }
  const auto line = first_line(c.out());
  if (line.size() == c.out().octets().size() && c.out().overflow()) {
    return fail(errc::credentials_missing,
                "the first line of the password command is over " + std::to_string(limits.output) + " octets");
  }
  return secret(line);
}

}  // namespace outmap::cli
