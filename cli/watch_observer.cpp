#include "cli/watch_observer.hpp"

#include <fmt/format.h>

namespace outmap::cli {
namespace {

constexpr std::size_t name_octets = 512;

}  // namespace

void watch_observer::tell(std::string_view event, json fields, const std::string& line) {
  json all = {{"account", account_}};
  all.update(fields);
  out_.event(event, all);
  out_.print(line);
  out_.flush();
  if (out_.reader_gone() && end_) end_();
}

void watch_observer::tell_message(std::string_view event, std::string_view word, std::string_view folder, uid which) {
  tell(event, {{"folder", std::string(folder)}, {"uid", which.value}},
       fmt::format("{} {} {}", word, which.value, printable(folder, name_octets)));
}

// A scan is no event of its own; its failure is.
void watch_observer::on_folder_done(const folder_report& folder) noexcept {
  if (folder.failure && folder.failure->code != errc::cancelled) run_observer::on_folder_done(folder);
}

void watch_observer::on_message_new(std::string_view folder, uid which) noexcept {
  tell_message("message_new", "new", folder, which);
}

void watch_observer::on_message_changed(std::string_view folder, uid which) noexcept {
  tell_message("message_changed", "changed", folder, which);
}

void watch_observer::on_message_expunged(std::string_view folder, uid which) noexcept {
  tell_message("message_gone", "gone", folder, which);
}

void watch_observer::on_unseen(std::string_view folder, std::uint32_t count) noexcept {
  tell("unread", {{"folder", std::string(folder)}, {"count", count}},
       fmt::format("unread {} {}", count, printable(folder, name_octets)));
}

void watch_observer::on_connected() noexcept { tell("connected", json::object(), "connected"); }

void watch_observer::on_disconnected(const error& why, std::chrono::milliseconds next_try) noexcept {
  const auto shown = hidden_.clean(why);
  auto fields = json_of(shown, advice(shown.code));
  fields["next_try_ms"] = next_try.count();
  tell("disconnected", std::move(fields),
       fmt::format("disconnected; next try in {:.1f} s: {}", static_cast<double>(next_try.count()) / 1000,
                   sentence(shown)));
}

}  // namespace outmap::cli
