#include "sync/mailbox_scan.hpp"

#include <unordered_set>

#include "sync/collectors.hpp"

namespace outmap::sync {
namespace {

std::size_t messages_in(const std::vector<seen_message>& seen) {
  std::unordered_set<std::uint32_t> distinct;
  for (const auto& s : seen) distinct.insert(s.which.value);
  return distinct.size();
}

}  // namespace

asio::awaitable<result<mailbox_scan>> scan_mailbox(session::session& on, std::uint32_t exists,
                                                   const std::string& name) {
  mailbox_scan out;
  out.exists = exists;
  for (const bool last : {false, true}) {
    scan_collector scanned(out.exists);
    const profile::command list =
        profile::uid_fetch_command{profile::message_set::all(), profile::fetch_form::uid_flags};
    const auto done = co_await on.execute(list, &scanned, name);
    if (!done && !(out.exists == 0 && session::is_refusal(done.error()))) co_return tl::unexpected(done.error());
    const auto expected = scanned.expected();
    out.exists = scanned.exists();
    out.seen = scanned.take();
    out.whole = messages_in(out.seen) >= expected;
    if (out.whole || last) break;
    scan_collector told(out.exists);
    const profile::command noop = profile::noop_command{};
    const auto asked = co_await on.execute(noop, &told, name);
    if (!asked && !session::is_refusal(asked.error())) co_return tl::unexpected(asked.error());
    out.exists = told.exists();
  }
  co_return out;
}

}  // namespace outmap::sync
