#include "sync/outbox_append.hpp"

#include <string>
#include <utility>

#include "sync/message_likeness.hpp"
#include "sync/seven_bit_message.hpp"
#include "wire/modified_utf7.hpp"

namespace outmap::sync {
namespace {

// A server that writes a message anew may make it larger; one that is larger than this is another message.
std::uint64_t largest_rewritten(std::size_t ours) { return std::uint64_t{ours} * 2 + (std::uint64_t{64} << 10); }

result<std::string> message_of(outbox_context& with, const queued_change& change) {
  std::string out;
  auto ok = with.box.message(change.id, [&](std::string_view piece) {
    out += piece;
    return true;
  });
  if (!ok) return tl::unexpected(ok.error());
  return out;
}

// Among the messages above the mark.
asio::awaitable<result<likeness>> look_once(outbox_context& with, const queued_change& change,
                                            const std::string& message) {
  auto headers = co_await with.desk.headers_above(change.before->highest);
  if (!headers) co_return tl::unexpected(headers.error());
  auto found = likeness::other;
  for (const auto& one : *headers) {
    if (!may_be_same(message, one.header)) continue;
    auto theirs = co_await with.desk.message(one.uid, largest_rewritten(message.size()));
    if (!theirs) co_return tl::unexpected(theirs.error());
    const auto like = *theirs ? likeness_of(message, **theirs) : likeness::unclear;
    if (like == likeness::same) co_return like;
    if (like == likeness::unclear) found = like;
  }
  co_return found;
}

struct doubt_solved {
  std::optional<outbox_verdict> verdict;  // none: it is not there
};

asio::awaitable<result<doubt_solved>> look(outbox_context& with, const queued_change& change,
                                           const std::string& message) {
  doubt_solved out;
  const auto name = wire::display_name(change.mailbox.wire());
  while (true) {
    const auto opened = co_await with.desk.open(change.mailbox);
    if (!opened) {
      auto closed = on_closed_mailbox(opened.error(), change.mailbox);
      if (!closed) co_return tl::unexpected(closed.error());
      // What is in doubt stays so while nobody can look.
      if (closed->outcome == change_outcome::postponed) co_return tl::unexpected(opened.error());
      out.verdict = *closed;
      co_return out;
    }
    if (!change.before || opened->validity != change.before->validity) {
      out.verdict = conflict_of(name +
                                ": the answer to APPEND was lost, and the folder has changed so much since that "
                                "nobody can tell whether it was done");
      co_return out;
    }
    auto found = co_await look_once(with, change, message);
    if (!found) co_return tl::unexpected(found.error());
    if (*found == likeness::same) {
      out.verdict.emplace().outcome = change_outcome::already_there;
      co_return out;
    }
    if (co_await wait_for_second_look(with)) continue;
    if (*found == likeness::unclear) {
      out.verdict = conflict_of(name +
                                ": the answer to APPEND was lost, and a message is there that may be this one or "
                                "another version of it");
    }
    co_return out;
  }
}

}  // namespace

asio::awaitable<outbox_result> replay_append(outbox_context& with, const queued_change& change) {
  const auto name = wire::display_name(change.mailbox.wire());
  auto octets = message_of(with, change);
  if (!octets) co_return tl::unexpected(octets.error());
  auto message = to_seven_bit(*octets);
  octets->clear();
  if (!message) co_return conflict_of(name + ": the message cannot be sent in 7 bits: " + message.error().detail);
  std::optional<mailbox_mark> before = change.before;
  if (change.state == change_state::in_doubt) {
    auto looked = co_await look(with, change, *message);
    if (!looked) co_return tl::unexpected(looked.error());
    if (looked->verdict) co_return *looked->verdict;
    const auto later = before_sending_again(with, change);
    if (!later) co_return tl::unexpected(later.error());
    if (*later) co_return **later;
  } else {
    const auto marked = co_await with.desk.mark(change.mailbox);
    if (!marked) co_return on_closed_mailbox(marked.error(), change.mailbox);
    before = *marked;
  }
  profile::append_command what;
  what.mailbox = change.mailbox;
  what.flags = flag_set(change.appended_flags);
  what.date = change.date;
  what.message = std::move(*message);
  const profile::command append = std::move(what);
  if (auto ok = with.box.mark_sending(change.id, before); !ok) co_return tl::unexpected(ok.error());
  auto done = co_await with.desk.send(append, name);
  if (!done) co_return on_refusal(done.error());
  co_return outbox_verdict{};
}

}  // namespace outmap::sync
