#include "outmap/store.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "unit/archive/sample_cache.hpp"

using namespace archive_test;
using outmap::errc;
using outmap::mailbox_name;
using outmap::store;
using outmap::system_flag;
using outmap::uid;

namespace {

template <class T>
errc code_of(const outmap::result<T>& r) {
  REQUIRE_FALSE(r);
  return r.error().code;
}

}  // namespace

TEST_CASE("a store shows account and folders, INBOX first, then by decoded name") {
  sample_cache cache;
  cache.put("Zoo", {});
  cache.put("&AMQ-rger", {{3, message_text("one")}});
  cache.put("Alpha.Beta", {}, '.', true);
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two")}}, '/', false, 9);
  cache.expunge("INBOX", 2);

  auto s = need(store::open(cache.file()));
  CHECK(need(s.account()) == "anna@mail.example");
  const auto folders = need(s.folders());
  REQUIRE(folders.size() == 4);
  CHECK(folders[0].name == "INBOX");
  CHECK(folders[0].uid_validity.value == 9);
  CHECK(folders[0].messages == 1);
  CHECK(folders[0].bodies == 1);
  CHECK(folders[0].body_octets == message_text("one").size());
  CHECK(folders[0].expunged == 1);
  CHECK(folders[0].selectable);
  CHECK(folders[1].name == "Alpha.Beta");
  CHECK(folders[1].delimiter == '.');
  CHECK_FALSE(folders[1].selectable);
  CHECK(folders[2].name == "Zoo");
  CHECK(folders[3].name == "Ärger");
  CHECK(folders[3].mailbox.wire() == "&AMQ-rger");
}

TEST_CASE("a folder is found by decoded name, else by wire name") {
  sample_cache cache;
  cache.put("INBOX", {});
  cache.put("&AMQ-rger", {});
  cache.put("&AOQA5A-", {});  // the same letters may be spelled in two ways
  cache.put("Tom &- Jerry", {});
  cache.put("broken &", {});
  cache.put("raw\xe4", {});
  auto s = need(store::open(cache.file()));
  CHECK(need(s.folder("Ärger")).mailbox.wire() == "&AMQ-rger");
  CHECK(need(s.folder("&AMQ-rger")).mailbox.wire() == "&AMQ-rger");
  CHECK(need(s.folder("ää")).mailbox.wire() == "&AOQA5A-");
  CHECK(need(s.folder("Tom & Jerry")).mailbox.wire() == "Tom &- Jerry");
  CHECK(need(s.folder("broken &")).mailbox.wire() == "broken &");
  CHECK(need(s.folder("raw\xe4")).mailbox.wire() == "raw\xe4");
  CHECK(need(s.folder("inbox")).mailbox.is_inbox());
  CHECK(code_of(s.folder("ärger")) == errc::no_such_mailbox);
  CHECK(code_of(s.folder("")) == errc::no_such_mailbox);
}

TEST_CASE("a store shows messages, headers and bodies") {
  sample_cache cache;
  const auto seen = static_cast<std::uint8_t>(system_flag::seen);
  sample_message header_only{9, message_text("nine"), 0, 0};
  header_only.with_body = false;
  const auto large = message_text("large", 3'000'000);
  cache.put("INBOX", {{5, large}, {2, message_text("two"), seen}, header_only});
  auto s = need(store::open(cache.file()));
  const mailbox_name inbox("INBOX");

  std::vector<std::uint32_t> uids;
  need(s.messages(inbox, [&](const outmap::stored_message& m) {
    uids.push_back(m.uid.value);
    return true;
  }));
  CHECK(uids == std::vector<std::uint32_t>{2, 5, 9});
  uids.clear();
  need(s.messages(inbox, [&](const outmap::stored_message& m) {
    uids.push_back(m.uid.value);
    return false;
  }));
  CHECK(uids == std::vector<std::uint32_t>{2});

  const auto two = need(s.message(inbox, uid{2}));
  CHECK(two.flags.has(system_flag::seen));
  CHECK(two.body_octets == message_text("two").size());
  CHECK(two.body_digest.size() == 64);
  CHECK(two.date->unix_seconds == some_day);
  const auto nine = need(s.message(inbox, uid{9}));
  CHECK(nine.body_digest.empty());
  CHECK_FALSE(nine.body_octets);
  CHECK_FALSE(nine.date);

  CHECK(outmap::summarize(need(s.header(inbox, uid{9}))).subject == "nine");
  std::string body;
  std::size_t longest = 0;
  need(s.body(inbox, uid{5}, [&](std::string_view piece) {
    longest = std::max(longest, piece.size());
    body += piece;
    return true;
  }));
  CHECK(body == large);
  CHECK(longest <= std::size_t{1} << 20);

  CHECK(code_of(s.message(inbox, uid{3})) == errc::no_such_message);
  CHECK(code_of(s.header(inbox, uid{3})) == errc::no_such_message);
  CHECK(code_of(s.body(inbox, uid{9}, [](std::string_view) { return true; })) == errc::no_such_message);
  CHECK(code_of(s.messages(mailbox_name("none"), [](const outmap::stored_message&) { return true; })) ==
        errc::no_such_mailbox);
}

TEST_CASE("a store sees what is committed after it was opened") {
  sample_cache cache;
  cache.put("INBOX", {});
  auto s = need(store::open(cache.file()));
  CHECK(need(s.folder("INBOX")).messages == 0);
  cache.put("INBOX", {{1, message_text("one")}});
  CHECK(need(s.folder("INBOX")).messages == 1);
  auto moved = std::move(s);
  CHECK(need(moved.message(mailbox_name("INBOX"), uid{1})).uid.value == 1);
}

TEST_CASE("a damaged body is an error at its end") {
  sample_cache cache;
  cache.put("INBOX", {{1, message_text("one")}});
  cache.damage("UPDATE body SET digest = CAST(x'58' || substr(digest, 2) AS BLOB)");
  auto s = need(store::open(cache.file()));
  CHECK(code_of(s.body(mailbox_name("INBOX"), uid{1}, [](std::string_view) { return true; })) == errc::cache_damaged);
}

TEST_CASE("what is no cache is not opened") {
  sample_cache cache;
  CHECK(code_of(store::open(cache.outside("missing"))) == errc::cache_unavailable);
  outmap::test::write_file(cache.outside("other"), std::string(5000, 'x'));
  CHECK(code_of(store::open(cache.outside("other"))) == errc::cache_foreign);
}
