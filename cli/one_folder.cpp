#include "cli/one_folder.hpp"

#include <vector>

#include "cli/nearest.hpp"
#include "cli/quantity.hpp"

namespace outmap::cli {

result<stored_folder> folder_named(store& from, const std::string& name) {
  auto folder = from.folder(name);
  if (folder || folder.error().code != errc::no_such_mailbox) return folder;
  std::string hint;
  if (const auto all = from.folders()) {
    std::vector<std::string_view> names;
    for (const auto& f : *all) names.push_back(f.name);
    hint = did_you_mean(name, names);
  }
  return fail(errc::no_such_mailbox, "'" + name + "' is not in the cache" + hint);
}

result<one_folder> open_folder(const shared_options& options, const std::string& name) {
  const auto caches = choose_caches(options, how_many::one);
  if (!caches) return tl::unexpected(caches.error());
  auto opened = store::open(caches->front().file);
  if (!opened) return tl::unexpected(opened.error());
  auto folder = folder_named(*opened, name);
  if (!folder) return tl::unexpected(std::move(folder.error()));
  return one_folder{std::move(*opened), std::move(*folder)};
}

outcome not_found(error problem) {
  auto out = outcome::of(std::move(problem));
  if (out.problem->code == errc::no_such_mailbox) out.advice = "`outmap status` shows the folders in the cache";
  if (out.problem->code == errc::cache_unavailable)
    out.advice = "`outmap sync` makes the cache; check its path and permissions";
  return out;
}

std::string message_name(const stored_message& message) {
  if (!message.unsent) return std::to_string(message.uid.value);
  const auto change = '+' + std::to_string(message.unsent->change);
  return message.unsent->source.value == 0 ? change : change + '/' + std::to_string(message.unsent->source.value);
}

std::string flag_letters(const flag_set& flags) {
  std::string out;
  const auto add = [&](system_flag f, char letter) {
    if (flags.has(f)) out += letter;
  };
  add(system_flag::draft, 'D');
  add(system_flag::flagged, 'F');
  add(system_flag::answered, 'R');
  add(system_flag::seen, 'S');
  add(system_flag::deleted, 'T');
  if (!flags.keywords().empty()) out += '*';
  return out;
}

std::string date_text(const stored_message& message, const header_summary& header) {
  return message.date ? local_time_text(message.date->unix_seconds) : printable(header.date, 64);
}

}  // namespace outmap::cli
