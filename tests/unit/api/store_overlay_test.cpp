// What the app sees of changes that are not on the server yet.
#include <random>

#include "overlay_support.hpp"

using namespace api_test;

namespace {

std::string octets_of(store& from, const std::string& wire, outmap::unsent_message which) {
  std::string out;
  need(from.body(box(wire), which, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  return out;
}

void fill(sample_cache& cache) {
  cache.put("INBOX", {{1, message_text("one")}, {2, message_text("two"), seen}, {3, message_text("three")}}, '/', false,
            7);
  cache.put("Work", {{5, message_text("five")}}, '/', false, 8);
  cache.put("Work/Deep", {{9, message_text("nine"), flagged}}, '/', false, 9);
}

}  // namespace

TEST_CASE("flags are seen as they will be, one change after the other") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  CHECK(shown(from, "INBOX") == "1: 2:S 3:");
  need(queue.mark(box("INBOX"), uids({1, 2}), {flagged, 0}));
  CHECK(shown(from, "INBOX") == "1:F 2:SF 3:");
  need(queue.mark(box("INBOX"), uids({2, 3}), {answered, seen}));
  CHECK(shown(from, "INBOX") == "1:F 2:RF 3:R");
  need(queue.mark(box("INBOX"), uids({2}), {seen, flagged}));
  CHECK(shown(from, "INBOX") == "1:F 2:SR 3:R");
  CHECK(need(from.message(box("INBOX"), uid{2})).flags.system_bits() == (seen | answered));
  need(queue.erase(box("INBOX"), uids({1})));
  need(queue.undelete(box("INBOX"), uids({1})));
  need(queue.erase(box("INBOX"), uids({3})));
  CHECK(shown(from, "INBOX") == "1:F 2:SR 3:RT");
  CHECK(shown(from, "Work") == "5:");
  CHECK(need(from.folder("INBOX")).messages == 3);
}

TEST_CASE("what was moved is marked as deleted in its mailbox and stands in the other one, readable") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  need(queue.mark(box("INBOX"), uids({1}), {seen, 0}));
  const auto moved = need(queue.move(box("INBOX"), uids({1, 3}), box("Work"))).front();
  const auto id = std::to_string(moved);
  CHECK(shown(from, "INBOX") == "1:ST 2:S 3:T");
  CHECK(shown(from, "Work") == "5: +" + id + "/1:S +" + id + "/3:");
  CHECK(need(from.folder("INBOX")).messages == 3);
  CHECK(need(from.folder("Work")).messages == 1);
  CHECK(need(from.folder("Work")).unsent == 2);

  const outmap::unsent_message one{moved, uid{1}};
  const auto there = need(from.message(box("Work"), one));
  CHECK(there.uid.value == 0);
  CHECK(there.unsent == one);
  CHECK(there.date->unix_seconds == archive_test::some_day);
  CHECK(outmap::summarize(need(from.header(box("Work"), one))).subject == "one");
  CHECK(octets_of(from, "Work", one) == message_text("one"));
  for (const outmap::unsent_message none :
       {outmap::unsent_message{moved, uid{2}}, outmap::unsent_message{moved + 1, uid{1}},
        outmap::unsent_message{moved, uid{0}}}) {
    CHECK(code_of(from.message(box("Work"), none)) == errc::no_such_message);
    CHECK(code_of(from.header(box("Work"), none)) == errc::no_such_message);
  }
  CHECK(code_of(from.message(box("INBOX"), one)) == errc::no_such_message);
}

TEST_CASE("the original of a move can be kept, and a copy made after the move is one of a deleted message") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  const auto moved = std::to_string(need(queue.move(box("INBOX"), uids({1}), box("Work"))).front());
  const auto copied = std::to_string(need(queue.copy(box("INBOX"), uids({1}), box("Work/Deep"))).front());
  need(queue.undelete(box("INBOX"), uids({1})));
  CHECK(shown(from, "INBOX") == "1: 2:S 3:");
  CHECK(shown(from, "Work") == "5: +" + moved + "/1:");
  CHECK(shown(from, "Work/Deep") == "9:F +" + copied + "/1:T");
  CHECK(need(queue.deleted(box("INBOX"))).empty());
}

TEST_CASE("a copy has the flags of its time") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  need(queue.mark(box("INBOX"), uids({1}), {flagged, 0}));
  const auto id = std::to_string(need(queue.copy(box("INBOX"), uids({1}), box("Work"))).front());
  need(queue.mark(box("INBOX"), uids({1}), {answered, flagged}));
  CHECK(shown(from, "INBOX") == "1:R 2:S 3:");
  CHECK(shown(from, "Work") == "5: +" + id + "/1:F");
}

TEST_CASE("a purge removes what was marked or moved away by then, and nothing that was marked later") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  CHECK(need(queue.purge(box("INBOX"))).empty());
  CHECK(need(queue.list()).empty());
  need(queue.erase(box("INBOX"), uids({1})));
  need(queue.move(box("INBOX"), uids({2}), box("Work")));
  CHECK(need(queue.deleted(box("INBOX"))) == uids({1, 2}));
  CHECK(shown(from, "INBOX") == "1:T 2:ST 3:");
  need(queue.purge(box("INBOX")));
  CHECK(shown(from, "INBOX") == "3:");
  CHECK(need(from.folder("INBOX")).messages == 1);
  CHECK(need(from.folder("INBOX")).bodies == 1);
  CHECK(need(from.folder("INBOX")).body_octets == message_text("three").size());
  CHECK(code_of(from.message(box("INBOX"), uid{1})) == errc::no_such_message);
  CHECK(code_of(from.header(box("INBOX"), uid{1})) == errc::no_such_message);
  CHECK(code_of(from.body(box("INBOX"), uid{1}, [](std::string_view) { return true; })) == errc::no_such_message);
  CHECK(need(queue.deleted(box("INBOX"))).empty());
  need(queue.erase(box("INBOX"), uids({3})));
  CHECK(shown(from, "INBOX") == "3:T");
  CHECK(need(queue.list()).at(2).uids == uids({1, 2}));
  CHECK(code_of(queue.mark(box("INBOX"), uids({1, 3}), {seen, 0})) == errc::no_such_message);
}

TEST_CASE("OIMAP-V0046 a draft stands in its mailbox at once, also without From and Date") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  const std::string text = "Subject: later\r\n\r\n" + std::string(1'500'000, 'x') + "\r\n";
  const auto id =
      need(queue.append(box("Work"), text, flag_set(seen | draft), outmap::internal_date{1'600'000'000, 60}));
  CHECK(shown(from, "Work") == "5: +" + std::to_string(id) + "/0:SD");
  const outmap::unsent_message which{id, uid{0}};
  const auto message = need(from.message(box("Work"), which));
  CHECK(message.size == text.size());
  CHECK(message.body_octets == text.size());
  CHECK(message.body_digest.size() == 64);
  CHECK(message.date == outmap::internal_date{1'600'000'000, 60});
  CHECK(need(from.header(box("Work"), which)) == "Subject: later\r\n\r\n");
  CHECK((octets_of(from, "Work", which) == text));
  CHECK(need(from.folder("Work")).unsent == 1);
  std::string kept;
  need(queue.message(id, [&](std::string_view piece) {
    kept += piece;
    return true;
  }));
  CHECK((kept == text));
}

TEST_CASE("folders are seen as they will be") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  CHECK(tree(from) == "INBOX Work Work/Deep");
  SUBCASE("made") {
    const auto id = need(queue.create(box("New")));
    CHECK(tree(from) == "INBOX New+ Work Work/Deep");
    const auto made = need(from.folder("New"));
    CHECK(made.created_by == id);
    CHECK(made.delimiter == '/');
    CHECK(made.messages == 0);
    CHECK(shown(from, "New").empty());
    const auto copy = need(queue.copy(box("INBOX"), uids({2}), box("New"))).front();
    CHECK(shown(from, "New") == "+" + std::to_string(copy) + "/2:S");
    CHECK(need(from.folder("New")).unsent == 1);
    need(queue.rename(box("New"), box("Newer")));
    CHECK(tree(from) == "INBOX Newer+ Work Work/Deep");
    CHECK(shown(from, "Newer") == "+" + std::to_string(copy) + "/2:S");
    CHECK(code_of(from.folder("New")) == errc::no_such_mailbox);
    need(queue.remove(box("Newer")));
    CHECK(tree(from) == "INBOX Work Work/Deep");
    CHECK(code_of(from.messages(box("Newer"), [](const stored_message&) { return true; })) == errc::no_such_mailbox);
  }
  SUBCASE("renamed, with what is below, and used under the new name") {
    need(queue.mark(box("Work/Deep"), uids({9}), {seen, 0}));
    need(queue.rename(box("Work"), box("Play")));
    CHECK(tree(from) == "INBOX Play Play/Deep");
    CHECK(shown(from, "Play") == "5:");
    CHECK(shown(from, "Play/Deep") == "9:SF");
    CHECK(need(from.folder("Play/Deep")).uid_validity.value == 9);
    CHECK(code_of(from.folder("Work")) == errc::no_such_mailbox);
    CHECK(code_of(from.message(box("Work/Deep"), uid{9})) == errc::no_such_mailbox);
    need(queue.mark(box("Play/Deep"), uids({9}), {0, flagged}));
    CHECK(shown(from, "Play/Deep") == "9:S");
    CHECK(outmap::summarize(need(from.header(box("Play"), uid{5}))).subject == "five");
    need(queue.create(box("Work")));
    CHECK(tree(from) == "INBOX Play Play/Deep Work+");
    CHECK(shown(from, "Work").empty());
    need(queue.move(box("Play/Deep"), uids({9}), box("Work")));
    CHECK(shown(from, "Play/Deep") == "9:ST");
    CHECK(need(from.folder("Work")).unsent == 1);
  }
  SUBCASE("to be deleted: still to be read, as what is gone from the server") {
    need(queue.remove(box("Work")));
    CHECK(tree(from) == "INBOX Work- Work/Deep");
    CHECK(shown(from, "Work") == "5:");
    CHECK(code_of(queue.mark(box("Work"), uids({5}), {seen, 0})) == errc::no_such_mailbox);
    const auto id = need(queue.create(box("Work")));
    CHECK(tree(from) == "INBOX Work+ Work/Deep");
    CHECK(need(from.folder("Work")).created_by == id);
    CHECK(shown(from, "Work").empty());
  }
  SUBCASE("swapped") {
    need(queue.rename(box("Work/Deep"), box("x")));
    need(queue.rename(box("Work"), box("Work2")));
    need(queue.rename(box("x"), box("Work")));
    CHECK(tree(from) == "INBOX Work Work2");
    CHECK(shown(from, "Work") == "9:F");
    CHECK(shown(from, "Work2") == "5:");
  }
  SUBCASE("subscribed") {
    need(queue.subscribe(box("Work")));
    CHECK(tree(from) == "INBOX Work* Work/Deep");
    need(queue.unsubscribe(box("Work")));
    CHECK(tree(from) == "INBOX Work Work/Deep");
  }
}

TEST_CASE("what the server refused is seen as the server has it; the message of a refused append stays") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  played_sender sender(cache);
  const auto flag = need(queue.mark(box("INBOX"), uids({1}), {flagged, 0})).front();
  const auto move = need(queue.move(box("INBOX"), uids({3}), box("Work"))).front();
  const auto made = need(queue.create(box("New")));
  const auto kept = need(queue.append(box("Work"), "Subject: kept\r\n\r\n"));
  CHECK(shown(from, "INBOX") == "1:F 2:S 3:T");
  need(sender->refuse(flag, "no"));
  need(sender->conflict(move, "no"));
  need(sender->refuse(made, "no"));
  need(sender->refuse(kept, "too large"));
  CHECK(shown(from, "INBOX") == "1: 2:S 3:");
  CHECK(shown(from, "Work") == "5: +" + std::to_string(kept) + "/0:");
  CHECK(tree(from) == "INBOX Work Work/Deep");
  need(queue.retry(flag));
  CHECK(shown(from, "INBOX") == "1:F 2:S 3:");
  need(queue.drop(kept));
  CHECK(shown(from, "Work") == "5:");
  CHECK(code_of(queue.drop(kept)) == errc::invalid_argument);
  CHECK(code_of(queue.retry(4711)) == errc::invalid_argument);
}

TEST_CASE("what is being sent and what is done is seen until the cache has caught up") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  played_sender sender(cache);
  const auto copy = need(queue.copy(box("INBOX"), uids({1}), box("Work"))).front();
  need(queue.rename(box("Work/Deep"), box("Deeper")));
  const auto rename = need(queue.list()).back().id;
  const auto expected = "5: +" + std::to_string(copy) + "/1:";
  need(sender->mark_sending(copy, outmap::mailbox_mark{{8}, 1, {5}}));
  CHECK(shown(from, "Work") == expected);
  CHECK(code_of(queue.drop(copy)) == errc::invalid_argument);
  need(sender->done(copy));
  CHECK(shown(from, "Work") == expected);
  cache.put("Work", {{6, message_text("one")}}, '/', false, 8);
  need(sender->settle(box("Work"), copy));
  CHECK(shown(from, "Work") == "5: 6:");

  // The cache knows the new name already, the outbox is not settled yet.
  need(sender->done(rename));
  CHECK(tree(from) == "INBOX Deeper Work");
  cache.put("Deeper", {{1, message_text("nine")}}, '/', false, 12);
  CHECK(shown(from, "Deeper") == "1:");
  need(sender->settle(rename));
  CHECK(shown(from, "Deeper") == "1:");
}

TEST_CASE("changes to other UIDs than those of now have no effect") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  need(queue.mark(box("INBOX"), uids({1}), {flagged, 0}));
  const auto copy = need(queue.copy(box("INBOX"), uids({2}), box("Work"))).front();
  CHECK(need(from.folder("Work")).unsent == 1);
  cache.put("INBOX", {{1, message_text("other")}}, '/', false, 70);
  CHECK(shown(from, "INBOX") == "1:");
  CHECK(shown(from, "Work") == "5:");
  CHECK(need(from.folder("Work")).unsent == 0);
  CHECK(code_of(from.message(box("Work"), outmap::unsent_message{copy, uid{2}})) == errc::no_such_message);
  CHECK(code_of(from.header(box("Work"), outmap::unsent_message{copy, uid{2}})) == errc::no_such_message);
}

TEST_CASE("a callback may stop and may read, and what is recorded meanwhile does not disturb it") {
  sample_cache cache;
  fill(cache);
  auto from = need(store::open(cache.file()));
  auto queue = need(outbox::open(cache.file()));
  need(queue.append(box("INBOX"), "Subject: a\r\n\r\n"));
  need(queue.append(box("INBOX"), "Subject: b\r\n\r\n"));
  std::vector<std::string> subjects;
  need(from.messages(box("INBOX"), [&](const stored_message& m) {
    need(queue.mark(box("INBOX"), uids({1}), {flagged, 0}));
    const auto header = m.unsent ? from.header(box("INBOX"), *m.unsent) : from.header(box("INBOX"), m.uid);
    subjects.push_back(outmap::summarize(need(header)).subject);
    return subjects.size() < 4;
  }));
  CHECK(subjects == std::vector<std::string>{"one", "two", "three", "a"});
}

TEST_CASE("an outbox that cannot be read is an error that names it, and one that is put away is none") {
  sample_cache cache;
  fill(cache);
  const auto file = cache.file().string() + ".outbox";
  auto from = need(store::open(cache.file()));
  CHECK_FALSE(std::filesystem::exists(file));
  auto queue = need(outbox::open(cache.file()));
  CHECK_FALSE(std::filesystem::exists(file));
  need(queue.mark(box("INBOX"), uids({1}), {flagged, 0}));
  CHECK(shown(from, "INBOX") == "1:F 2:S 3:");
  std::filesystem::rename(file, file + ".away");
  CHECK(shown(from, "INBOX") == "1: 2:S 3:");
  outmap::test::write_file(file, std::string(5000, 'x'));
  CHECK(code_of(from.folders()) == errc::cache_foreign);
  CHECK(from.message(box("INBOX"), uid{1}).error().detail.find(file) != std::string::npos);
  CHECK(code_of(outbox::open(cache.file())) == errc::cache_foreign);
  std::filesystem::rename(file + ".away", file);
  CHECK(shown(from, "INBOX") == "1:F 2:S 3:");
}

TEST_CASE("histories of flags, moves and purges: the overlay is what each change does, one after the other") {
  for (std::uint32_t seed = 1; seed <= 40; ++seed) {
    CAPTURE(seed);
    std::mt19937 random(seed);
    const auto one_of = [&](std::uint32_t n) { return random() % n; };
    sample_cache cache;
    std::vector<archive_test::sample_message> mail;
    std::map<std::uint32_t, std::uint8_t> model;
    std::vector<std::pair<std::string, std::uint8_t>> arrived;
    for (std::uint32_t u = 1; u <= 30; u += 1 + one_of(2)) {
      const auto bits = static_cast<std::uint8_t>(one_of(32));
      mail.push_back({u, message_text(std::to_string(u)), bits});
      model[u] = bits;
    }
    cache.put("INBOX", mail, '/', false, 3);
    cache.put("A", {}, '/', false, 4);
    auto from = need(store::open(cache.file()));
    auto queue = need(outbox::open(cache.file()));
    for (int step = 0; step < 25; ++step) {
      uid_set some;
      for (const auto& [u, bits] : model) {
        if (one_of(4) == 0) some.add(uid{u});
      }
      const auto what = one_of(8);
      if (what == 7) {
        need(queue.purge(box("INBOX")));
        std::erase_if(model, [](const auto& m) { return (m.second & deleted) != 0; });
        continue;
      }
      if (some.empty()) continue;
      if (what == 6 || what == 5) {
        const auto id =
            what == 6 ? need(queue.move(box("INBOX"), some, box("A"))) : need(queue.copy(box("INBOX"), some, box("A")));
        for (const auto u : some.to_vector()) {
          arrived.emplace_back(std::to_string(id.front()) + '/' + std::to_string(u.value), model[u.value]);
          if (what == 6) model[u.value] |= deleted;
        }
        continue;
      }
      const auto add = static_cast<std::uint8_t>(one_of(32));
      const auto remove = static_cast<std::uint8_t>(one_of(32) & ~add);
      if ((add | remove) == 0) continue;
      need(queue.mark(box("INBOX"), some, {add, remove}));
      for (const auto u : some.to_vector())
        model[u.value] = static_cast<std::uint8_t>((model[u.value] & ~remove) | add);
    }
    std::map<std::uint32_t, std::uint8_t> seen_now;
    need(from.messages(box("INBOX"), [&](const stored_message& m) {
      seen_now[m.uid.value] = m.flags.system_bits();
      return true;
    }));
    CHECK(seen_now == model);
    CHECK(need(from.folder("INBOX")).messages == model.size());
    std::vector<std::pair<std::string, std::uint8_t>> came;
    need(from.messages(box("A"), [&](const stored_message& m) {
      REQUIRE(m.unsent);
      came.emplace_back(std::to_string(m.unsent->change) + '/' + std::to_string(m.unsent->source.value),
                        m.flags.system_bits());
      return true;
    }));
    CHECK(came == arrived);
  }
}
