#include "cli/progress_display.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include "cli/json_events.hpp"
#include "cli/quantity.hpp"
#include "cli/terminal.hpp"

namespace outmap::cli {
namespace {

constexpr double redraw_seconds = 0.1;
constexpr double event_seconds = 0.5;

void write_to(int fd, std::string_view text) {
  [[maybe_unused]] const auto written = ::write(fd, text.data(), text.size());
}

}  // namespace

progress_display::progress_display(output& out, progress_mode mode, std::string account, int err)
    : out_(out), account_(std::move(account)), err_(err) {
  if (mode == progress_mode::none) return;
  events_ = out.json_mode();
  if (out.quiet()) return;
  bar_ = mode == progress_mode::automatic && can_redraw(err);
  plain_ = !bar_ && !(mode == progress_mode::automatic && out.terse());
  if (bar_) out_.on_write([this] { hide(); });
}

progress_display::~progress_display() {
  hide();
  if (bar_) out_.on_write({});
}

void progress_display::update(const progress& now) {
  messages_ = now.messages_done;
  octets_ = now.octets;
  const double at = seconds();
  if (events_ && (last_event_ < 0 || at - last_event_ >= event_seconds)) {
    last_event_ = at;
    json fields = {{"account", account_}};
    fields.update(json_of(now));
    out_.event("progress", fields);
    out_.flush();
  }
  if (bar_ && (last_drawn_ < 0 || at - last_drawn_ >= redraw_seconds)) draw(now, at);
}

void progress_display::draw(const progress& now, double at) {
  last_drawn_ = at;
  octets_rate_.add(at, static_cast<double>(now.octets));
  messages_rate_.add(at, static_cast<double>(now.messages_done));
  const auto label = printable(now.folder.empty() ? std::string_view(account_) : now.folder, 200);
  const progress_moment moment{label,      now.messages_done,   now.messages_total,
                               now.octets, octets_rate_.rate(), messages_rate_.rate()};
  out_.flush();
  // The last column stays free: some terminals wrap as soon as it is used.
  write_to(err_, "\r\033[K" + progress_line(moment, terminal_width(err_) - 1));
  drawn_ = true;
}

void progress_display::hide() {
  if (!drawn_) return;
  drawn_ = false;
  write_to(err_, "\r\033[K");
}

void progress_display::finish(std::string_view outcome) {
  hide();
  if (!plain_) return;
  const double took = seconds();
  const double rate = took > 0 ? static_cast<double>(octets_) / took : 0;
  out_.progress_line(fmt::format("{}: {}: {}, {}, {}, {}/s", printable(account_, 256), outcome,
                                 counted(messages_, "message", "messages"), octets_text(octets_), duration_text(took),
                                 octets_text(static_cast<std::uint64_t>(rate))));
}

}  // namespace outmap::cli
