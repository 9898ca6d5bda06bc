#include "simulation/apart.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <vector>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/lsan_interface.h>
#endif

namespace outmap::simulation {
namespace {

std::string packed(std::uint64_t seed, const outcome& how) {
  std::ostringstream out;
  out << seed << ' ' << how.digest << ' ' << how.events << ' ' << how.changes << ' ' << how.broken << ' ' << how.deaths
      << ' ' << how.power_cuts << ' ' << how.seconds << ' ';
  std::string failure = how.failure;
  std::replace(failure.begin(), failure.end(), '\n', ' ');
  return out.str() + failure + '\n';
}

// What a process does for the first time (SQLite, OpenSSL, the C++ runtime) takes other locks than what it does again,
// and locks are where threads take turns: every counted history finds a process that has played before.
void warm_up() {
  static const bool done = [] {
    auto plan = history_plan::of(0);
    static_cast<void>(play(plan));
    return true;
  }();
  static_cast<void>(done);
}

std::uint64_t unpack(const std::string& line, outcome& into) {
  std::istringstream in(line);
  std::uint64_t seed = 0;
  in >> seed >> into.digest >> into.events >> into.changes >> into.broken >> into.deaths >> into.power_cuts >>
      into.seconds;
  in.ignore();
  std::getline(in, into.failure);
  return seed;
}

/// A process that plays histories and tells of each by a line.
class player {
 public:
  explicit player(const std::function<void(const std::function<void(std::uint64_t, const outcome&)>&)>& work) {
    std::array<int, 2> ends{};
    if (::pipe(ends.data()) != 0) throw std::runtime_error("pipe");
    std::fflush(nullptr);
    child_ = ::fork();
    if (child_ < 0) throw std::runtime_error("fork");
    if (child_ == 0) {
      ::close(ends[0]);
      // The test's own handlers would speak for the parent.
      for (const int fatal : {SIGABRT, SIGSEGV, SIGFPE, SIGILL, SIGTERM, SIGINT}) ::signal(fatal, SIG_DFL);
      work([&](std::uint64_t seed, const outcome& how) {
        const auto line = packed(seed, how);
        for (std::size_t at = 0; at < line.size();) {
          const auto done = ::write(ends[1], line.data() + at, line.size() - at);
          if (done <= 0) ::_exit(1);
          at += static_cast<std::size_t>(done);
        }
      });
#ifdef __SANITIZE_ADDRESS__
      if (__lsan_do_recoverable_leak_check() != 0) ::_exit(23);
#endif
      ::_exit(0);
    }
    ::close(ends[1]);
    from_ = ends[0];
  }
  ~player() {
    ::close(from_);
    if (!ended_) finish();
  }
  player(const player&) = delete;
  player& operator=(const player&) = delete;

  /// The next line; nothing: it has ended.
  std::optional<std::string> next() {
    for (;;) {
      const auto end = read_.find('\n');
      if (end != std::string::npos) {
        auto line = read_.substr(0, end);
        read_.erase(0, end + 1);
        return line;
      }
      std::array<char, 4096> piece{};
      const auto got = ::read(from_, piece.data(), piece.size());
      if (got <= 0) return std::nullopt;
      read_.append(piece.data(), static_cast<std::size_t>(got));
    }
  }
  /// How it ended; empty: well.
  std::string finish() {
    ended_ = true;
    int status = 0;
    if (::waitpid(child_, &status, 0) != child_) return "waitpid";
    if (WIFSIGNALED(status)) return std::string("the program died: ") + ::strsignal(WTERMSIG(status));
    const int code = WEXITSTATUS(status);
    if (code == hung) return "it hangs; what waits stands on standard error";
    return code == 0 ? "" : "the program ended with " + std::to_string(code);
  }

 private:
  pid_t child_ = -1;
  int from_ = -1;
  bool ended_ = false;
  std::string read_;
};

}  // namespace

outcome play_apart(const history_plan& plan, const std::string& trace_file) {
  warm_up();
  player one([&](const auto& tell) { tell(plan.seed, play(plan, trace_file)); });
  outcome out;
  const auto line = one.next();
  if (line) unpack(*line, out);
  if (const auto end = one.finish(); !end.empty()) out.failure = end + ' ' + out.failure;
  return out;
}

void play_all(std::uint64_t first, std::uint64_t count,
              const std::function<void(std::uint64_t seed, const outcome& how)>& tell) {
  // A process for so many: what leaks or is left behind shows soon.
  constexpr std::uint64_t together = 100;
  warm_up();
  const auto last = first + count;
  for (auto seed = first; seed < last;) {
    const auto end = std::min(seed + together, last);
    player some([&](const auto& told) {
      for (auto s = seed; s < end; ++s) told(s, play(history_plan::of(s)));
    });
    for (auto line = some.next(); line; line = some.next()) {
      outcome how;
      unpack(*line, how);
      tell(seed++, how);
    }
    const auto ended = some.finish();
    if (ended.empty()) continue;
    outcome how;
    how.failure = ended;
    tell(std::min(seed, end - 1), how);
    ++seed;
  }
}

history_plan shrink(history_plan failing, unsigned tries) {
  const auto fails = [&](const history_plan& plan) { return tries-- > 0 && !play_apart(plan).failure.empty(); };
  // In ever smaller pieces: first whole steps, then what disturbs those that are left.
  for (const auto part : {&step_plan::kept, &step_plan::disturbed}) {
    for (auto size = failing.steps.size(); size > 0; size /= 2) {
      for (std::size_t at = 0; at < failing.steps.size() && tries > 0; at += size) {
        auto less = failing;
        const auto end = std::min(at + size, less.steps.size());
        bool changed = false;
        for (auto i = at; i < end; ++i) {
          changed = changed || (less.steps[i].kept && less.steps[i].*part);
          less.steps[i].*part = false;
        }
        if (changed && fails(less)) failing = less;
      }
    }
  }
  return failing;
}

}  // namespace outmap::simulation
