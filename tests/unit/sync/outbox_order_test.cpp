#include "sync/outbox_order.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace outmap;
using kind = change_kind;

namespace {

queued_change change(kind what, const std::string& mailbox, std::initializer_list<std::uint32_t> uids = {},
                     const std::string& destination = {}) {
  queued_change out;
  out.kind = what;
  out.mailbox = mailbox_name(mailbox);
  out.destination = mailbox_name(destination);
  for (const auto u : uids) out.uids.add(uid{u});
  return out;
}

}  // namespace

TEST_CASE("changes of the same messages keep their order, others do not wait") {
  const auto flagged = change(kind::store, "INBOX", {1, 2});
  CHECK(sync::depends_on(change(kind::move, "INBOX", {2, 3}, "A"), flagged));
  CHECK(sync::depends_on(change(kind::store, "INBOX", {1}), flagged));
  CHECK_FALSE(sync::depends_on(change(kind::store, "INBOX", {3}), flagged));
  CHECK_FALSE(sync::depends_on(change(kind::store, "Other", {1}), flagged));
  CHECK_FALSE(sync::depends_on(change(kind::append, "INBOX"), flagged));
  CHECK_FALSE(sync::depends_on(change(kind::subscribe, "INBOX"), flagged));
}

TEST_CASE("a purge waits for what flags or moves messages of its mailbox") {
  const auto purge = change(kind::expunge, "INBOX", {9});
  CHECK(sync::depends_on(purge, change(kind::store, "INBOX", {1})));
  CHECK(sync::depends_on(purge, change(kind::move, "INBOX", {1}, "A")));
  CHECK_FALSE(sync::depends_on(purge, change(kind::append, "INBOX")));
  CHECK_FALSE(sync::depends_on(purge, change(kind::move, "A", {1}, "INBOX")));
  CHECK(sync::depends_on(change(kind::store, "INBOX", {9}), purge));
  CHECK_FALSE(sync::depends_on(change(kind::store, "INBOX", {8}), purge));
}

TEST_CASE("what names a mailbox waits for it to be made, and what removes it for what was to be done there") {
  const auto made = change(kind::create, "A");
  CHECK(sync::depends_on(change(kind::append, "A"), made));
  CHECK(sync::depends_on(change(kind::copy, "INBOX", {1}, "A"), made));
  CHECK(sync::depends_on(change(kind::create, "A/b"), made));
  CHECK(sync::depends_on(change(kind::subscribe, "A.b"), made));
  CHECK_FALSE(sync::depends_on(change(kind::append, "AB"), made));
  const auto removed = change(kind::remove, "A");
  CHECK(sync::depends_on(removed, change(kind::move, "A", {1}, "B")));
  CHECK(sync::depends_on(removed, change(kind::append, "A/b")));
  CHECK_FALSE(sync::depends_on(removed, change(kind::append, "B")));
  const auto renamed = change(kind::rename, "A", {}, "B");
  CHECK(sync::depends_on(change(kind::append, "B/c"), renamed));
  CHECK(sync::depends_on(renamed, change(kind::copy, "INBOX", {1}, "A")));
  CHECK(sync::depends_on(change(kind::create, "A"), renamed));
  CHECK(sync::depends_on(change(kind::unsubscribe, "S"), change(kind::subscribe, "S")));
  CHECK_FALSE(sync::depends_on(change(kind::unsubscribe, "S"), change(kind::subscribe, "T")));
}
