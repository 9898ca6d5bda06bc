#include "sync/outbox_store.hpp"

#include <array>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sync/outbox_rematch.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

using profile::store_form;

constexpr std::uint8_t bit(system_flag f) { return static_cast<std::uint8_t>(f); }

struct silent_form {
  system_flag flag;
  store_form add;
  store_form remove;
};
constexpr std::array<silent_form, 4> silent_forms = {{
    {system_flag::seen, store_form::add_seen_silent, store_form::remove_seen_silent},
    {system_flag::answered, store_form::add_answered_silent, store_form::remove_answered_silent},
    {system_flag::flagged, store_form::add_flagged_silent, store_form::remove_flagged_silent},
    {system_flag::deleted, store_form::add_deleted_silent, store_form::remove_deleted_silent},
}};

std::uint8_t wanted_bits(std::uint8_t now, const flag_change& change) {
  return static_cast<std::uint8_t>((now | change.add) & ~change.remove);
}

std::vector<profile::command> commands_for(const uid_set& uids, flag_change change) {
  std::vector<profile::command> out;
  const auto set = profile::message_set::of(uids);
  constexpr auto both = static_cast<std::uint8_t>(bit(system_flag::deleted) | bit(system_flag::seen));
  if ((change.add & both) == both) {
    out.push_back(profile::uid_store_command{set, store_form::add_deleted_seen, {}});
    change.add = static_cast<std::uint8_t>(change.add & ~both);
  }
  for (const auto& form : silent_forms) {
    if ((change.add & bit(form.flag)) != 0) out.push_back(profile::uid_store_command{set, form.add, {}});
    if ((change.remove & bit(form.flag)) != 0) out.push_back(profile::uid_store_command{set, form.remove, {}});
  }
  return out;
}

// Messages that must get another \Draft, by the flags that they are to have.
struct draft_changes {
  std::map<std::uint8_t, uid_set> replace;
  std::uint64_t with_keywords = 0;
};

draft_changes drafts_among(const std::map<uid, flag_set>& now, const flag_change& change) {
  draft_changes out;
  for (const auto& [which, flags] : now) {
    const auto bits = wanted_bits(flags.system_bits(), change);
    if (((bits ^ flags.system_bits()) & bit(system_flag::draft)) == 0) continue;
    if (flags.keywords().empty()) {
      out.replace[bits].add(which);
    } else {
      ++out.with_keywords;
    }
  }
  return out;
}

struct stored_flags {
  std::map<uid, flag_set> now;
  std::uint64_t with_keywords = 0;
};

asio::awaitable<result<stored_flags>> store(outbox_context& with, const uid_set& uids, const flag_change& change,
                                            const std::string& name) {
  stored_flags out;
  std::vector<profile::command> commands;
  if (((change.add | change.remove) & bit(system_flag::draft)) != 0) {
    auto before = co_await with.desk.flags(uids);
    if (!before) co_return tl::unexpected(before.error());
    const auto drafts = drafts_among(*before, change);
    out.with_keywords = drafts.with_keywords;
    for (const auto& [bits, some] : drafts.replace) {
      const auto pieces = some.split(cache::outbox::longest_set);
      for (const auto& piece : pieces)
        commands.push_back(
            profile::uid_store_command{profile::message_set::of(piece), store_form::replace, flag_set(bits)});
    }
  }
  const auto pieces = uids.split(cache::outbox::longest_set);
  for (const auto& piece : pieces) {
    for (auto& one : commands_for(piece, change)) commands.push_back(std::move(one));
  }
  for (const auto& one : commands) {
    if (auto ok = co_await with.desk.send(one, name); !ok) co_return tl::unexpected(ok.error());
  }
  auto now = co_await with.desk.flags(uids);
  if (!now) co_return tl::unexpected(now.error());
  out.now = std::move(*now);
  co_return out;
}

outbox_verdict judge(const stored_flags& stored, const flag_change& change, const std::string& name) {
  outbox_verdict out;
  if (stored.now.empty()) {
    out.outcome = change_outcome::nothing_left;
    out.reason = name + ": the messages are no longer on the server";
    return out;
  }
  std::uint64_t unchanged = 0;
  for (const auto& [which, flags] : stored.now)
    unchanged += wanted_bits(flags.system_bits(), change) != flags.system_bits() ? 1 : 0;
  if (stored.with_keywords != 0) {
    return conflict_of(name + ": " + std::to_string(stored.with_keywords) +
                       " messages have keywords, which would be lost if \\Draft were changed");
  }
  if (unchanged != 0) {
    return conflict_of(name + ": the server said OK and did not change the flags of " + std::to_string(unchanged) +
                       " messages");
  }
  return out;
}

asio::awaitable<outbox_result> store_in(outbox_context& with, const queued_change& change, flag_change flags) {
  const auto name = wire::display_name(change.mailbox.wire());
  const auto opened = co_await with.desk.enter(change.mailbox);
  if (!opened) co_return on_closed_mailbox(opened.error(), change.mailbox);
  auto current = co_await uids_now(with, change, *opened);
  if (!current) co_return on_refusal(current.error());
  if (current->conflict) co_return *current->conflict;
  stored_flags stored;
  if (!current->uids.empty()) {
    auto done = co_await store(with, current->uids, flags, name);
    if (!done) co_return on_refusal(done.error());
    stored = std::move(*done);
  }
  auto out = judge(stored, flags, name);
  auto shown = co_await show_flags(with, change.mailbox, opened->validity, stored.now);
  if (!shown) co_return tl::unexpected(shown.error());
  out.shown = *shown;
  co_return out;
}

}  // namespace

asio::awaitable<outbox_result> replay_store(outbox_context& with, const queued_change& change) {
  co_return co_await store_in(with, change, change.flags);
}

asio::awaitable<outbox_result> mark_deleted(outbox_context& with, const queued_change& change) {
  const flag_change deleted{bit(system_flag::deleted), 0};
  auto out = co_await store_in(with, change, deleted);
  // An original that is gone was to go.
  if (out && out->outcome == change_outcome::nothing_left) *out = outbox_verdict{};
  // The copy in the destination is what a scan must show.
  if (out) out->shown = false;
  co_return out;
}

}  // namespace outmap::sync
