#include "archive/restorer.hpp"

#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>

#include <algorithm>
#include <utility>

#include "archive/restore_names.hpp"
#include "net/operations.hpp"
#include "session/throttling.hpp"
#include "sync/folder_listing.hpp"
#include "sync/seven_bit_message.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::archive {
namespace {

constexpr std::chrono::milliseconds longest_back_off = std::chrono::minutes(5);
constexpr std::chrono::milliseconds default_back_off = std::chrono::seconds(5);
constexpr unsigned most_back_offs = 5;
// A message on which the connection breaks so often is refused.
constexpr unsigned most_breaks = 3;

bool spares_the_session(const error& e) {
  return session::is_refusal(e) || e.code == errc::server_unavailable || e.code == errc::incomplete ||
         e.code == errc::unencodable || e.code == errc::unsupported_mailbox || e.code == errc::invalid_argument;
}

bool same_but_for_line_ends(std::string_view a, std::string_view b) {
  const auto next = [](std::string_view& from) {
    while (!from.empty() && from.front() == '\r') from.remove_prefix(1);
    const int c = from.empty() ? -1 : static_cast<unsigned char>(from.front());
    if (!from.empty()) from.remove_prefix(1);
    return c;
  };
  while (true) {
    const int x = next(a);
    if (x != next(b)) return false;
    if (x < 0) return true;
  }
}

}  // namespace

std::string restorer::into() const { return wire::display_name(what_.into); }

void restorer::refuse(uid which, error why) {
  ++report_.refused;
  ++steps_;
  if (report_.refusals.size() < restore_report::most_refusals)
    report_.refusals.push_back({name_, which, std::move(why)});
}

void restorer::tell() {
  so_far_.folder = name_;
  so_far_.octets = report_.octets;
  watch_.on_progress(so_far_);
}

asio::awaitable<result<void>> restorer::ask_tree(session::session& on) {
  account_config everything = account_;
  everything.root_folder.clear();
  everything.folders = folder_mode::all;
  auto listed = co_await sync::list_folders(on, everything);
  if (!listed) co_return tl::unexpected(listed.error());
  tree_.clear();
  for (auto& m : *listed) {
    if (m.folder.delimiter) delimiter_ = m.folder.delimiter;
    auto name = m.folder.mailbox;
    tree_.insert_or_assign(std::move(name), std::move(m.folder));
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> restorer::run(session::session& on) {
  if (sending_) {
    const auto key = std::pair(next_, std::pair(sending_->uid.value, sending_->expunged_row));
    if (++breaks_[key] >= most_breaks) {
      given_up_.insert(key.second);
      refuse(sending_->uid, error(errc::connection_lost, "the connection breaks whenever this message is sent"));
    }
    sending_.reset();
  }
  if (auto asked = co_await ask_tree(on); !asked) co_return asked;
  const auto folders = from_.folders();
  if (!folders) co_return tl::unexpected(folders.error());
  sync::mailbox_desk desk(on, account_.limits);
  so_far_.folders_total = folders->size();
  for (; next_ < folders->size(); ++next_) {
    const auto& folder = (*folders)[next_];
    name_ = wire::display_name(folder.listed.mailbox.wire());
    const bool nothing = (folder.listed.noselect || folder.gone) && folder.messages == 0;
    if (nothing || !what_.wants(name_)) continue;
    if (auto done = co_await restore(desk, folder); !done) {
      if (!spares_the_session(done.error())) co_return done;
      refuse(uid{0}, done.error());
    }
    report_.there += now_.there_at_first;
    now_ = counted();
    given_up_.clear();
    ++report_.folders;
    ++so_far_.folders_done;
    tell();
  }
  co_return result<void>{};
}

asio::awaitable<result<bool>> restorer::make(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                             const mailbox_name& target) {
  const auto known = tree_.find(target);
  const bool there = target.is_inbox() || (known != tree_.end() && !known->second.noselect);
  if (!there) {
    if (what_.dry_run) {
      ++report_.folders_created;
      co_return false;
    }
    const profile::command create = profile::create_command{target};
    if (auto done = co_await desk.send(create, name_); !done) co_return tl::unexpected(done.error());
    ++report_.folders_created;
    ++steps_;
    created_.push_back(target);
    auto listed = folder.listed;
    listed.mailbox = target;
    listed.subscribed = false;
    tree_.insert_or_assign(target, listed);
  }
  auto& now = tree_[target];
  if (folder.listed.subscribed && !now.subscribed && !what_.dry_run && !what_.compare) {
    const profile::command subscribe = profile::subscribe_command{target};
    const auto done = co_await desk.send(subscribe, name_);
    if (!done && !spares_the_session(done.error())) co_return tl::unexpected(done.error());
    if (!done) refuse(uid{0}, done.error());
    now.subscribed = true;
  }
  co_return true;
}

asio::awaitable<result<void>> restorer::restore(sync::mailbox_desk& desk, const cache::folder_record& folder) {
  const auto target = restored_name(folder.listed, what_.into, delimiter_);
  if (!target) co_return tl::unexpected(target.error());
  const auto items = items_of(folder);
  if (!items) co_return tl::unexpected(items.error());
  const auto exists = co_await make(desk, folder, *target);
  if (!exists) co_return tl::unexpected(exists.error());
  if (items->empty()) co_return result<void>{};
  std::vector<std::optional<uid>> there(items->size());
  if (*exists) {
    const auto opened = co_await desk.open(*target);
    if (!opened) co_return tl::unexpected(opened.error());
    if (opened->exists > 0) {
      auto looked = co_await look(desk, folder, *items);
      if (!looked) co_return tl::unexpected(looked.error());
      there = std::move(*looked);
    }
  }
  const auto matched = static_cast<std::uint64_t>(
      std::count_if(there.begin(), there.end(), [](const auto& u) { return u.has_value(); }));
  if (!std::exchange(now_.looked, true)) {
    now_.there_at_first = now_.there_at_last = matched;
  }
  // What was appended and never answered.
  if (matched > now_.there_at_last) report_.appended += matched - now_.there_at_last;
  now_.there_at_last = matched;
  so_far_.messages_total += items->size() - matched;
  for (std::size_t i = 0; i < items->size(); ++i) {
    const auto& one = (*items)[i];
    if (there[i] || given_up_.contains({one.uid.value, one.expunged_row})) continue;
    if (what_.dry_run) {
      ++report_.pending;
      continue;
    }
    if (auto done = co_await append(desk, folder, one, *target); !done) co_return done;
    ++so_far_.messages_done;
    tell();
  }
  if (what_.compare) co_return co_await compare(desk, folder, *items, *target);
  co_return result<void>{};
}

asio::awaitable<result<void>> restorer::append(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                               const item& one, const mailbox_name& target) {
  auto text = text_of(folder, one);
  if (!text && text.error().code != errc::cache_damaged && text.error().code != errc::limit_exceeded)
    co_return tl::unexpected(text.error());
  auto message = text ? sync::to_seven_bit(*text) : result<std::string>(tl::unexpected(text.error()));
  if (!message) {
    given_up_.insert({one.uid.value, one.expunged_row});
    refuse(one.uid, message.error());
    co_return result<void>{};
  }
  const bool recoded = !same_but_for_line_ends(*message, *text);
  const auto octets = message->size();
  text->clear();
  profile::append_command what;
  what.mailbox = target;
  what.flags = flag_set(one.flags.system_bits());
  what.date = one.date;
  what.message = std::move(*message);
  const profile::command command = std::move(what);
  sending_ = one;
  auto done = co_await send(desk, command);
  if (!done && !spares_the_session(done.error())) co_return done;
  sending_.reset();
  if (!done) {
    given_up_.insert({one.uid.value, one.expunged_row});
    refuse(one.uid, done.error());
    co_return result<void>{};
  }
  ++steps_;
  ++now_.there_at_last;
  ++report_.appended;
  report_.octets += octets;
  report_.recoded += recoded ? 1 : 0;
  report_.keywords_lost += one.flags.keywords().empty() ? 0 : 1;
  co_return result<void>{};
}

// A server that is throttling is waited for; it has not done the command.
asio::awaitable<result<void>> restorer::send(sync::mailbox_desk& desk, const profile::command& what) {
  for (unsigned tries = 0;; ++tries) {
    auto done = co_await desk.send(what, name_);
    const auto pause = done ? std::nullopt : session::suggested_back_off(done.error().server_text);
    if (!pause) co_return done;
    const auto wanted = pause->count() > 0 ? *pause : default_back_off;
    if (tries >= most_back_offs || wanted > longest_back_off)
      co_return fail(errc::throttled, name_, done.error().server_text);
    watch_.on_throttled(wanted);
    asio::steady_timer timer(co_await asio::this_coro::executor, wanted);
    co_await net::wait(timer);
  }
}

asio::awaitable<result<void>> restorer::remove_created(session::session& on) {
  sync::mailbox_desk desk(on, account_.limits);
  std::set<mailbox_name> made(created_.begin(), created_.end());
  if (!made.empty()) made.emplace(what_.into);
  // Folders that stand above them, down to the one above all, were made with the first below.
  for (const auto& which : created_) {
    for (auto at = which.wire().size(); delimiter_ && at > what_.into.size() && at != std::string::npos;) {
      at = which.wire().rfind(*delimiter_, at - 1);
      if (at != std::string::npos && at > what_.into.size()) made.emplace(which.wire().substr(0, at));
    }
  }
  std::vector<mailbox_name> all(made.begin(), made.end());
  std::sort(all.begin(), all.end(),
            [](const mailbox_name& a, const mailbox_name& b) { return a.wire().size() > b.wire().size(); });
  result<void> outcome;
  for (const auto& which : all) {
    if (auto closed = co_await desk.open(mailbox_name("INBOX")); !closed) co_return tl::unexpected(closed.error());
    const profile::command remove = profile::delete_command{which};
    auto done = co_await desk.send(remove, wire::display_name(which.wire()));
    if (done) continue;
    if (!spares_the_session(done.error())) co_return done;
    const auto left = co_await desk.listed(which);
    if (!left) co_return tl::unexpected(left.error());
    if (left->has_value()) outcome = done;
  }
  co_return outcome;
}

}  // namespace outmap::archive
