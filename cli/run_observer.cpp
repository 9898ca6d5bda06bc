#include "cli/run_observer.hpp"

#include <fmt/format.h>

#include "cli/json_events.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t name_octets = 512;

}  // namespace

std::string step_text(const login_step& step) {
  std::string out = fmt::format("{}: {}", to_string(step.which), printable(step.outcome, name_octets));
  if (!step.detail.empty()) out += ": " + printable(step.detail);
  if (!step.server_text.empty()) out += "; the server said: " + printable(step.server_text, name_octets);
  return out;
}

std::string folder_text(const folder_report& f) {
  std::string out = printable(f.name, name_octets) + ": " + counted(f.exists, "message", "messages");
  const auto add = [&](std::uint64_t n, std::string_view what) {
    if (n > 0) out += fmt::format(", {} {}", n, what);
  };
  add(f.added, "new");
  add(f.flags_changed, "changed");
  add(f.vanished, "gone");
  add(f.adopted, "taken over");
  add(f.quarantined, "not delivered by the server");
  if (f.body_octets > 0) out += ", " + octets_text(f.body_octets) + " fetched";
  if (f.uid_validity_changed) out += " (UIDVALIDITY changed)";
  if (f.failure) out += ": " + sentence(*f.failure);
  return out;
}

std::string outbox_text(const outbox_event& c) {
  std::string out = fmt::format("change {} ({} {}", c.id, to_string(c.kind), printable(c.mailbox.wire(), name_octets));
  if (!c.destination.wire().empty()) out += " to " + printable(c.destination.wire(), name_octets);
  out += fmt::format("): {}", to_string(c.outcome));
  if (!c.reason.empty()) out += ": " + printable(c.reason, name_octets);
  if (!c.server_text.empty()) out += "; the server said: " + printable(c.server_text, name_octets);
  return out;
}

json run_observer::with_account(json fields) const {
  json out = {{"account", account_}};
  out.update(fields);
  return out;
}

void run_observer::on_alert(std::string_view text) noexcept {
  const auto shown = hidden_.clean(text);
  out_.event("alert", with_account({{"text", shown}}));
  out_.insist("the server of " + printable(account_, name_octets) + " says: " + printable(shown));
}

void run_observer::on_login_step(const login_step& step) noexcept {
  const auto shown = hidden_.clean(step);
  out_.event("login_step", with_account(json_of(shown)));
  out_.detail(1, step_text(shown));
}

void run_observer::on_throttled(std::chrono::milliseconds pause) noexcept {
  out_.event("throttled", with_account({{"milliseconds", pause.count()}}));
  out_.detail(1,
              fmt::format("the server wants to be left alone for {:.1f} s", static_cast<double>(pause.count()) / 1000));
}

void run_observer::on_folder_started(std::string_view name) noexcept {
  out_.detail(2, "begins " + printable(name, name_octets));
}

void run_observer::on_folder_done(const folder_report& folder) noexcept {
  auto shown = folder;
  if (shown.failure) shown.failure = hidden_.clean(*shown.failure);
  out_.event("folder", with_account(json_of(shown)));
  out_.flush();
  if (shown.failure && shown.failure->code != errc::cancelled) {
    out_.failure(folder_text(shown), advice(shown.failure->code));
  } else {
    out_.detail(1, folder_text(shown));
  }
}

void run_observer::on_progress(const progress& now) noexcept {
  if (progress_ != nullptr) progress_->update(now);
}

void run_observer::on_outbox(const outbox_event& change) noexcept {
  auto shown = change;
  shown.reason = hidden_.clean(shown.reason);
  shown.server_text = hidden_.clean(shown.server_text);
  out_.event(
      "change_outcome",
      with_account({{"change", shown.id},
                    {"kind", to_string(shown.kind)},
                    {"mailbox", shown.mailbox.wire()},
                    {"destination", shown.destination.wire().empty() ? json(nullptr) : json(shown.destination.wire())},
                    {"outcome", to_string(shown.outcome)},
                    {"reason", shown.reason},
                    {"server_text", shown.server_text}}));
  const bool for_the_user = shown.outcome == change_outcome::refused || shown.outcome == change_outcome::conflict;
  if (for_the_user) {
    out_.warn(outbox_text(shown));
  } else {
    out_.detail(1, outbox_text(shown));
  }
}

void run_observer::on_warning(const error& why) noexcept {
  ++warnings_;
  const auto shown = hidden_.clean(why);
  out_.event("warning", with_account(json_of(shown, advice(shown.code))));
  out_.detail(1, "stepped over: " + sentence(shown));
}

}  // namespace outmap::cli
