#include "sync/dry_run.hpp"

#include <optional>

#include "net/operations.hpp"
#include "session/throttling.hpp"
#include "sync/deletion_guard.hpp"
#include "sync/pause_policy.hpp"
#include "sync/run_summary.hpp"
#include "sync/tree_changes.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

std::vector<folder_info> public_form(const std::vector<cache::listed_folder>& folders) {
  std::vector<folder_info> out;
  for (const auto& f : folders)
    out.push_back({f.mailbox, wire::display_name(f.mailbox.wire()), f.delimiter, !f.noselect, f.subscribed, {}});
  return out;
}

bool leaves_others_alone(const error& e) { return session::is_refusal(e) || e.reach == scope::folder; }

bool has_pending(const sync_report& report) {
  const auto& all = *report.forecast;
  bool out = !all.folders_new.empty() || !all.folders_gone.empty() || !all.folders_changed.empty() || all.waiting > 0;
  for (const auto& f : report.folders) out = out || (f.forecast && f.forecast->pending);
  return out;
}

}  // namespace

asio::awaitable<bool> dry_run::run(sync_report& report) {
  if (!report.forecast) report.forecast.emplace();
  const auto tree = co_await list_folders(on_, what_.account);
  auto ok = tree ? look_at_tree(*tree, report) : tl::unexpected(tree.error());
  if (ok) ok = co_await look_at_folders(*tree, report);
  report.forecast->pending = has_pending(report);
  report.octets_read = on_.octets_read();
  if (ok) {
    report.failure = summary_of(report);
    co_return true;
  }
  report.failure = ok.error();
  co_return session::is_refusal(ok.error()) || ok.error().code == errc::guard_tripped;
}

result<void> dry_run::look_at_tree(const std::vector<listed_mailbox>& tree, sync_report& report) {
  std::vector<cache::known_folder> known;
  if (what_.from != nullptr) {
    auto read = what_.from->tree();
    if (!read) return tl::unexpected(read.error());
    known = std::move(*read);
  }
  const auto changes = compare_trees(known, tree);
  report.forecast->folders_gone = public_form(changes.gone);
  if (auto tripped = judge_lost_folders(changes.gone.size(), known.size(), what_.deletions))
    return tl::unexpected(*tripped);
  report.forecast->folders_new = public_form(changes.fresh);
  report.forecast->folders_changed = public_form(changes.changed);
  return {};
}

asio::awaitable<result<void>> dry_run::look_at_folders(const std::vector<listed_mailbox>& tree, sync_report& report) {
  std::vector<std::pair<const listed_mailbox*, std::string>> chosen;
  for (const auto& m : tree) {
    auto name = wire::display_name(m.folder.mailbox.wire());
    if (m.shown && !m.folder.noselect && what_.chosen(name)) chosen.emplace_back(&m, std::move(name));
  }
  so_far_.folders_total = chosen.size();
  for (const auto& [mailbox, name] : chosen) {
    folder_report one;
    one.mailbox = mailbox->folder.mailbox;
    one.name = name;
    so_far_.folder = name;
    what_.watch.on_folder_started(name);
    const auto ok = co_await look_at(*mailbox, one);
    // LIST and LSUB disagree about it, so nobody is told that it cannot be opened.
    const bool expected = !ok && mailbox->doubtful && ok.error().code == errc::command_refused && !one.forecast;
    if (!ok && !expected) one.failure = ok.error();
    ++so_far_.folders_done;
    what_.watch.on_folder_done(one);
    what_.watch.on_progress(so_far_);
    report.folders.push_back(std::move(one));
    if (!ok && !leaves_others_alone(ok.error())) co_return ok;
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> dry_run::look_at(const listed_mailbox& mailbox, folder_report& into) {
  for (unsigned pauses = 1;; ++pauses) {
    auto ok = co_await look(mailbox, into);
    if (ok || !session::is_refusal(ok.error())) co_return ok;
    const auto hint = session::suggested_back_off(ok.error().server_text);
    if (!hint) co_return ok;
    if (auto granted = co_await grant_pause(*hint, pauses, ok.error()); !granted) co_return granted;
  }
}

asio::awaitable<result<void>> dry_run::grant_pause(std::chrono::milliseconds hint, unsigned in_a_row,
                                                   const error& why) {
  what_.watch.on_throttled(hint);
  what_.watch.on_warning(why);
  const auto granted = granted_pause(hint, in_a_row);
  if (!granted) co_return tl::unexpected(error(errc::throttled, why.detail, why.server_text));
  pause_.expires_after(*granted);
  co_await net::wait(pause_);
  co_return result<void>{};
}

result<cache::reader*> dry_run::knowing(const mailbox_name& mailbox) {
  if (what_.from == nullptr) return nullptr;
  const auto known = what_.from->start_of(mailbox);
  if (known) return what_.from;
  if (known.error().code == errc::no_such_mailbox) return nullptr;
  return tl::unexpected(known.error());
}

asio::awaitable<result<void>> dry_run::look(const listed_mailbox& mailbox, folder_report& into) {
  const auto from = knowing(into.mailbox);
  if (!from) co_return tl::unexpected(from.error());
  const folder_review::terms by{what_.account, what_.quick, what_.deletions};
  folder_review review(*from, into.mailbox, into.name, by);
  if (auto ok = review.recall(); !ok) co_return ok;
  selection opened([&review](const selection& now) { return review.opened(now); });
  const profile::command select = profile::select_command{mailbox.folder.mailbox};
  const auto answer = co_await on_.execute(select, &opened, into.name);
  if (!answer) co_return tl::unexpected(answer.error());
  if (!opened.good()) co_return tl::unexpected(opened.problem().value_or(error(errc::unsupported_mailbox, into.name)));
  into.exists = review.count().exists;
  into.uid_validity_changed = review.validity_changed();
  into.forecast = folder_forecast{review.fresh(), *from == nullptr, 0};
  const auto worth = review.worth_listing();
  if (!worth) co_return tl::unexpected(worth.error());
  if (*worth) {
    if (auto ok = co_await list(review, into.name); !ok) co_return ok;
  }
  into.exists = review.count().exists;
  co_return foretell(review, into);
}

asio::awaitable<result<void>> dry_run::list(folder_review& review, const std::string& name) {
  while (true) {
    const auto [command, answers] = review.listing([](uid, flag_set&&) {});
    const auto answer = co_await on_.execute(command, answers.get(), name);
    const bool refused_empty = !answer && session::is_refusal(answer.error()) && review.count().exists == 0;
    if (!answer && !refused_empty) co_return tl::unexpected(answer.error());
    const auto next = review.listed();
    if (!next) co_return tl::unexpected(next.error());
    if (*next == folder_review::step::judge) co_return result<void>{};
    if (*next == folder_review::step::list) continue;
    count_collector recount(review.count());
    const profile::command noop = profile::noop_command{};
    const auto counted = co_await on_.execute(noop, &recount, name);
    if (!counted && !session::is_refusal(counted.error())) co_return tl::unexpected(counted.error());
    review.recounted();
  }
}

result<void> dry_run::foretell(folder_review& review, folder_report& into) {
  const auto tripped = review.judge();
  if (!tripped) return tl::unexpected(tripped.error());
  if (*tripped) {
    into.forecast->pending = false;
    return tl::unexpected(**tripped);
  }
  const auto& plan = review.plan();
  into.added = plan.new_messages.size();
  into.flags_changed = plan.flags_changed;
  into.vanished = plan.vanished.size();

  uid_set unconfirmed;
  std::vector<cache::quarantine_record> records;
  if (what_.from != nullptr && review.start().id != 0 && !review.fresh()) {
    if (auto ok = recall(review, unconfirmed, records); !ok) return ok;
  }
  const auto missing = review.missing(unconfirmed);
  quarantine_judgement judged;
  if (!records.empty()) {
    const bool whole = review.listed_whole() && !review.doubt();
    auto got = judge_quarantine(*what_.from, review.start().id, records,
                                {plan.vanished, missing, whole, review.bodies(), unconfirmed}, what_.now(),
                                what_.retry_quarantined);
    if (!got) return tl::unexpected(got.error());
    judged = std::move(*got);
  }
  const auto chosen = review.choose(missing, judged);
  into.quarantined = judged.leave.size();
  into.bodies = review.bodies() ? chosen.messages.size() : 0;
  const auto given = review.doubt() ? result<std::uint64_t>(0) : given_up(review, into.vanished);
  if (!given) return tl::unexpected(given.error());
  into.forecast->given_up = *given;
  const bool headers = (!review.bodies() || review.wants_dates() || review.may_adopt()) && !chosen.headers.empty();
  // What is left alone in quarantine is new in each listing.
  const bool arrives = !plan.new_messages.without(judged.leave).empty();
  into.forecast->pending = review.fresh() || arrives || into.flags_changed + into.vanished + *given > 0 ||
                           !chosen.messages.empty() || headers || !judged.over.empty();
  if (review.doubt()) return tl::unexpected(*review.doubt());
  return {};
}

result<void> dry_run::recall(const folder_review& review, uid_set& unconfirmed,
                             std::vector<cache::quarantine_record>& records) {
  auto left = review.bodies() ? what_.from->unconfirmed(review.start().id) : result<uid_set>(uid_set());
  if (!left) return tl::unexpected(left.error());
  unconfirmed = std::move(*left);
  auto read = what_.from->quarantine(review.start().id);
  if (!read) return tl::unexpected(read.error());
  records = std::move(*read);
  return {};
}

// Of what is kept although the server has it no more.
result<std::uint64_t> dry_run::given_up(const folder_review& review, std::uint64_t vanished) {
  const auto& days = what_.account.keep_expunged;
  if (!days || what_.from == nullptr || review.start().id == 0) return 0;
  const auto before = what_.from->expiring(review.start().id, what_.now() - std::int64_t{*days} * 86'400);
  if (!before) return before;
  return *before + (*days == 0 ? vanished : 0);
}

}  // namespace outmap::sync
