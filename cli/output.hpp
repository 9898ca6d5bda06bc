// What the program says: text for people or NDJSON for programs on standard output, remarks on standard error.
#pragma once

#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "outmap/error.hpp"

namespace outmap::cli {

/// Keeps the order in which fields were added.
using json = nlohmann::ordered_json;

struct output_style {
  bool json = false;
  bool quiet = false;
  int verbosity = 0;
};

/// One line without a line end; invalid UTF-8 is replaced. With `ascii` nothing outside printable ASCII stands in it,
/// so that a terminal may see it.
std::string json_line(const json& value, bool ascii);

/// What happened, for a person, on one line: an error's text without the kind where the detail says it all.
std::string sentence(const error& what);

/// {"code", "message", "advice", "scope"} and "server_text" if there is any.
json json_of(const error& what, std::string_view advice);

/// Belongs to one thread. Text must be printable() already, save where raw octets are asked for. Standard output is
/// buffered up to flush() unless it is a terminal; a reader that went away (EPIPE) ends the output quietly.
class output {
 public:
  explicit output(output_style style, int out = 1, int err = 2);
  ~output();
  output(const output&) = delete;
  output& operator=(const output&) = delete;

  [[nodiscard]] bool json_mode() const { return style_.json; }
  [[nodiscard]] bool quiet() const { return style_.quiet; }
  [[nodiscard]] int verbosity() const { return style_.verbosity; }
  /// Neither standard output nor standard error is a terminal, and nobody asked for more by -v.
  [[nodiscard]] bool nobody_looks() const;
  /// From now on: no word of how it went, so that a run from cron says something only if there is something to do.
  void be_terse() { terse_ = true; }
  [[nodiscard]] bool terse() const { return terse_; }
  /// Columns for a table on standard output; 0: as wide as needed.
  [[nodiscard]] std::size_t width() const;

  // Standard output.
  /// A line of the answer that was asked for; not in JSON.
  void print(std::string_view line);
  void print_heading(std::string_view line);
  /// A line about how it went; neither in JSON nor quiet nor terse.
  void report(std::string_view line);
  /// {"event": name, …fields}; only in JSON.
  void event(std::string_view name, const json& fields);
  void raw(std::string_view octets);
  void flush();
  /// Nobody reads any more: there is no use in going on.
  [[nodiscard]] bool reader_gone() const { return reader_gone_; }
  /// The errno of a failed write other than EPIPE; 0: none.
  [[nodiscard]] int problem() const { return problem_; }

  // Standard error, with "outmap: " before the line.
  /// From verbosity `level` on.
  void detail(int level, std::string_view line);
  void warn(std::string_view line);    ///< unless quiet
  void insist(std::string_view line);  ///< always
  /// What happened and, on a second line, what to do.
  void failure(std::string_view what, std::string_view advice);
  /// A line as it is, for progress.
  void progress_line(std::string_view line);

  /// Called before anything is written that could land in the middle of a progress bar.
  void on_write(std::function<void()> hide) { hide_ = std::move(hide); }

 private:
  void put(std::string_view text);
  void say(std::string_view line, bool bad);

  output_style style_;
  int out_, err_;
  bool out_is_terminal_, err_has_colour_, out_has_colour_;
  bool terse_ = false;
  bool reader_gone_ = false;
  int problem_ = 0;
  std::string pending_;
  std::function<void()> hide_;
};

}  // namespace outmap::cli
