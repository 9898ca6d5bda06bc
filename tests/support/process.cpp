#include "support/process.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <condition_variable>
#include <cstdlib>
#include <mutex>
#include <system_error>
#include <thread>
#include <utility>

#ifdef __linux__
#include <sys/prctl.h>
#endif

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX leaves it to the program

namespace outmap::test {
namespace {

namespace fs = std::filesystem;

[[noreturn]] void fail_with(int code, const std::string& what) {
  throw std::system_error(code, std::generic_category(), what);
}

class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int fd) : fd_(fd) {}
  descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~descriptor() { close(); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }
  [[nodiscard]] int get() const { return fd_; }

 private:
  int fd_ = -1;
};

struct pipe_ends {
  descriptor read;
  descriptor write;
};

pipe_ends make_pipe() {
  std::array<int, 2> fds{};
  if (::pipe2(fds.data(), O_CLOEXEC) != 0) fail_with(errno, "pipe");
  return {descriptor(fds[0]), descriptor(fds[1])};
}

void set_nonblocking(const descriptor& d) { ::fcntl(d.get(), F_SETFL, ::fcntl(d.get(), F_GETFL) | O_NONBLOCK); }

std::vector<std::string> merged_environment(const command_line& what) {
  std::vector<std::string> merged;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const std::string name(text.substr(0, text.find('=')));
    if (what.environment.contains(name)) continue;
    if (std::find(what.without.begin(), what.without.end(), name) != what.without.end()) continue;
    merged.emplace_back(text);
  }
  for (const auto& [name, value] : what.environment) merged.push_back(name + "=" + value);
  return merged;
}

std::vector<char*> pointers(std::vector<std::string>& strings) {
  std::vector<char*> out;
  out.reserve(strings.size() + 1);
  for (auto& s : strings) out.push_back(s.data());
  out.push_back(nullptr);
  return out;
}

// The first process of a container often reaps nobody, so every server that is killed would leave zombies there.
void adopt_orphans() {
#ifdef __linux__
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
#endif
}

struct child_plan {
  const char* program;
  char* const* argv;
  char* const* envp;
  const char* directory;
  int in, out, err, report;
  pid_t parent;
};

// Between fork and exec: async-signal-safe calls only, since other threads may hold any lock.
[[noreturn]] void become(const child_plan& plan) {
  ::setpgid(0, 0);
#ifdef __linux__
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != plan.parent) ::_exit(127);
#endif
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::signal(SIGPIPE, SIG_DFL);
  const bool ready = ::dup2(plan.in, STDIN_FILENO) >= 0 && ::dup2(plan.out, STDOUT_FILENO) >= 0 &&
                     ::dup2(plan.err, STDERR_FILENO) >= 0 && (*plan.directory == '\0' || ::chdir(plan.directory) == 0);
  if (ready) ::execve(plan.program, plan.argv, plan.envp);
  const int code = errno;
  [[maybe_unused]] const auto written = ::write(plan.report, &code, sizeof code);
  ::_exit(127);
}

}  // namespace

struct process::state {
  pid_t pid = -1;
  mutable std::mutex mutex;
  std::condition_variable changed;
  // Below: guarded by mutex.
  bool ended = false;    // the child is a zombie or reaped
  bool drained = false;  // and its output is complete
  bool reaped = false;
  int status = 0;
  std::string out, err;
  std::string pending_input;
  bool close_input = false;
  // Below: the pump's.
  descriptor in_end, out_end, err_end;
  pipe_ends wake;
  std::thread waiter, pump;

  void start(const command_line& what);
  void wait_for_end();
  void pump_all();
  bool write_some();
  bool read_some(descriptor& from, std::string& into);
  void poke() const {
    const char byte = 0;
    [[maybe_unused]] const auto written = ::write(wake.write.get(), &byte, 1);
  }
  void signal_group(int number) const {
    if (!reaped) ::kill(-pid, number);
  }
};

void process::state::start(const command_line& what) {
  if (what.argv.empty()) fail_with(EINVAL, "empty argv");
  std::string program = what.argv.front();
  if (program.find('/') == std::string::npos) {
    const auto found = find_program(program);
    if (!found) fail_with(ENOENT, program);
    program = found->string();
  }
  auto arguments = what.argv;
  auto variables = merged_environment(what);
  const auto argv = pointers(arguments);
  const auto envp = pointers(variables);
  const std::string directory = what.directory.string();

  auto in = make_pipe();
  auto out_pipe = make_pipe();
  auto err_pipe = make_pipe();
  auto report = make_pipe();
  wake = make_pipe();
  const child_plan plan{program.c_str(),      argv.data(),        envp.data(),
                        directory.c_str(),    in.read.get(),      out_pipe.write.get(),
                        err_pipe.write.get(), report.write.get(), ::getpid()};
  adopt_orphans();
  pid = ::fork();
  if (pid < 0) fail_with(errno, "fork");
  if (pid == 0) become(plan);
  ::setpgid(pid, pid);  // both sides do it, so that the group exists whoever comes first

  report.write.close();
  int code = 0;
  ssize_t got = 0;
  do got = ::read(report.read.get(), &code, sizeof code);
  while (got < 0 && errno == EINTR);
  if (got == sizeof code) {
    ::waitpid(pid, nullptr, 0);
    fail_with(code, program);
  }

  in_end = std::move(in.write);
  out_end = std::move(out_pipe.read);
  err_end = std::move(err_pipe.read);
  for (const auto* d : {&in_end, &out_end, &err_end, &wake.read, &wake.write}) set_nonblocking(*d);
  pending_input = what.input;
  close_input = !what.keep_input_open;
  in.read.close();
  out_pipe.write.close();
  err_pipe.write.close();
  pump = std::thread([this] { pump_all(); });
  waiter = std::thread([this] { wait_for_end(); });
}

void process::state::wait_for_end() {
  siginfo_t info{};
  while (::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT) != 0 && errno == EINTR) {
  }
  {
    // As long as the zombie stands, nobody else can own the number of its group.
    const std::lock_guard lock(mutex);
    signal_group(SIGKILL);
    while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    // What the child left behind is ours to reap (see adopt_orphans), and gone for certain after that.
    while (::waitpid(-pid, nullptr, 0) > 0 || errno == EINTR) {
    }
    reaped = true;
    ended = true;
  }
  poke();
}

bool process::state::read_some(descriptor& from, std::string& into) {
  std::array<char, 65536> buffer{};
  const auto got = ::read(from.get(), buffer.data(), buffer.size());
  if (got > 0) {
    const std::lock_guard lock(mutex);
    into.append(buffer.data(), static_cast<std::size_t>(got));
    changed.notify_all();
    return true;
  }
  if (got == 0 || (errno != EAGAIN && errno != EINTR)) from.close();
  return false;
}

// True while there is more to write.
bool process::state::write_some() {
  const std::lock_guard lock(mutex);
  if (in_end.get() < 0) return false;
  while (!pending_input.empty()) {
    const auto put = ::write(in_end.get(), pending_input.data(), pending_input.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      if (errno == EAGAIN) return true;
      pending_input.clear();
      in_end.close();
      return false;
    }
    pending_input.erase(0, static_cast<std::size_t>(put));
  }
  if (close_input) in_end.close();
  return false;
}

void process::state::pump_all() {
  // A child that does not read its input shall give us EPIPE, not a signal.
  sigset_t pipe_only;
  ::sigemptyset(&pipe_only);
  ::sigaddset(&pipe_only, SIGPIPE);
  ::pthread_sigmask(SIG_BLOCK, &pipe_only, nullptr);

  for (;;) {
    const bool more_to_write = write_some();
    std::array<pollfd, 4> set{{{wake.read.get(), POLLIN, 0},
                               {out_end.get(), POLLIN, 0},
                               {err_end.get(), POLLIN, 0},
                               {more_to_write ? in_end.get() : -1, POLLOUT, 0}}};
    if (::poll(set.data(), set.size(), -1) < 0 && errno != EINTR) break;
    if (set[0].revents != 0) {
      std::array<char, 64> ignored{};
      while (::read(wake.read.get(), ignored.data(), ignored.size()) > 0) {
      }
    }
    if (set[1].revents != 0) read_some(out_end, out);
    if (set[2].revents != 0) read_some(err_end, err);
    const std::lock_guard lock(mutex);
    if (ended) break;
  }
  // What stands in the pipes was written before the end. A grandchild that left the group may hold them open for
  // ever, so take what is there and do not wait for end of file.
  while (out_end.get() >= 0 && read_some(out_end, out)) {
  }
  while (err_end.get() >= 0 && read_some(err_end, err)) {
  }
  const std::lock_guard lock(mutex);
  in_end.close();
  drained = true;
  changed.notify_all();
}

process::process(const command_line& what) : state_(std::make_unique<state>()) { state_->start(what); }
process::process(process&&) noexcept = default;

process& process::operator=(process&& other) noexcept {
  process old(std::move(*this));
  state_ = std::move(other.state_);
  return *this;
}

process::~process() {
  if (!state_) return;
  kill();
  state_->waiter.join();
  state_->pump.join();
}

pid_t process::pid() const { return state_->pid; }

bool process::running() const {
  const std::lock_guard lock(state_->mutex);
  return !state_->ended;
}

void process::send_signal(int number) {
  const std::lock_guard lock(state_->mutex);
  if (!state_->reaped) ::kill(state_->pid, number);
}

void process::kill() {
  const std::lock_guard lock(state_->mutex);
  state_->signal_group(SIGKILL);
}

void process::write(std::string_view text) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->pending_input += text;
  }
  state_->poke();
}

void process::close_input() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->close_input = true;
  }
  state_->poke();
}

process_result process::wait(std::chrono::milliseconds deadline) {
  process_result r;
  std::unique_lock lock(state_->mutex);
  const auto done = [this] { return state_->drained; };
  if (!state_->changed.wait_for(lock, deadline, done)) {
    r.timed_out = true;
    state_->signal_group(SIGKILL);
    state_->changed.wait(lock, done);
  }
  if (WIFEXITED(state_->status)) r.exit_code = WEXITSTATUS(state_->status);
  if (WIFSIGNALED(state_->status)) r.signal = WTERMSIG(state_->status);
  r.out = state_->out;
  r.err = state_->err;
  return r;
}

bool process::wait_for_output(std::string_view text, std::chrono::milliseconds deadline) {
  std::unique_lock lock(state_->mutex);
  const auto there = [&] { return state_->out.find(text) != std::string::npos; };
  state_->changed.wait_for(lock, deadline, [&] { return there() || state_->drained; });
  return there();
}

bool process::wait_for_error(std::string_view text, std::chrono::milliseconds deadline) {
  std::unique_lock lock(state_->mutex);
  const auto there = [&] { return state_->err.find(text) != std::string::npos; };
  state_->changed.wait_for(lock, deadline, [&] { return there() || state_->drained; });
  return there();
}

std::string process::out() const {
  const std::lock_guard lock(state_->mutex);
  return state_->out;
}

std::string process::err() const {
  const std::lock_guard lock(state_->mutex);
  return state_->err;
}

process_result run(const command_line& what, std::chrono::milliseconds deadline) {
  return process(what).wait(deadline);
}

std::string describe(const process_result& r) {
  std::string text = r.timed_out     ? "killed at the deadline"
                     : r.signal != 0 ? "ended by signal " + std::to_string(r.signal)
                                     : "exit code " + std::to_string(r.exit_code);
  return text + "\n--- standard output\n" + r.out + "\n--- standard error\n" + r.err;
}

std::optional<fs::path> find_program(std::string_view name) {
  const char* path = std::getenv("PATH");  // NOLINT(concurrency-mt-unsafe): tests do not change their environment
  std::string folders = path == nullptr ? "/usr/bin:/bin" : path;
  folders += ":/usr/local/sbin:/usr/sbin:/sbin";
  for (std::size_t begin = 0; begin <= folders.size();) {
    const auto end = std::min(folders.find(':', begin), folders.size());
    if (end > begin) {
      const fs::path candidate = fs::path(folders.substr(begin, end - begin)) / name;
      std::error_code ignored;
      if (fs::is_regular_file(candidate, ignored) && ::access(candidate.c_str(), X_OK) == 0) return candidate;
    }
    begin = end + 1;
  }
  return std::nullopt;
}

}  // namespace outmap::test
