#include "scenario_player.hpp"

#include <algorithm>

#include "sample_mime.hpp"
#include "sample_random.hpp"
#include "sample_text.hpp"

namespace outmap::exchange {

namespace {

constexpr std::int64_t first_date = 1'262'340'000;  // 2010-01-01 10:00:00 UTC
constexpr std::int64_t seconds_a_day = 86'400;

std::string sample_words(std::size_t octets, std::uint32_t number) {
  sample_random random(number);
  const sample_language& tongue = language(sample_tongue::english);
  std::string text;
  while (text.size() < octets) {
    text += random.pick(tongue.sentences);
    text += random.one_in(4) ? "\n" : " ";
  }
  return text + "\n";
}

std::string missing(const std::string& what) { return "there is no " + what; }

}  // namespace

scenario_player::scenario_player(scenario script, std::shared_ptr<mailbox_store> common,
                                 std::shared_ptr<field_quirks> quirks, bool revise_keeps_uid)
    : script_(std::move(script)),
      quirks_(std::move(quirks)),
      revise_keeps_uid_(revise_keeps_uid),
      times_fitted_(script_.steps.size()),
      done_(script_.steps.size()) {
  stores_.emplace("", std::move(common));
}

result<std::shared_ptr<scenario_player>> scenario_player::stage(scenario script, server_options& options) {
  if (script.behaves) options.behaves = *script.behaves;
  if (options.store == nullptr) options.store = std::make_shared<mailbox_store>(options.behaves.names_ignore_case);
  if (options.quirks == nullptr) options.quirks = std::make_shared<field_quirks>();
  const std::shared_ptr<scenario_player> player(
      new scenario_player(std::move(script), options.store, options.quirks, options.behaves.revise_keeps_uid));
  for (const scenario_account& who : player->script_.accounts) options.accounts.push_back({who.user, who.password, {}});
  if (auto made = player->make_mailboxes(options); !made) return tl::unexpected(made.error());
  for (const quirk_use& use : player->script_.faults) options.quirks->on(use);
  options.hooks.on_command = [player, next = options.hooks.on_command](const command_seen& seen) {
    auto ours = player->on_command(seen);
    return ours || !next ? ours : next(seen);
  };
  return player;
}

result<void> scenario_player::make_mailboxes(server_options& options) {
  const auto own_store = [&](const scenario_place& place) -> result<void> {
    if (place.account.empty() || stores_.contains(place.account)) return {};
    const auto who = std::ranges::find(options.accounts, place.account, &account::user);
    if (who == options.accounts.end()) {
      return fail(errc::config_invalid, "the scenario puts a folder into the account '" + printable(place.account) +
                                            "', which it does not have");
    }
    who->mailbox = std::make_shared<mailbox_store>(options.behaves.names_ignore_case);
    stores_.emplace(place.account, who->mailbox);
    return {};
  };
  for (const scenario_folder& folder : script_.folders) {
    if (auto made = own_store(folder.place); !made) return made;
    mailbox_store& store = store_of(folder.place);
    const std::string& name = folder.place.folder;
    const auto came_to = folder.noselect ? store.create_noselect(name) : store.create(name);
    count_.folders += came_to == tree_result::done ? 1 : 0;
    store.set_marked(name, folder.marked);
    if (folder.subscribed) store.subscribe(name);
    for (const scenario_message& what : folder.messages) {
      put_messages(folder.place, what);
      count_.messages += what.count;
    }
  }
  return {};
}

mailbox_store& scenario_player::store_of(const scenario_place& place) {
  const auto own = stores_.find(place.account);
  return own == stores_.end() ? *stores_.at("") : *own->second;
}

message scenario_player::make_message(const scenario_message& what, std::uint32_t number) {
  message m;
  m.flags = what.flags;
  m.date = what.date.value_or(internal_date{first_date + seconds_a_day * number, 60});
  if (what.octets != nullptr) {
    m.octets = what.octets;
    if (!what.date && what.file_date.unix_seconds != 0) m.date = what.file_date;
    return m;
  }
  sample_message made;
  made.from = {"Anna Muster", "anna@example.org"};
  made.to = {{"Bob Beispiel", "bob@example.org"}};
  made.subject = what.subject.empty() ? "Message " + std::to_string(number) : what.subject;
  made.date = m.date;
  made.id = "scenario." + std::to_string(number) + "@example.org";
  made.text_encoding = sample_encoding::seven_bit;
  made.text = sample_words(what.size, number);
  m.octets = std::make_shared<const std::string>(to_octets(made));
  return m;
}

void scenario_player::put_messages(const scenario_place& into, const scenario_message& what) {
  for (std::uint32_t i = 0; i < what.count; ++i) {
    store_of(into).add(into.folder, make_message(what, ++messages_made_));
  }
}

bool scenario_player::due(std::size_t step, const command_seen& seen, bool first_behind_login) {
  const scenario_trigger& when = script_.steps[step].when;
  const std::string& mailbox = seen.target.empty() ? seen.mailbox : seen.target;
  if (done_[step] || (when.login && !first_behind_login)) return false;
  if (when.number != 0 && when.number != seen.number) return false;
  if (!when.command.empty() && when.command != seen.name) return false;
  if (!when.mailbox.empty() && when.mailbox != mailbox) return false;
  if (when.connection != 0 && when.connection != seen.connection) return false;
  if (++times_fitted_[step] < when.nth) return false;
  done_[step] = !when.every;
  return true;
}

std::optional<action> scenario_player::on_command(const command_seen& seen) {
  const std::lock_guard lock(mutex_);
  const bool first_behind_login = !seen.user.empty() && logged_in_.insert(seen.connection).second;
  std::optional<action> todo;
  for (std::size_t i = 0; i < script_.steps.size(); ++i) {
    if (!due(i, seen, first_behind_login)) continue;
    if (!todo) todo.emplace();
    ++steps_done_;
    for (const scenario_change& change : script_.steps[i].changes) {
      if (auto problem = carry_out(change, *todo)) problems_.push_back(script_.steps[i].place + ": " + *problem);
    }
  }
  return todo;
}

namespace {

/// One overload a kind of change; each gives what went wrong. The references are the player's.
struct performer {
  mailbox_store& store;
  field_quirks& quirks;
  action& todo;

  using problem = std::optional<std::string>;

  [[nodiscard]] std::vector<std::uint32_t> meant(const scenario_place& in,
                                                 const std::vector<std::uint32_t>& uids) const {
    if (!uids.empty()) return uids;
    std::vector<std::uint32_t> all;
    for (const message& m : store.messages(in.folder)) all.push_back(m.uid);
    return all;
  }

  problem operator()(const expunge_messages& change) const {
    for (const std::uint32_t uid : meant(change.from, change.uids)) {
      if (!store.expunge(change.from.folder, uid)) return missing("UID " + std::to_string(uid) + " to expunge");
    }
    return {};
  }
  problem operator()(const set_message_flags& change) const {
    for (const std::uint32_t uid : meant(change.in, change.uids)) {
      if (!store.set_flags(change.in.folder, uid, change.flags)) return missing("UID " + std::to_string(uid));
    }
    return {};
  }
  problem operator()(const change_uid_validity& change) const {
    if (store.change_uid_validity(change.of.folder)) return {};
    return missing("folder " + printable(change.of.folder));
  }
  problem operator()(const create_folder& change) const {
    if (store.create(change.what.folder) == tree_result::done) return {};
    return "the folder " + printable(change.what.folder) + " exists already";
  }
  problem operator()(const delete_folder& change) const {
    if (store.remove_folder(change.what.folder) == tree_result::done) return {};
    return "the folder " + printable(change.what.folder) + " cannot be deleted";
  }
  problem operator()(const rename_folder& change) const {
    if (store.rename(change.what.folder, change.to) == tree_result::done) return {};
    return "the folder " + printable(change.what.folder) + " cannot be renamed to " + printable(change.to);
  }
  problem operator()(const begin_fault& change) const {
    quirks.on(change.use);
    return {};
  }
  problem operator()(const end_fault& change) const {
    quirks.off(change.which);
    return {};
  }
  problem operator()(const disturb_connection& change) const {
    if (change.drop) todo.close_after = 0;
    todo.stall = todo.stall || change.stall;
    todo.delay = std::max(todo.delay, change.delay);
    return {};
  }
};

/// Of those kinds that have one: where it happens.
scenario_place place_of(const scenario_change& change) {
  if (const auto* c = std::get_if<expunge_messages>(&change)) return c->from;
  if (const auto* c = std::get_if<set_message_flags>(&change)) return c->in;
  if (const auto* c = std::get_if<change_uid_validity>(&change)) return c->of;
  if (const auto* c = std::get_if<create_folder>(&change)) return c->what;
  if (const auto* c = std::get_if<delete_folder>(&change)) return c->what;
  if (const auto* c = std::get_if<rename_folder>(&change)) return c->what;
  return {};
}

}  // namespace

std::optional<std::string> scenario_player::carry_out(const scenario_change& change, action& todo) {
  if (const auto* deliver = std::get_if<deliver_messages>(&change)) {
    const auto folder = store_of(deliver->to).find(deliver->to.folder);
    if (!folder || folder->noselect) return missing("folder " + printable(deliver->to.folder) + " to deliver to");
    put_messages(deliver->to, deliver->what);
    return std::nullopt;
  }
  if (const auto* revise = std::get_if<revise_message>(&change)) {
    const std::string octets = *make_message(revise->what, ++messages_made_).octets;
    mailbox_store& store = store_of(revise->in);
    const bool done = revise_keeps_uid_ ? store.revise_in_place(revise->in.folder, revise->uid, octets)
                                        : store.revise(revise->in.folder, revise->uid, octets) != 0;
    return done ? std::nullopt : std::optional(missing("UID " + std::to_string(revise->uid) + " to revise"));
  }
  const performer perform{store_of(place_of(change)), *quirks_, todo};
  return std::visit(
      [&](const auto& one) -> std::optional<std::string> {
        if constexpr (std::is_invocable_v<const performer&, decltype(one)>) return perform(one);
        return std::nullopt;
      },
      change);
}

std::vector<std::string> scenario_player::problems() const {
  const std::lock_guard lock(mutex_);
  return problems_;
}

std::size_t scenario_player::steps_done() const {
  const std::lock_guard lock(mutex_);
  return steps_done_;
}

}  // namespace outmap::exchange
