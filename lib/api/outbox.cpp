#include "outmap/outbox.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "api/overlaid_cache.hpp"
#include "cache/message_header.hpp"
#include "cache/outbox.hpp"
#include "outmap/store.hpp"
#include "profile/mailbox_level.hpp"
#include "sync/seven_bit_message.hpp"
#include "wire/date_time.hpp"

namespace outmap {
namespace {

constexpr std::size_t largest_message = std::size_t{256} << 20;
constexpr std::uint64_t states_at_a_time = 4096;
constexpr auto deleted_bit = static_cast<std::uint8_t>(system_flag::deleted);
constexpr auto draft_bit = static_cast<std::uint8_t>(system_flag::draft);

std::int64_t unix_now() {
  return std::chrono::duration_cast<std::chrono::seconds>(std::chrono::system_clock::now().time_since_epoch()).count();
}

uid_set every_uid() {
  uid_set out;
  out.add({{1}, {UINT32_MAX}});
  return out;
}

/// A new name goes out as it is, in modified UTF-7 (OIMAP-V0013) without control characters (OIMAP-V0018).
result<void> check_new_name(const mailbox_name& name) {
  const auto& wire = name.wire();
  if (wire.empty()) return fail(errc::invalid_argument, "a mailbox name may not be empty");
  if (!std::all_of(wire.begin(), wire.end(), [](char c) { return c >= ' ' && c <= '~'; })) {
    return fail(errc::unencodable, "a mailbox name with control characters or octets over 127 (OIMAP-V0018, V0013)");
  }
  return {};
}

tl::unexpected<error> no_such_change(change_id id) {
  return fail(errc::invalid_argument, "there is no change " + std::to_string(id) + " in the outbox");
}

}  // namespace

struct outbox::impl {
  std::filesystem::path file;
  std::string account;
  std::unique_ptr<overlaid_cache> cache;
  bool dry_run = false;
  std::vector<queued_change> planned = {};

  /// Calls take() for the messages of a set that are there; ascending.
  template <class F>
  result<void> for_each_state(const overlaid_cache::mailbox& in, const uid_set& uids, F&& take) {
    if (!in.folder) return {};
    for (const auto& range : uids.ranges()) {
      std::uint32_t after = range.first.value - 1;
      while (after < range.last.value) {
        const auto most = std::min<std::uint64_t>(range.last.value - after, states_at_a_time);
        const auto page = cache->reader().message_states(*in.folder, uid{after}, static_cast<std::size_t>(most));
        if (!page) return tl::unexpected(page.error());
        for (const auto& state : *page) {
          if (state.uid <= range.last) take(state);
        }
        if (page->empty()) break;
        after = page->back().uid.value;
      }
    }
    return {};
  }

  result<uid_set> visible(const overlaid_cache::mailbox& in, const uid_set& uids) {
    uid_set out;
    auto read = for_each_state(in, uids, [&](const cache::message_state& m) {
      if (!in.effect_on(m.uid).purged) out.add(m.uid);
    });
    if (!read) return tl::unexpected(std::move(read.error()));
    return out;
  }

  /// The mailbox that holds all of `uids`.
  result<overlaid_cache::mailbox> holder(const mailbox_name& mailbox, const uid_set& uids) {
    auto in = cache->find_live(mailbox);
    if (!in) return in;
    if (uids.empty()) return fail(errc::invalid_argument, "no messages are named");
    const auto there = visible(*in, uids);
    if (!there) return tl::unexpected(there.error());
    const auto missing = uids.without(*there);
    if (!missing.empty()) return fail(errc::no_such_message, "UID " + missing.to_string().substr(0, 200));
    return in;
  }

  result<ids> record(queued_change what) {
    what.queued_at = unix_now();
    if (dry_run) {
      const auto parts = cache::outbox::planned(what);
      if (!parts) return tl::unexpected(parts.error());
      planned.insert(planned.end(), parts->begin(), parts->end());
      return ids(parts->size(), 0);
    }
    auto box = cache::outbox::open(file, account);
    if (!box) return tl::unexpected(std::move(box.error()));
    return (*box)->record(what);
  }

  result<change_id> record_one(queued_change what) {
    auto all = record(std::move(what));
    if (!all) return tl::unexpected(std::move(all.error()));
    return all->front();
  }

  result<change_id> record_append(const queued_change& what, std::string_view message) {
    if (dry_run) {
      auto whole = cache::outbox::planned_append(what, message);
      if (!whole) return tl::unexpected(std::move(whole.error()));
      planned.push_back(std::move(*whole));
      return 0;
    }
    auto box = cache::outbox::open(file, account);
    if (!box) return tl::unexpected(std::move(box.error()));
    return (*box)->record_append(what, message);
  }

  /// Null in a dry run: the change is there, and `allowed` says what else was to be asked of it.
  template <class F>
  result<std::unique_ptr<cache::outbox>> box_with(change_id id, F&& allowed) {
    auto box = cache::outbox::open_existing(file, account);
    if (!box) return box;
    if (*box == nullptr) return no_such_change(id);
    if (!dry_run) return box;
    const auto known = (*box)->find(id);
    if (!known) return tl::unexpected(known.error());
    if (!*known) return no_such_change(id);
    if (auto ok = allowed(**known); !ok) return tl::unexpected(std::move(ok.error()));
    return nullptr;
  }

  result<ids> record_about(change_kind kind, const mailbox_name& mailbox, const uid_set& uids,
                           const std::function<void(queued_change&)>& more) {
    const auto in = holder(mailbox, uids);
    if (!in) return tl::unexpected(in.error());
    queued_change what;
    what.kind = kind;
    what.mailbox = mailbox;
    what.validity = in->validity;
    what.uids = uids;
    more(what);
    return record(std::move(what));
  }

  result<void> refuse_lost_keywords(const mailbox_name& mailbox, const uid_set& uids) {
    const auto in = cache->find_live(mailbox);
    if (!in) return tl::unexpected(in.error());
    std::optional<uid> first;
    auto read = for_each_state(*in, uids, [&](const cache::message_state& m) {
      if (!first && !m.flags.keywords().empty()) first = m.uid;
    });
    if (!read) return read;
    if (!first) return {};
    return fail(errc::invalid_argument, "UID " + std::to_string(first->value) +
                                            " has keywords, which the only command that changes \\Draft would remove "
                                            "(OIMAP-V0005, V0056)");
  }

  result<ids> send_to(change_kind kind, const mailbox_name& from, const uid_set& uids, const mailbox_name& to) {
    if (const auto there = cache->find_live(to); !there) return tl::unexpected(there.error());
    return record_about(kind, from, uids, [&](queued_change& what) { what.destination = to; });
  }

  result<void> refuse_taken(const mailbox_name& name) {
    if (auto sound = check_new_name(name); !sound) return sound;
    const auto there = cache->find_live(name);
    if (there) return fail(errc::invalid_argument, "there is a mailbox " + name.wire() + " already");
    if (there.error().code != errc::no_such_mailbox) return tl::unexpected(there.error());
    return {};
  }

  result<change_id> record_folder(change_kind kind, const mailbox_name& mailbox, const mailbox_name& to = {}) {
    queued_change what;
    what.kind = kind;
    what.mailbox = mailbox;
    what.destination = to;
    return record_one(std::move(what));
  }

  result<change_id> record_known_folder(change_kind kind, const mailbox_name& mailbox, const mailbox_name& to = {}) {
    if (const auto there = cache->find_live(mailbox); !there) return tl::unexpected(there.error());
    return record_folder(kind, mailbox, to);
  }
};

outbox::outbox(std::unique_ptr<impl> i) : impl_(std::move(i)) {}
outbox::~outbox() = default;
outbox::outbox(outbox&&) noexcept = default;
outbox& outbox::operator=(outbox&&) noexcept = default;

result<outbox> outbox::open(const std::filesystem::path& cache) {
  auto opened = overlaid_cache::open(cache);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  auto account = (*opened)->reader().account();
  if (!account) return tl::unexpected(std::move(account.error()));
  if (const auto sound = cache::outbox::open_existing(cache, *account); !sound) return tl::unexpected(sound.error());
  return outbox(std::make_unique<impl>(impl{cache, std::move(*account), std::move(*opened)}));
}

result<outbox> outbox::dry_run(const std::filesystem::path& cache) {
  auto out = open(cache);
  if (out) out->impl_->dry_run = true;
  return out;
}

const std::vector<queued_change>& outbox::planned() const { return impl_->planned; }

result<uid_set> outbox::known(const mailbox_name& mailbox, const uid_set& uids) {
  const auto in = impl_->cache->find_live(mailbox);
  if (!in) return tl::unexpected(in.error());
  return impl_->visible(*in, uids);
}

result<outbox::ids> outbox::mark(const mailbox_name& mailbox, const uid_set& uids, flag_change flags) {
  if (((flags.add | flags.remove) & ~flag_set::all_bits) != 0) {
    return fail(errc::invalid_argument, "a flag that is none of the system flags");
  }
  if (flags == flag_change{}) return fail(errc::invalid_argument, "no flag is named");
  if ((flags.add & flags.remove) != 0) return fail(errc::invalid_argument, "a flag cannot be both set and cleared");
  if (((flags.add | flags.remove) & draft_bit) != 0) {
    if (auto sound = impl_->refuse_lost_keywords(mailbox, uids); !sound) return tl::unexpected(sound.error());
  }
  return impl_->record_about(change_kind::store, mailbox, uids, [&](queued_change& what) { what.flags = flags; });
}

result<outbox::ids> outbox::copy(const mailbox_name& from, const uid_set& uids, const mailbox_name& to) {
  return impl_->send_to(change_kind::copy, from, uids, to);
}

result<outbox::ids> outbox::move(const mailbox_name& from, const uid_set& uids, const mailbox_name& to) {
  if (from == to) return fail(errc::invalid_argument, "a message cannot be moved to the mailbox that it is in");
  return impl_->send_to(change_kind::move, from, uids, to);
}

result<outbox::ids> outbox::erase(const mailbox_name& mailbox, const uid_set& uids) {
  return mark(mailbox, uids, {deleted_bit, 0});
}

result<outbox::ids> outbox::undelete(const mailbox_name& mailbox, const uid_set& uids) {
  return mark(mailbox, uids, {0, deleted_bit});
}

result<uid_set> outbox::deleted(const mailbox_name& mailbox) {
  const auto in = impl_->cache->find_live(mailbox);
  if (!in) return tl::unexpected(in.error());
  uid_set out;
  auto read = impl_->for_each_state(*in, every_uid(), [&](const cache::message_state& m) {
    const auto effect = in->effect_on(m.uid);
    const bool marked = effect.flags.applied_to(m.flags).has(system_flag::deleted);
    if (!effect.purged && marked) out.add(m.uid);
  });
  if (!read) return tl::unexpected(std::move(read.error()));
  return out;
}

result<outbox::ids> outbox::purge(const mailbox_name& mailbox) {
  const auto uids = deleted(mailbox);
  if (!uids) return tl::unexpected(uids.error());
  if (uids->empty()) return ids();
  const auto in = impl_->cache->find_live(mailbox);
  if (!in) return tl::unexpected(in.error());
  queued_change what;
  what.kind = change_kind::expunge;
  what.mailbox = mailbox;
  what.validity = in->validity;
  what.uids = *uids;
  return impl_->record(std::move(what));
}

result<change_id> outbox::append(const mailbox_name& mailbox, std::string_view message, const flag_set& flags,
                                 std::optional<internal_date> date) {
  if (const auto there = impl_->cache->find_live(mailbox); !there) return tl::unexpected(there.error());
  if (message.empty()) return fail(errc::invalid_argument, "an empty message");
  if (message.size() > largest_message) return fail(errc::limit_exceeded, "a message of more than 256 MiB");
  if (!flags.keywords().empty()) {
    return fail(errc::invalid_argument, "keywords are never sent (OIMAP-V0005): " + flags.keywords());
  }
  if (date && !wire::format_date_time(*date)) return fail(errc::invalid_argument, "a date that IMAP cannot write");
  const auto sent = sync::to_seven_bit(message);
  if (!sent) return tl::unexpected(sent.error());
  queued_change what;
  what.mailbox = mailbox;
  what.appended_flags = flags.system_bits();
  what.date = date;
  const auto begin = std::string_view(*sent).substr(0, cache::header_bound);
  what.message_id = summarize(cache::header_of(begin, begin.size() == sent->size()).value_or(begin)).message_id;
  what.queued_at = unix_now();
  return impl_->record_append(what, *sent);
}

result<mailbox_name> outbox::child(const mailbox_name& parent, std::string_view level) {
  const auto delimiter = impl_->cache->delimiter();
  if (!delimiter) return tl::unexpected(delimiter.error());
  return profile::child_mailbox(parent, *delimiter, level);
}

result<mailbox_name> outbox::named(std::string_view path) {
  const auto delimiter = impl_->cache->delimiter();
  if (!delimiter) return tl::unexpected(delimiter.error());
  mailbox_name out;
  for (bool more = true; more;) {
    const auto end = *delimiter ? path.find(**delimiter) : std::string_view::npos;
    more = end != std::string_view::npos;
    auto next = profile::child_mailbox(out, *delimiter, path.substr(0, end));
    if (!next) return next;
    out = std::move(*next);
    if (more) path.remove_prefix(end + 1);
  }
  return out;
}

result<change_id> outbox::create(const mailbox_name& mailbox) {
  if (auto is_free = impl_->refuse_taken(mailbox); !is_free) return tl::unexpected(std::move(is_free.error()));
  return impl_->record_folder(change_kind::create, mailbox);
}

result<change_id> outbox::remove(const mailbox_name& mailbox) {
  if (mailbox.is_inbox()) return fail(errc::invalid_argument, "INBOX cannot be deleted");
  return impl_->record_known_folder(change_kind::remove, mailbox);
}

result<change_id> outbox::rename(const mailbox_name& from, const mailbox_name& to) {
  if (from.is_inbox()) return fail(errc::invalid_argument, "INBOX cannot be renamed");
  if (auto is_free = impl_->refuse_taken(to); !is_free) return tl::unexpected(std::move(is_free.error()));
  const auto delimiter = impl_->cache->delimiter();
  if (!delimiter) return tl::unexpected(delimiter.error());
  if (*delimiter && to.wire().starts_with(from.wire() + **delimiter)) {
    return fail(errc::invalid_argument, "a mailbox cannot be put below itself");
  }
  return impl_->record_known_folder(change_kind::rename, from, to);
}

result<change_id> outbox::subscribe(const mailbox_name& mailbox) {
  return impl_->record_known_folder(change_kind::subscribe, mailbox);
}

result<change_id> outbox::unsubscribe(const mailbox_name& mailbox) {
  return impl_->record_known_folder(change_kind::unsubscribe, mailbox);
}

result<std::vector<queued_change>> outbox::list() {
  const auto box = cache::outbox::open_existing(impl_->file, impl_->account);
  if (!box) return tl::unexpected(box.error());
  if (*box == nullptr) return std::vector<queued_change>();
  return (*box)->list();
}

result<void> outbox::message(change_id id, const std::function<bool(std::string_view)>& take) {
  const auto box = cache::outbox::open_existing(impl_->file, impl_->account);
  if (!box) return tl::unexpected(box.error());
  if (*box == nullptr) return fail(errc::no_such_message, "change " + std::to_string(id) + " of the outbox");
  return (*box)->message(id, take);
}

result<void> outbox::retry(change_id id) {
  const auto box = impl_->box_with(id, [](const queued_change&) { return result<void>(); });
  if (!box) return tl::unexpected(box.error());
  if (*box == nullptr) return {};
  const auto done = (*box)->retry(id);
  if (!done) return tl::unexpected(done.error());
  if (!*done) return no_such_change(id);
  return {};
}

result<void> outbox::drop(change_id id) {
  const auto box = impl_->box_with(id, cache::outbox::may_drop);
  if (!box) return tl::unexpected(box.error());
  if (*box == nullptr) return {};
  const auto done = (*box)->drop(id);
  if (!done) return tl::unexpected(done.error());
  if (!*done) return no_such_change(id);
  return {};
}

}  // namespace outmap
