// What a restore reads: of the cache and of the server.
#include <algorithm>
#include <cstring>
#include <utility>

#include "archive/restorer.hpp"
#include "cache/digester.hpp"
#include "cache/received_date.hpp"
#include "sync/message_likeness.hpp"
#include "sync/seven_bit_message.hpp"

namespace outmap::archive {
namespace {

constexpr std::uint64_t largest_message = std::uint64_t{256} << 20;
constexpr std::size_t headers_a_command = 500;
// Of messages that are alike in all fields, so many are compared with one of the server.
constexpr std::size_t most_comparisons = 32;

// A server that writes a message anew may make it larger; one that is larger than this is another message.
std::uint64_t largest_rewritten(std::uint64_t ours) { return ours * 2 + (std::uint64_t{64} << 10); }

std::string in_seven_bits(std::string text) {
  auto out = sync::to_seven_bit(text);
  return out ? std::move(*out) : std::move(text);
}

}  // namespace

result<void> restorer::learn_live_bodies() {
  live_.emplace();
  const auto folders = from_.folders();
  if (!folders) return tl::unexpected(folders.error());
  for (const auto& folder : *folders) {
    auto read = from_.for_each_message(folder.id, [&](const cache::message_record& m) {
      if (m.body_digest) live_->insert(*m.body_digest);
      return true;
    });
    if (!read) return read;
  }
  return {};
}

result<std::vector<restorer::item>> restorer::items_of(const cache::folder_record& folder) {
  std::vector<item> out;
  std::uint64_t without_body = 0;
  auto read = from_.for_each_message(folder.id, [&](const cache::message_record& m) {
    const auto date = cache::received_date(from_, folder.id, m);
    if (what_.since && (!date || date->unix_seconds < *what_.since)) return true;
    if (m.body_digest) {
      out.push_back({m.uid, 0, m.flags, date, *m.body_digest});
    } else {
      ++without_body;
    }
    return true;
  });
  if (read && what_.expunged) read = add_expunged(folder, out);
  if (!read) return tl::unexpected(read.error());
  // A folder that is come back to was counted already.
  if (!now_.looked) report_.without_body += without_body;
  return out;
}

result<void> restorer::add_expunged(const cache::folder_record& folder, std::vector<item>& to) {
  if (!live_) {
    if (auto learnt = learn_live_bodies(); !learnt) return learnt;
  }
  std::set<cache::digest> taken;
  return from_.for_each_expunged(folder.id, [&](const cache::expunged_message& m) {
    const auto& was = m.was;
    if (what_.since && (!was.date || was.date->unix_seconds < *what_.since)) return true;
    if (!was.body_digest || live_->contains(*was.body_digest) || !taken.insert(*was.body_digest).second) return true;
    auto flags = was.flags;
    flags.clear(system_flag::deleted);
    to.push_back({was.uid, m.row, flags, was.date, *was.body_digest});
    return true;
  });
}

result<std::string> restorer::header_of(const cache::folder_record& folder, const item& one) {
  auto header = one.expunged_row != 0 ? from_.expunged_header(one.expunged_row) : from_.header(folder.id, one.uid);
  if (header || header.error().code != errc::no_such_message) return header;
  // A message whose header has no end that was looked for.
  return std::string();
}

result<std::string> restorer::text_of(const cache::folder_record& folder, const item& one) {
  std::string out;
  const auto take = [&](std::string_view piece) {
    out += piece;
    return out.size() <= largest_message;
  };
  auto read =
      one.expunged_row != 0 ? from_.expunged_body(one.expunged_row, take) : from_.body(folder.id, one.uid, take);
  if (!read) return tl::unexpected(read.error());
  if (out.size() > largest_message) return fail(errc::limit_exceeded, "larger than 256 MiB");
  return out;
}

asio::awaitable<result<std::vector<found_message>>> restorer::list(sync::mailbox_desk& desk) {
  const auto all = co_await desk.all_flags();
  if (!all) co_return tl::unexpected(all.error());
  std::vector<found_message> out;
  out.reserve(all->size());
  uid_set some;
  std::size_t gathered = 0;
  std::size_t left = all->size();
  for (const auto& [which, flags] : *all) {
    some.add(which);
    --left;
    if (++gathered < headers_a_command && left > 0) continue;
    const auto headers = co_await desk.headers(some);
    if (!headers) co_return tl::unexpected(headers.error());
    for (const auto& h : *headers) out.push_back({h.uid, likeness_key_of(h.header), h.date});
    some = uid_set();
    gathered = 0;
  }
  co_return out;
}

asio::awaitable<result<std::vector<std::optional<uid>>>> restorer::look(sync::mailbox_desk& desk,
                                                                        const cache::folder_record& folder,
                                                                        const std::vector<item>& items) {
  const auto found = co_await list(desk);
  if (!found) co_return tl::unexpected(found.error());
  std::vector<held_message> held;
  held.reserve(items.size());
  for (const auto& one : items) {
    auto header = header_of(folder, one);
    // What is damaged is named when its text is read.
    if (!header && header.error().code != errc::cache_damaged) co_return tl::unexpected(header.error());
    held.push_back({header ? likeness_key_of(*header) : likeness_key(), one.date, one.body});
  }
  restore_matching matching(held, *found);
  while (const auto asked = matching.next()) {
    const auto candidates = matching.candidates();
    const auto is = co_await decide(desk, folder, items, (*found)[*asked].uid, candidates);
    if (!is) co_return tl::unexpected(is.error());
    matching.answer(*is);
  }
  std::vector<std::optional<uid>> out(items.size());
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (matching.matched()[i]) out[i] = (*found)[*matching.matched()[i]].uid;
  }
  co_return out;
}

asio::awaitable<result<std::optional<std::size_t>>> restorer::decide(sync::mailbox_desk& desk,
                                                                     const cache::folder_record& folder,
                                                                     const std::vector<item>& items, uid which,
                                                                     const std::vector<std::size_t>& candidates) {
  const auto theirs = co_await desk.message(which, largest_rewritten(largest_message));
  if (!theirs) co_return tl::unexpected(theirs.error());
  if (!*theirs) co_return std::nullopt;
  cache::digester sum;
  const auto their_digest = sum.of(**theirs);
  if (!their_digest) co_return tl::unexpected(their_digest.error());
  for (const auto c : candidates) {
    if (items[c].body == *their_digest) co_return c;
  }
  for (std::size_t i = 0; i < std::min(candidates.size(), most_comparisons); ++i) {
    auto ours = text_of(folder, items[candidates[i]]);
    if (!ours && ours.error().code == errc::file_error) co_return tl::unexpected(ours.error());
    if (!ours) continue;
    if (sync::likeness_of(in_seven_bits(std::move(*ours)), **theirs) == sync::likeness::same) co_return candidates[i];
  }
  co_return std::nullopt;
}

asio::awaitable<result<void>> restorer::compare(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                                const std::vector<item>& items, const mailbox_name& target) {
  const auto opened = co_await desk.open(target);
  if (!opened) co_return tl::unexpected(opened.error());
  std::vector<std::optional<uid>> there(items.size());
  std::map<uid, flag_set> flags;
  if (opened->exists > 0) {
    auto looked = co_await look(desk, folder, items);
    if (!looked) co_return tl::unexpected(looked.error());
    there = std::move(*looked);
    auto listed = co_await desk.all_flags();
    if (!listed) co_return tl::unexpected(listed.error());
    flags = std::move(*listed);
  }
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (given_up_.contains({items[i].uid.value, items[i].expunged_row})) continue;
    const auto now = there[i] ? flags[*there[i]] : flag_set();
    if (auto done = co_await compare_one(desk, folder, items[i], there[i], now); !done) co_return done;
    tell();
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> restorer::compare_one(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                                    const item& one, std::optional<uid> there, const flag_set& flags) {
  ++report_.compared;
  ++steps_;
  const auto differs = [&](std::string what) {
    ++report_.mismatches;
    if (report_.refusals.size() < restore_report::most_refusals)
      report_.refusals.push_back({name_, one.uid, error(errc::verification_failed, std::move(what))});
  };
  if (!there) {
    differs("appended, and not found again");
    co_return result<void>{};
  }
  if (flags.system_bits() != one.flags.system_bits())
    differs("flags came back as " + printable(flags.to_string(), 200) + ", not as " +
            printable(one.flags.to_string(), 200));
  uid_set only;
  only.add(*there);
  const auto header = co_await desk.headers(only);
  if (!header) co_return tl::unexpected(header.error());
  const auto date = header->empty() ? std::nullopt : header->front().date;
  if (one.date && (!date || date->unix_seconds != one.date->unix_seconds)) differs("INTERNALDATE came back as another");
  auto ours = text_of(folder, one);
  if (!ours) co_return tl::unexpected(ours.error());
  const auto sent = in_seven_bits(std::move(*ours));
  const auto theirs = co_await desk.message(*there, largest_rewritten(sent.size()));
  if (!theirs) co_return tl::unexpected(theirs.error());
  if (*theirs && **theirs == sent) co_return result<void>{};
  if (*theirs && sync::likeness_of(sent, **theirs) == sync::likeness::same) {
    ++report_.rewritten;
  } else {
    differs("the text came back as another");
  }
  co_return result<void>{};
}

}  // namespace outmap::archive
