// A child process under control: its input, its output, its end. POSIX.
#pragma once

#include <chrono>
#include <csignal>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::test {

/// What to start. `argv[0]` is looked up with find_program() unless it holds a slash.
struct command_line {
  std::vector<std::string> argv = {};
  std::map<std::string, std::string> environment = {};  ///< added to ours; replaces variables of the same name
  std::vector<std::string> without = {};                ///< variables of ours that the child shall not see
  std::string input = {};                               ///< whole standard input; then end of file
  bool keep_input_open = false;                         ///< true: no end of file before close_input()
  std::filesystem::path directory = {};                 ///< working directory; empty: ours
};

/// How it ended and what it said.
struct process_result {
  int exit_code = -1;      ///< -1 when a signal ended it
  int signal = 0;          ///< 0 when it ended by itself
  bool timed_out = false;  ///< it outlived the deadline and was killed
  std::string out;
  std::string err;

  [[nodiscard]] bool ok() const { return exit_code == 0 && signal == 0 && !timed_out; }
};

/// One line for a failed check: how it ended, then both outputs.
std::string describe(const process_result& r);

/// A running child in a process group of its own. What is left of the group is killed and reaped when the child ends,
/// and all of it when this object goes; if our process dies, the child gets SIGTERM. That promise holds for the life of
/// the *thread* that started it, so start it from a thread that outlives it. Output is read at all times: a child never
/// stalls on a full pipe. The members may be called from several threads.
class process {
 public:
  /// Throws std::system_error when there is no such program or it cannot be executed.
  explicit process(const command_line& what);
  ~process();
  process(process&&) noexcept;
  process& operator=(process&&) noexcept;

  [[nodiscard]] pid_t pid() const;
  [[nodiscard]] bool running() const;

  /// To the child alone, not its group. No effect once it ended.
  void send_signal(int number);
  void terminate() { send_signal(SIGTERM); }
  /// SIGKILL to the child and its group.
  void kill();

  /// Adds to its standard input; needs keep_input_open.
  void write(std::string_view text);
  void close_input();

  /// Waits for the end; at the deadline kills it. May be called again: the answer stays.
  process_result wait(std::chrono::milliseconds deadline = std::chrono::minutes(1));
  /// Waits until `text` stands in its standard output (or error). False when it ended or the deadline passed without.
  bool wait_for_output(std::string_view text, std::chrono::milliseconds deadline = std::chrono::seconds(30));
  bool wait_for_error(std::string_view text, std::chrono::milliseconds deadline = std::chrono::seconds(30));

  /// What came so far.
  [[nodiscard]] std::string out() const;
  [[nodiscard]] std::string err() const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Start, wait, answer.
process_result run(const command_line& what, std::chrono::milliseconds deadline = std::chrono::minutes(1));

/// Looks in PATH, then in the sbin folders that an ordinary user's PATH leaves out.
std::optional<std::filesystem::path> find_program(std::string_view name);

}  // namespace outmap::test
