// What may be asked of an outbox, and what is refused before it is recorded.
#include "outmap/outbox.hpp"

#include <atomic>
#include <thread>

#include "overlay_support.hpp"

using namespace api_test;

namespace {

void fill(sample_cache& cache) {
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two"), seen}}, '/', false, 7);
  cache.put("Work", {{5, message_text("five")}}, '/', false, 8);
}

}  // namespace

TEST_CASE("messages and mailboxes that are not there are refused, and nothing is recorded") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  const flag_change flag{seen, 0};
  CHECK(code_of(queue.mark(box("INBOX"), uids({1, 3}), flag)) == errc::no_such_message);
  CHECK(queue.mark(box("INBOX"), uids({1, 3}), flag).error().detail == "UID 3");
  CHECK(code_of(queue.mark(box("INBOX"), {}, flag)) == errc::invalid_argument);
  CHECK(code_of(queue.mark(box("INBOX"), uids({0}), flag)) == errc::no_such_message);
  CHECK(code_of(queue.mark(box("None"), uids({1}), flag)) == errc::no_such_mailbox);
  CHECK(code_of(queue.copy(box("INBOX"), uids({1}), box("None"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.copy(box("INBOX"), uids({9}), box("Work"))) == errc::no_such_message);
  CHECK(code_of(queue.move(box("None"), uids({1}), box("Work"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.move(box("Work"), uids({5}), box("Work"))) == errc::invalid_argument);
  CHECK(code_of(queue.purge(box("None"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.append(box("None"), "x")) == errc::no_such_mailbox);
  CHECK(code_of(queue.subscribe(box("None"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.unsubscribe(box("None"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.remove(box("None"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.rename(box("None"), box("New"))) == errc::no_such_mailbox);
  CHECK(code_of(queue.known(box("None"), uids({1}))) == errc::no_such_mailbox);
  CHECK_FALSE(std::filesystem::exists(cache.file().string() + ".outbox"));
  CHECK(need(queue.list()).empty());
  uid_set all;
  all.add({uid{1}, uid{UINT32_MAX}});
  CHECK(need(queue.known(box("INBOX"), all)) == uids({1, 2}));
  CHECK(need(queue.known(box("INBOX"), uids({2, 4}))) == uids({2}));
  CHECK(code_of(outbox::open(cache.outside("missing"))) == errc::cache_unavailable);
}

TEST_CASE("a folder that is gone takes no changes, and its name may be given again") {
  sample_cache cache;
  fill(cache);
  cache.damage("UPDATE folder SET gone = 1 WHERE mailbox = CAST('Work' AS BLOB)");
  auto queue = need(outbox::open(cache.file()));
  auto from = need(store::open(cache.file()));
  CHECK(code_of(queue.mark(box("Work"), uids({5}), {seen, 0})) == errc::no_such_mailbox);
  CHECK(code_of(queue.append(box("Work"), "x")) == errc::no_such_mailbox);
  CHECK(tree(from) == "INBOX Work-");
  need(queue.create(box("Work")));
  CHECK(tree(from) == "INBOX Work+");
  need(queue.append(box("Work"), "Subject: x\r\n\r\n"));
  CHECK(need(from.folder("Work")).unsent == 1);
}

TEST_CASE("OIMAP-V0005 keywords are not sent, and \\Draft does not cost a message its keywords") {
  sample_cache cache;
  fill(cache);
  cache.damage("UPDATE message SET keywords = CAST('$Done' AS BLOB) WHERE uid = 2");
  auto queue = need(outbox::open(cache.file()));
  auto from = need(store::open(cache.file()));
  need(queue.mark(box("INBOX"), uids({1}), {draft, 0}));
  CHECK(code_of(queue.mark(box("INBOX"), uids({1, 2}), {draft, 0})) == errc::invalid_argument);
  CHECK(code_of(queue.mark(box("INBOX"), uids({2}), {0, draft})) == errc::invalid_argument);
  need(queue.mark(box("INBOX"), uids({2}), {flagged, 0}));
  CHECK(need(from.message(box("INBOX"), uid{2})).flags.to_string() == "\\Seen \\Flagged $Done");
  flag_set with_keyword;
  with_keyword.add_keyword("$Label1");
  CHECK(code_of(queue.append(box("INBOX"), "x", with_keyword)) == errc::invalid_argument);
}

TEST_CASE("flags that are none") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  CHECK(code_of(queue.mark(box("INBOX"), uids({1}), {0, 0})) == errc::invalid_argument);
  CHECK(code_of(queue.mark(box("INBOX"), uids({1}), {seen, seen})) == errc::invalid_argument);
  CHECK(code_of(queue.mark(box("INBOX"), uids({1}), {32, 0})) == errc::invalid_argument);
}

TEST_CASE("OIMAP-V0013 what is appended is recorded as it goes out: in 7 bits") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  const auto id = need(queue.append(box("INBOX"),
                                    "Message-ID: <a@b>\nSubject: Gr\xc3\xbc\xc3\x9f"
                                    "e\n\nH\xc3\xa4\n"));
  std::string out;
  need(queue.message(id, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  CHECK(std::all_of(out.begin(), out.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; }));
  CHECK(outmap::summarize(out.substr(0, out.find("\r\n\r\n") + 4)).subject ==
        "Gr\xc3\xbc\xc3\x9f"
        "e");
  const auto change = need(queue.list()).front();
  CHECK(change.message_id == "<a@b>");
  CHECK(change.octets == out.size());
  CHECK(code_of(queue.append(box("INBOX"), "")) == errc::invalid_argument);
  CHECK(code_of(queue.append(box("INBOX"), "To: \xff\r\n\r\n")) == errc::unencodable);
  CHECK(code_of(queue.append(box("INBOX"), "x", {}, outmap::internal_date{1'000'000'000'000, 0})) ==
        errc::invalid_argument);
  CHECK(code_of(queue.append(box("INBOX"), std::string((std::size_t{256} << 20) + 1, 'x'))) == errc::limit_exceeded);
}

TEST_CASE("OIMAP-V0018 OIMAP-V0019 OIMAP-V0020 OIMAP-V0021 names of new folders") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  CHECK(need(queue.child({}, "a%b*c")).wire() == "a%b*c");
  CHECK(need(queue.child(box("Work"), "Tom & Jerry")).wire() == "Work/Tom &- Jerry");
  CHECK(need(queue.named("Ärger/#2")).wire() == "&AMQ-rger/#2");
  CHECK(code_of(queue.child({}, "a/b")) == errc::invalid_argument);
  CHECK(code_of(queue.named("a//b")) == errc::invalid_argument);
  CHECK(code_of(queue.named("")) == errc::invalid_argument);
  CHECK(code_of(queue.named("a/")) == errc::invalid_argument);
  for (const std::string& name : {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3), std::string("\x7f"),
                                 std::string("raw\xe4")}) {
    CHECK(code_of(queue.named(name)) == errc::unencodable);
    CHECK(code_of(queue.create(box(name))) == errc::unencodable);
    CHECK(code_of(queue.rename(box("Work"), box(name))) == errc::unencodable);
  }
  CHECK(code_of(queue.create(box(""))) == errc::invalid_argument);
  need(queue.create(box("a%b*c")));
  CHECK(need(queue.list()).size() == 1);
}

TEST_CASE("OIMAP-V0016 a name that is taken, in the same case, is refused") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  CHECK(code_of(queue.create(box("Work"))) == errc::invalid_argument);
  CHECK(code_of(queue.create(box("inbox"))) == errc::invalid_argument);
  need(queue.create(box("work")));
  CHECK(code_of(queue.create(box("work"))) == errc::invalid_argument);
  CHECK(code_of(queue.rename(box("Work"), box("work"))) == errc::invalid_argument);
  CHECK(code_of(queue.rename(box("Work"), box("Work/below"))) == errc::invalid_argument);
  need(queue.rename(box("Work"), box("Works")));
  need(queue.create(box("Work")));
}

TEST_CASE("INBOX is neither renamed nor deleted") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  CHECK(code_of(queue.remove(box("inbox"))) == errc::invalid_argument);
  CHECK(code_of(queue.rename(box("INBOX"), box("Old"))) == errc::invalid_argument);
}

TEST_CASE("a large set is found whole and recorded in commands of bounded length") {
  sample_cache cache;
  std::vector<archive_test::sample_message> many;
  uid_set odd;
  for (std::uint32_t u = 1; u <= 6000; u += 2) {
    many.push_back({u, message_text("m", 1)});
    odd.add(uid{u});
  }
  cache.put("INBOX", many, '/', false, 7);
  cache.put("Work", {}, '/', false, 8);
  auto queue = need(outbox::open(cache.file()));
  CHECK(need(queue.known(box("INBOX"), odd)) == odd);
  uid_set all;
  all.add({uid{1}, uid{UINT32_MAX}});
  CHECK(need(queue.known(box("INBOX"), all)) == odd);
  CHECK(need(queue.mark(box("INBOX"), odd, {seen, 0})).size() > 1);
  CHECK(need(queue.move(box("INBOX"), odd, box("Work"))).size() >= 3);
  auto from = need(store::open(cache.file()));
  CHECK(need(queue.deleted(box("INBOX"))) == odd);
  CHECK(need(from.folder("Work")).unsent == 3000);
}

TEST_CASE("threads record while others read, each through its own objects") {
  sample_cache cache;
  std::vector<archive_test::sample_message> many;
  for (std::uint32_t u = 1; u <= 60; ++u) many.push_back({u, message_text("m", 1)});
  cache.put("INBOX", many, '/', false, 7);
  std::atomic<int> failures{0};
  std::atomic<bool> over{false};
  const auto recorder = [&](std::uint32_t first) {
    auto queue = outbox::open(cache.file());
    for (auto u = first; queue && u < first + 30; ++u) {
      uid_set one;
      one.add(uid{u});
      if (!queue->mark(box("INBOX"), one, {flagged, 0})) ++failures;
    }
    if (!queue) ++failures;
  };
  std::thread a(recorder, 1), b(recorder, 31);
  std::thread reads([&] {
    auto from = store::open(cache.file());
    std::size_t last = 0;
    while (from && !over) {
      std::size_t now = 0;
      const auto read = from->messages(box("INBOX"), [&](const stored_message& m) {
        now += m.flags.has(system_flag::flagged) ? 1 : 0;
        return true;
      });
      // Nothing that was recorded is unseen again.
      if (!read || now < last) ++failures;
      last = now;
    }
    if (!from) ++failures;
  });
  a.join();
  b.join();
  over = true;
  reads.join();
  CHECK(failures == 0);
  auto from = need(store::open(cache.file()));
  std::size_t now = 0;
  need(from.messages(box("INBOX"), [&](const stored_message& m) {
    now += m.flags.has(system_flag::flagged) ? 1 : 0;
    return true;
  }));
  CHECK(now == 60);
}

TEST_CASE("a dry run checks as a recording does, has what would be recorded, and makes no file") {
  sample_cache cache;
  fill(cache);
  auto dry = need(outbox::dry_run(cache.file()));
  auto from = need(store::open(cache.file()));
  CHECK(need(dry.mark(box("INBOX"), uids({1}), {seen, 0})) == outbox::ids{0});
  CHECK(need(dry.append(box("Work"), "Subject: x\r\n\r\n")) == 0);
  CHECK(need(dry.create(box("New"))) == 0);
  CHECK(code_of(dry.mark(box("INBOX"), uids({3}), {seen, 0})) == errc::no_such_message);
  CHECK(code_of(dry.create(box("Work"))) == errc::invalid_argument);
  CHECK(code_of(dry.append(box("Work"), "")) == errc::invalid_argument);
  REQUIRE(dry.planned().size() == 3);
  CHECK(dry.planned()[0].uids == uids({1}));
  CHECK(dry.planned()[0].validity.value == 7);
  CHECK(dry.planned()[1].octets == 14);
  CHECK(dry.planned()[2].kind == outmap::change_kind::create);
  CHECK_FALSE(std::filesystem::exists(cache.file().string() + ".outbox"));
  CHECK(shown(from, "INBOX") == "1: 2:S");

  auto queue = need(outbox::open(cache.file()));
  need(queue.append(box("Work"), "Subject: x\r\n\r\n"));
  CHECK(need(queue.list())[0].digest == dry.planned()[1].digest);
  CHECK(queue.planned().empty());
}

TEST_CASE("a dry run plans as many changes as a recording makes") {
  sample_cache cache;
  std::vector<archive_test::sample_message> many;
  for (std::uint32_t n = 1; n <= 1001; ++n) many.push_back({n, message_text("m")});
  cache.put("INBOX", many, '/', false, 7);
  cache.put("Work", {}, '/', false, 8);
  uid_set all;
  all.add({uid{1}, uid{1001}});
  auto dry = need(outbox::dry_run(cache.file()));
  CHECK(need(dry.copy(box("INBOX"), all, box("Work"))).size() == 2);
  auto queue = need(outbox::open(cache.file()));
  need(queue.copy(box("INBOX"), all, box("Work")));
  const auto recorded = need(queue.list());
  REQUIRE(recorded.size() == dry.planned().size());
  for (std::size_t i = 0; i < recorded.size(); ++i) CHECK(recorded[i].uids == dry.planned()[i].uids);
}

TEST_CASE("a dry drop or retry refuses what the real one refuses, and leaves the rest") {
  sample_cache cache;
  fill(cache);
  auto queue = need(outbox::open(cache.file()));
  const auto doubtful = need(queue.copy(box("INBOX"), uids({1}), box("Work"))).front();
  const auto refused = need(queue.mark(box("INBOX"), uids({2}), {flagged, 0})).front();
  played_sender sender(cache);
  need(sender->mark_sending(doubtful, std::nullopt));
  need(sender->refuse(refused, "no"));
  auto dry = need(outbox::dry_run(cache.file()));
  CHECK(code_of(dry.drop(doubtful)) == errc::invalid_argument);
  CHECK(code_of(dry.drop(99)) == errc::invalid_argument);
  CHECK(code_of(dry.retry(99)) == errc::invalid_argument);
  need(dry.drop(refused));
  need(dry.retry(refused));
  REQUIRE(need(queue.list()).size() == 2);
  CHECK(need(queue.list())[1].state == outmap::change_state::refused);
  CHECK(code_of(queue.drop(doubtful)) == errc::invalid_argument);
}
