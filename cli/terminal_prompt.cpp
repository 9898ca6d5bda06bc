#include "cli/terminal_prompt.hpp"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <string>

namespace outmap::cli {
namespace {

constexpr std::size_t longest_password = 4096;

class silent_terminal {
 public:
  silent_terminal() : fd_(::open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY)) {
    if (fd_ < 0 || ::tcgetattr(fd_, &before_) != 0) return;
    termios silent = before_;
    silent.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    good_ = ::tcsetattr(fd_, TCSAFLUSH, &silent) == 0;
  }
  silent_terminal(const silent_terminal&) = delete;
  silent_terminal& operator=(const silent_terminal&) = delete;
  ~silent_terminal() {
    if (good_) {
      ::tcsetattr(fd_, TCSAFLUSH, &before_);
      write("\n");
    }
    if (fd_ >= 0) ::close(fd_);
  }
  void write(std::string_view text) const {
    [[maybe_unused]] const auto written = ::write(fd_, text.data(), text.size());
  }
  [[nodiscard]] bool good() const { return good_; }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_;
  bool good_ = false;
  termios before_{};
};

}  // namespace

bool can_prompt() noexcept { return ::isatty(STDIN_FILENO) == 1; }

result<secret> prompt_for_secret(std::string_view question, const interruption& stop) {
  const silent_terminal terminal;
  if (!terminal.good()) return fail(errc::credentials_missing, "the terminal cannot be asked for the password");
  terminal.write(question);
  std::array<pollfd, 2> watched = {pollfd{terminal.get(), POLLIN, 0}, pollfd{stop.descriptor(), POLLIN, 0}};
  std::array<char, longest_password> line{};
  for (;;) {
    if (::poll(watched.data(), watched.size(), -1) < 0) continue;
    if (watched[1].revents != 0) return fail(errc::cancelled, "while asking for the password");
    // The terminal is in canonical mode: one read gives one line.
    const auto got = ::read(terminal.get(), line.data(), line.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(errc::credentials_missing, "no password was given");
    std::string_view text(line.data(), static_cast<std::size_t>(got));
    secret out(text.substr(0, text.find('\n')));
    ::explicit_bzero(line.data(), line.size());
    return out;
  }
}

}  // namespace outmap::cli
