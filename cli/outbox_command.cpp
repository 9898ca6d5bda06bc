// outmap outbox: what is recorded and not sent.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <ctime>

#include "cli/account_source.hpp"
#include "cli/change_command.hpp"
#include "cli/change_text.hpp"
#include "cli/nearest.hpp"
#include "cli/one_folder.hpp"
#include "cli/quantity.hpp"
#include "cli/send_changes.hpp"
#include "cli/table.hpp"

namespace outmap::cli {
namespace {

constexpr std::array<std::string_view, 4> actions = {"list", "show", "retry", "drop"};

json planned_event(const char* action, const queued_change& change) {
  json out = {{"action", action}};
  out.update(json_of(change));
  return out;
}

class outbox_command final : public command {
 public:
  std::string_view name() const override { return "outbox"; }
  std::string_view summary() const override { return "List, send again or drop the changes that are not sent yet"; }
  std::string_view examples() const override {
    return "list and show work without network and password. retry sends all that waits; with numbers, those that the\n"
           "server refused or that were in conflict as well. drop forgets changes. With --dry-run both only\n"
           "say what they would do (exit code 4 where there is something to do).\n\n"
           "Examples:\n"
           "  outmap outbox list\n"
           "  outmap outbox show 4 > draft.eml    # the message of an append\n"
           "  outmap outbox retry 4\n"
           "  outmap outbox drop 4 5";
  }
  bool uses_network() const override { return true; }
  void declare(CLI::App& app) override;
  outcome run(surroundings& with) override;

 private:
  outcome list(mail_to_change& in, surroundings& with) const;
  outcome show(mail_to_change& in, surroundings& with) const;
  outcome retry(mail_to_change& in, chosen_account* account, surroundings& with) const;
  outcome drop(mail_to_change& in, surroundings& with) const;
  outcome foretell_retry(mail_to_change& in, bool sends, surroundings& with) const;
  outcome run_without_network(surroundings& with) const;

  std::string action_;
  std::vector<change_id> ids_;
  bool offline_ = false;
  bool yes_ = false;
  bool dry_run_ = false;
};

void outbox_command::declare(CLI::App& app) {
  app.add_option_function<std::string>(
         "ACTION",
         [this](const std::string& word) {
           if (std::find(actions.begin(), actions.end(), word) == actions.end()) {
             throw CLI::ValidationError("ACTION", "'" + printable(word, 100) + "' is none" +
                                                      did_you_mean(word, actions) + ": list, show, retry or drop");
           }
           action_ = word;
         },
         "list, show, retry or drop")
      ->required();
  app.add_option_function<std::vector<std::string>>(
         "CHANGE",
         [this](const std::vector<std::string>& words) {
           for (const auto& word : words) {
             const auto n = number_from(word, 1, INT64_MAX);
             if (!n) throw CLI::ValidationError("CHANGE", n.error().detail);
             const auto id = static_cast<change_id>(*n);
             // Named twice it is still one.
             if (std::find(ids_.begin(), ids_.end(), id) == ids_.end()) ids_.push_back(id);
           }
         },
         "Numbers of changes, as `outmap outbox list` shows them")
      ->type_name("");
  app.add_flag_callback(
         "--offline", [this] { offline_ = true; }, "retry: only note that they are to be sent again")
      ->group("Change");
  yes_option(app, yes_, "drop: also the only copy of a message");
  dry_run_option(app, dry_run_, "retry and drop: check and say what would be sent or forgotten; do nothing");
}

outcome outbox_command::list(mail_to_change& in, surroundings& with) const {
  const auto all = in.queue.list();
  if (!all) return outcome::of(all.error());
  table t({{"Change", align::right},
           {"State", align::left},
           {"Recorded", align::left},
           {"What", align::left, 20},
           {"", align::left, 10}});
  std::uint64_t shown = 0;
  for (const auto& change : *all) {
    if (!ids_.empty() && std::find(ids_.begin(), ids_.end(), change.id) == ids_.end()) continue;
    ++shown;
    with.out.event("change", json_of(change));
    t.add({std::to_string(change.id), to_string(change.state), local_time_text(change.queued_at), change_text(change),
           remark_text(change)});
  }
  if (!t.empty()) print_table(with.out, t);
  outcome out;
  out.counts = {{"changes", shown}};
  return out;
}

outcome outbox_command::show(mail_to_change& in, surroundings& with) const {
  if (ids_.size() != 1) return outcome::of(error(errc::invalid_argument, "show: the number of one change is needed"));
  if (with.out.json_mode()) {
    return outcome::of(
        error(errc::invalid_argument, "show and --json exclude each other: JSON cannot hold any octets"));
  }
  outcome out;
  const auto read = in.queue.message(ids_.front(), [&](std::string_view piece) {
    out.octets += piece.size();
    with.out.raw(piece);
    return !with.out.reader_gone() && with.out.problem() == 0 && !with.stop.requested();
  });
  if (!read) return outcome::of(read.error());
  if (with.stop.requested()) return outcome::of(error(errc::cancelled));
  return out;
}

outcome outbox_command::retry(mail_to_change& in, chosen_account* account, surroundings& with) const {
  for (const auto id : ids_) {
    if (const auto again = in.queue.retry(id); !again) return outcome::of(again.error());
  }
  if (dry_run_) return foretell_retry(in, account != nullptr, with);
  auto out = account != nullptr ? send_changes(*account, with) : outcome();
  out.counts["changes"] = ids_.size();
  return out;
}

outcome outbox_command::foretell_retry(mail_to_change& in, bool sends, surroundings& with) const {
  const auto all = in.queue.list();
  if (!all) return outcome::of(all.error());
  outcome out;
  std::uint64_t planned = 0;
  const auto now = std::time(nullptr);
  for (const auto& change : *all) {
    const bool named = std::find(ids_.begin(), ids_.end(), change.id) != ids_.end();
    const bool again = named && change.state != change_state::done;
    if (!again && !(sends && is_to_be_sent(change, now))) continue;
    ++planned;
    with.out.event("planned", planned_event(sends ? "send" : "retry", change));
    with.out.print(std::string("would ") + (sends ? "send" : "note for sending") + " change " +
                   std::to_string(change.id) + ": " + planned_text(change));
  }
  out.counts["changes"] = planned;
  if (planned > 0) out.code = exit_code::changes_pending;
  return out;
}

outcome outbox_command::drop(mail_to_change& in, surroundings& with) const {
  if (ids_.empty()) return outcome::of(error(errc::invalid_argument, "drop: the numbers of changes are needed"));
  const auto all = in.queue.list();
  if (!all) return outcome::of(all.error());
  outcome out;
  std::uint64_t dropped = 0;
  for (const auto id : ids_) {
    const auto change = std::find_if(all->begin(), all->end(), [&](const queued_change& c) { return c.id == id; });
    const bool only_copy =
        change != all->end() && change->kind == change_kind::append && change->state != change_state::done;
    if (only_copy && !yes_ && !dry_run_) {
      out = outcome::of(error(errc::invalid_argument, "change " + std::to_string(id) + " (" + change_text(*change) +
                                                          ") may hold the only copy of a message: --yes is missing"));
      out.advice = "`outmap outbox show " + std::to_string(id) + " > FILE` keeps the message";
      break;
    }
    if (const auto gone = in.queue.drop(id); !gone) {
      out = outcome::of(gone.error());
      break;
    }
    ++dropped;
    const auto text = change != all->end() ? change_text(*change) : "change " + std::to_string(id);
    if (dry_run_) {
      if (change != all->end()) with.out.event("planned", planned_event("drop", *change));
      with.out.print("would drop change " + std::to_string(id) + ": " + text);
      if (only_copy && !yes_) with.out.warn("it may hold the only copy of a message: --yes is missing");
      continue;
    }
    with.out.event("dropped", {{"change", id}});
    with.out.report("dropped " + text);
  }
  if (dry_run_ && dropped > 0 && !out.problem) out.code = exit_code::changes_pending;
  out.counts["changes"] = dropped;
  return out;
}

outcome outbox_command::run_without_network(surroundings& with) const {
  const auto caches = choose_caches(with.options, how_many::one);
  if (!caches) return outcome::of(caches.error());
  auto in = mail_to_change::open(caches->front().file, dry_run_);
  if (!in) return not_found(in.error());
  if (action_ == "list") return list(*in, with);
  if (action_ == "show") return show(*in, with);
  if (action_ == "drop") return drop(*in, with);
  return retry(*in, nullptr, with);
}

outcome outbox_command::run(surroundings& with) {
  if (action_ != "retry" || offline_) return run_without_network(with);
  auto accounts = choose_accounts(with.options, how_many::one, with.environment_password);
  if (!accounts) return outcome::of(accounts.error());
  auto in = mail_to_change::open(accounts->front().config.cache, dry_run_);
  if (!in) return not_found(in.error());
  return retry(*in, &accounts->front(), with);
}

}  // namespace

std::unique_ptr<command> make_outbox_command() { return std::make_unique<outbox_command>(); }

}  // namespace outmap::cli
