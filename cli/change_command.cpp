#include "cli/change_command.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <ctime>

#include "cli/account_source.hpp"
#include "cli/change_text.hpp"
#include "cli/one_folder.hpp"
#include "cli/quantity.hpp"
#include "cli/send_changes.hpp"
#include "cli/uid_argument.hpp"

namespace outmap::cli {
namespace {

json ids_of(const outbox::ids& recorded) {
  json out = json::array();
  for (const auto id : recorded) out.push_back(id);
  return out;
}

}  // namespace

result<mail_to_change> mail_to_change::open(const std::filesystem::path& cache, bool dry_run) {
  auto from = store::open(cache);
  if (!from) return tl::unexpected(std::move(from.error()));
  auto queue = dry_run ? outbox::dry_run(cache) : outbox::open(cache);
  if (!queue) return tl::unexpected(std::move(queue.error()));
  return mail_to_change{std::move(*from), std::move(*queue)};
}

result<stored_folder> mail_to_change::folder(const std::string& name) { return folder_named(from, name); }

std::string changes_text(const outbox::ids& recorded) {
  if (recorded.size() == 1) return "change " + std::to_string(recorded.front());
  return "changes " + std::to_string(recorded.front()) + " to " + std::to_string(recorded.back());
}

void yes_option(CLI::App& app, bool& into, const std::string& help) {
  app.add_flag_callback(
         "--yes", [&into] { into = true; }, help)
      ->group("Change");
}

void dry_run_option(CLI::App& app, bool& into, const std::string& help) {
  app.add_flag_callback(
         "--dry-run", [&into] { into = true; }, help)
      ->group("Change");
}

void folder_argument(CLI::App& app, std::string& into, const std::string& name) {
  app.add_option(name, into, "The folder, as `outmap status` shows it")->required();
}

void uids_argument(CLI::App& app, std::string& into) {
  app.add_option_function<std::string>(
         "UIDS",
         [&into](const std::string& text) {
           if (const auto ok = check_uid_argument(text); !ok) throw CLI::ValidationError("UIDS", ok.error().detail);
           into = text;
         },
         "The messages, as `outmap list` shows them: 17, or 3,7:9,12:*, or all")
      ->required();
}

void change_command::declare(CLI::App& app) {
  declare_arguments(app);
  app.add_flag_callback(
         "--offline", [this] { offline_ = true; },
         "Only record the change; the next command without it, or `outmap sync`, sends it")
      ->group("Change");
  dry_run_option(app, dry_run_, "Check and say what would be recorded; record and send nothing");
}

outcome change_command::foretell(mail_to_change& in, surroundings& with) const {
  outcome out;
  for (const auto& change : in.queue.planned()) {
    with.out.event("planned", json_of_planned(change));
    with.out.print("would " + planned_text(change));
    out.code = exit_code::changes_pending;
  }
  out.counts["changes"] = in.queue.planned().size();
  if (offline_ || in.queue.planned().empty()) return out;
  const auto all = in.queue.list();
  if (!all) return outcome::of(all.error());
  const auto now = std::time(nullptr);
  const auto waiting = static_cast<std::uint64_t>(
      std::count_if(all->begin(), all->end(), [&](const queued_change& c) { return is_to_be_sent(c, now); }));
  out.counts["waiting"] = waiting;
  if (waiting > 0)
    with.out.print("would also send " + counted(waiting, "change that waits", "changes that wait") + " in the outbox");
  return out;
}

outcome change_command::run(surroundings& with) {
  chosen_account account;
  std::filesystem::path cache;
  if (offline_) {
    const auto caches = choose_caches(with.options, how_many::one);
    if (!caches) return outcome::of(caches.error());
    cache = caches->front().file;
  } else {
    auto accounts = choose_accounts(with.options, how_many::one, with.environment_password);
    if (!accounts) return outcome::of(accounts.error());
    account = std::move(accounts->front());
    cache = account.config.cache;
  }
  auto in = mail_to_change::open(cache, dry_run_);
  if (!in) return not_found(in.error());
  const auto recorded = record(*in, with);
  if (!recorded) return not_found(recorded.error());
  if (dry_run_) return foretell(*in, with);
  outcome out;
  if (!recorded->empty()) {
    with.out.event("recorded", {{"changes", ids_of(*recorded)}});
    if (offline_) {
      with.out.report("recorded as " + changes_text(*recorded) + "; not sent yet");
    } else {
      out = send_changes(account, with);
    }
  }
  out.counts["changes"] = recorded->size();
  return out;
}

}  // namespace outmap::cli
