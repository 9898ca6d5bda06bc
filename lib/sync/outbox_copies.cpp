#include "sync/outbox_copies.hpp"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "sync/message_likeness.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

using sources = std::map<std::string, std::vector<uid>>;

struct known_sources {
  sources by_key;
  uid_set unknown;
};

void add_cached(outbox_context& with, const queued_change& change, known_sources& to) {
  const auto start = with.from.start_of(change.mailbox);
  const bool known = start && start->uid_validity == change.validity;
  const auto wanted = change.uids.to_vector();
  for (const auto which : wanted) {
    const auto header = known ? with.from.header(start->id, which) : result<std::string>(fail(errc::no_such_message));
    if (header) {
      to.by_key[copy_key(*header)].push_back(which);
    } else {
      to.unknown.add(which);
    }
  }
}

// What the cache has not, from the server.
asio::awaitable<result<void>> add_from_server(outbox_context& with, const queued_change& change, known_sources& to) {
  if (to.unknown.empty()) co_return result<void>{};
  const auto opened = co_await with.desk.open(change.mailbox);
  if (!opened && session::is_refusal(opened.error())) co_return result<void>{};
  if (!opened) co_return tl::unexpected(opened.error());
  if (opened->validity != change.validity) co_return result<void>{};
  auto headers = co_await with.desk.headers(to.unknown);
  if (!headers) co_return tl::unexpected(headers.error());
  uid_set learned;
  for (const auto& one : *headers) {
    to.by_key[copy_key(one.header)].push_back(one.uid);
    learned.add(one.uid);
  }
  to.unknown = to.unknown.without(learned);
  co_return result<void>{};
}

// Nothing where some of those that are alike are there and some are not.
std::optional<uid_set> missing_from(const sources& wanted, const std::vector<fetched_header>& there) {
  std::map<std::string, std::size_t> counted;
  for (const auto& one : there) ++counted[copy_key(one.header)];
  std::vector<uid> missing;
  for (const auto& [key, uids] : wanted) {
    const auto found = counted[key];
    if (found >= uids.size()) continue;
    if (found != 0) return std::nullopt;
    missing.insert(missing.end(), uids.begin(), uids.end());
  }
  std::sort(missing.begin(), missing.end());
  uid_set out;
  for (const auto which : missing) out.add(which);
  return out;
}

}  // namespace

asio::awaitable<result<copies_found>> look_for_copies(outbox_context& with, const queued_change& change) {
  copies_found out;
  known_sources wanted;
  add_cached(with, change, wanted);
  if (auto ok = co_await add_from_server(with, change, wanted); !ok) co_return tl::unexpected(ok.error());
  const auto name = wire::display_name(change.destination.wire());
  while (true) {
    const auto opened = co_await with.desk.open(change.destination);
    if (!opened) {
      auto closed = on_closed_mailbox(opened.error(), change.destination);
      if (!closed) co_return tl::unexpected(closed.error());
      // What is in doubt stays so while nobody can look.
      if (closed->outcome == change_outcome::postponed) co_return tl::unexpected(opened.error());
      out.instead = *closed;
      co_return out;
    }
    if (!change.before || opened->validity != change.before->validity) {
      out.instead = conflict_of(name +
                                ": the answer to COPY was lost, and the folder has changed so much since that "
                                "nobody can tell whether it was done");
      co_return out;
    }
    auto there = co_await with.desk.headers_above(change.before->highest);
    if (!there) co_return tl::unexpected(there.error());
    const auto missing = missing_from(wanted.by_key, *there);
    // Not one of those that cannot be looked for may be copied again.
    const bool unclear = !missing || !wanted.unknown.empty();
    if (!unclear && missing->empty()) co_return out;
    if (co_await wait_for_second_look(with)) continue;
    if (unclear) {
      out.instead = conflict_of(name +
                                ": the answer to COPY was lost, and what is there now does not tell whether it "
                                "was done");
    } else {
      out.missing = *missing;
    }
    co_return out;
  }
}

}  // namespace outmap::sync
