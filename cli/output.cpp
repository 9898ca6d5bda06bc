#include "cli/output.hpp"

#include <poll.h>
#include <unistd.h>

#include <cerrno>

#include "cli/exit_code.hpp"
#include "cli/terminal.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t buffer_size = std::size_t{32} << 10;
constexpr std::size_t longest_detail = 8192;

// 0 or errno.
int write_all(int fd, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(fd, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) {
      // Whoever shares the other end has made it non-blocking.
      pollfd ready{fd, POLLOUT, 0};
      ::poll(&ready, 1, -1);
      continue;
    }
    if (written < 0) return errno;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return 0;
}

std::string_view name_of(scope reach) {
  switch (reach) {
    case scope::message: return "message";
    case scope::folder: return "folder";
    case scope::connection: return "connection";
    case scope::account: return "account";
    case scope::store: return "store";
  }
  return "account";
}

}  // namespace

std::string json_line(const json& value, bool ascii) {
  return value.dump(-1, ' ', ascii, json::error_handler_t::replace);
}

std::string sentence(const error& what) {
  const bool own_words = what.code == errc::invalid_argument || what.code == errc::config_invalid;
  return own_words && !what.detail.empty() ? printable(what.detail, longest_detail) : what.message();
}

json json_of(const error& what, std::string_view advice) {
  json out = {{"code", name_of(what.code)}, {"message", sentence(what)}, {"scope", name_of(what.reach)}};
  if (!what.server_text.empty()) out["server_text"] = what.server_text;
  if (!advice.empty()) out["advice"] = advice;
  return out;
}

output::output(output_style style, int out, int err)
    : style_(style),
      out_(out),
      err_(err),
      out_is_terminal_(is_terminal(out)),
      err_has_colour_(can_colour(err)),
      out_has_colour_(can_colour(out)) {}

output::~output() { flush(); }

std::size_t output::width() const { return out_is_terminal_ ? terminal_width(out_) : 0; }

bool output::nobody_looks() const { return !out_is_terminal_ && !is_terminal(err_) && style_.verbosity == 0; }

void output::put(std::string_view text) {
  if (reader_gone_ || problem_ != 0) return;
  pending_ += text;
  if (out_is_terminal_ || pending_.size() >= buffer_size) flush();
}

void output::flush() {
  if (pending_.empty()) return;
  if (hide_ && out_is_terminal_) hide_();
  const int failed = write_all(out_, pending_);
  pending_.clear();
  if (failed == EPIPE)
    reader_gone_ = true;
  else if (failed != 0)
    problem_ = failed;
}

void output::print(std::string_view line) {
  if (!style_.json) put(std::string(line) + "\n");
}

void output::print_heading(std::string_view line) {
  print(out_has_colour_ ? "\033[1m" + std::string(line) + "\033[0m" : std::string(line));
}

void output::report(std::string_view line) {
  if (!style_.quiet && !terse_) print(line);
}

void output::event(std::string_view name, const json& fields) {
  if (!style_.json) return;
  json whole = {{"event", name}};
  whole.update(fields);
  put(json_line(whole, out_is_terminal_) + "\n");
}

void output::raw(std::string_view octets) { put(octets); }

void output::say(std::string_view line, bool bad) {
  // Both may be the same terminal or file: what was printed before comes before.
  flush();
  if (hide_) hide_();
  const std::string_view prefix = bad && err_has_colour_ ? "\033[31moutmap:\033[0m " : "outmap: ";
  write_all(err_, std::string(prefix) + std::string(line) + "\n");
}

void output::detail(int level, std::string_view line) {
  if (style_.verbosity >= level && !style_.quiet) say(line, false);
}

void output::warn(std::string_view line) {
  if (!style_.quiet) say(line, false);
}

void output::insist(std::string_view line) { say(line, false); }

void output::failure(std::string_view what, std::string_view advice) {
  say(what, true);
  if (!advice.empty()) write_all(err_, "  " + std::string(advice) + "\n");
}

void output::progress_line(std::string_view line) {
  flush();
  if (hide_) hide_();
  write_all(err_, std::string(line) + "\n");
}

}  // namespace outmap::cli
