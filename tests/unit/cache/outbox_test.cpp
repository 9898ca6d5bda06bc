// What an outbox keeps, and what becomes of it.
#include <atomic>
#include <thread>

#include "outbox_support.hpp"

using namespace cache_test;

TEST_CASE("what is recorded comes back as it was, in order, also after the outbox was closed") {
  const temporary_folder dir;
  const auto file = dir.file("anna.outmap");
  auto append = of_kind(change_kind::append, "Drafts");
  append.appended_flags = seen_bit;
  append.date = outmap::internal_date{1'600'000'000, -90};
  append.message_id = "<1@example>";
  const std::string draft = "Subject: x\r\n\r\n" + noise(1, 2'500'000);
  std::vector<change_id> ids;
  {
    const auto box = open_outbox(file);
    ids.push_back(record(*box, store_of("INBOX", uids({1, 2, 3, 9, 4294967295}), seen_bit, flagged_bit)));
    ids.push_back(record(*box, of_kind(change_kind::copy, "INBOX", uids({5}), "A&-B")));
    ids.push_back(record(*box, of_kind(change_kind::move, "raw\xe4", uids({5, 7}), std::string("nul\0in", 6))));
    ids.push_back(need(box->record_append(append, draft)));
    ids.push_back(record(*box, of_kind(change_kind::expunge, "INBOX", uids({8}))));
    ids.push_back(record(*box, of_kind(change_kind::create, "New")));
    ids.push_back(record(*box, of_kind(change_kind::remove, "Old")));
    ids.push_back(record(*box, of_kind(change_kind::rename, "One", {}, "Two")));
    ids.push_back(record(*box, of_kind(change_kind::subscribe, "Two")));
    ids.push_back(record(*box, of_kind(change_kind::unsubscribe, "Two")));
  }
  const auto box = open_outbox(file);
  const auto all = need(box->list());
  REQUIRE(all.size() == ids.size());
  for (std::size_t i = 0; i < ids.size(); ++i) {
    CHECK(all[i].id == ids[i]);
    CHECK(all[i].state == change_state::waiting);
    CHECK(all[i].queued_at == 1'700'000'000);
    CHECK(static_cast<std::size_t>(all[i].kind) == i + 1);
    if (i > 0) CHECK(ids[i - 1] < ids[i]);
  }
  CHECK(all[0].uids == uids({1, 2, 3, 9, 4294967295}));
  CHECK(all[0].validity.value == 7);
  CHECK(all[0].flags == outmap::flag_change{seen_bit, flagged_bit});
  CHECK(all[1].destination.wire() == "A&-B");
  CHECK(all[2].mailbox.wire() == "raw\xe4");
  CHECK(all[2].destination.wire() == std::string("nul\0in", 6));
  CHECK(all[3].appended_flags == seen_bit);
  CHECK(all[3].date == outmap::internal_date{1'600'000'000, -90});
  CHECK(all[3].message_id == "<1@example>");
  CHECK(all[3].octets == draft.size());
  CHECK(all[3].digest.size() == 64);
  CHECK((message_of(*box, all[3].id) == draft));
  CHECK(all[4].uids == uids({8}));
  CHECK(all[7].destination.wire() == "Two");
  CHECK(code_of(box->message(all[0].id, [](std::string_view) { return true; })) == errc::no_such_message);
  CHECK(need(box->count()).waiting == 10);
  CHECK_FALSE(need(box->find(4711)).has_value());
}

TEST_CASE("a message comes in pieces, and the callback ends it") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  const auto draft = noise(3, (std::size_t{3} << 20) + 1);
  const auto id = need(box->record_append(of_kind(change_kind::append, "Drafts"), draft));
  std::vector<std::size_t> sizes;
  need(box->message(id, [&](std::string_view piece) {
    sizes.push_back(piece.size());
    return true;
  }));
  CHECK(sizes == std::vector<std::size_t>{1 << 20, 1 << 20, 1 << 20, 1});
  sizes.clear();
  need(box->message(id, [&](std::string_view piece) {
    sizes.push_back(piece.size());
    return false;
  }));
  CHECK(sizes.size() == 1);
  const auto empty = need(box->record_append(of_kind(change_kind::append, "Drafts"), ""));
  CHECK(message_of(*box, empty).empty());
}

TEST_CASE("nobody who records waits while a message is read") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  const auto other = open_outbox(dir.file("c"));
  const auto id = need(box->record_append(of_kind(change_kind::append, "Drafts"), noise(3, 3'000'000)));
  int recorded = 0;
  need(box->message(id, [&](std::string_view) {
    record(*other, of_kind(change_kind::create, "New"));
    ++recorded;
    return true;
  }));
  CHECK(recorded == 3);
}

TEST_CASE("a change that lacks what its kind needs is not recorded") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  auto without_validity = store_of("INBOX", uids({1}), seen_bit);
  without_validity.validity.value = 0;
  uid_set all_there_can_be;
  all_there_can_be.add({uid{1}, uid{UINT32_MAX}});
  const std::vector<queued_change> bad = {
      store_of("INBOX", all_there_can_be, seen_bit),
      store_of("INBOX", {}, seen_bit),
      store_of("", uids({1}), seen_bit),
      store_of("INBOX", uids({1}), 0),
      store_of("INBOX", uids({1}), seen_bit, seen_bit),
      without_validity,
      of_kind(change_kind::copy, "INBOX", uids({1})),
      of_kind(change_kind::move, "INBOX", {}, "A"),
      of_kind(change_kind::expunge, "INBOX"),
      of_kind(change_kind::rename, "INBOX"),
      of_kind(change_kind::create, ""),
  };
  for (const auto& change : bad) CHECK(code_of(box->record(change)) == errc::invalid_argument);
  CHECK(code_of(box->record_append(of_kind(change_kind::append, ""), "x")) == errc::invalid_argument);
  CHECK(code_of(box->record(of_kind(change_kind::append, "A"))) == errc::internal);
  CHECK(need(box->list()).empty());
}

TEST_CASE("a set too long for one command becomes several changes") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  uid_set scattered;
  for (std::uint32_t u = 1; u < 10'000; u += 2) scattered.add(uid{u});
  const auto ids = need(box->record(store_of("INBOX", scattered, seen_bit)));
  CHECK(ids.size() > 1);
  uid_set together;
  for (const auto& change : need(box->list())) {
    CHECK(change.uids.to_string().size() <= cache::outbox::longest_set);
    together.add(change.uids);
  }
  CHECK(together == scattered);

  uid_set dense;
  dense.add({uid{1}, uid{2500}});
  const auto copies = need(box->record(of_kind(change_kind::copy, "INBOX", dense, "A")));
  REQUIRE(copies.size() == 3);
  CHECK(need(box->find(copies[0]))->uids.size() == cache::outbox::most_copies);
  CHECK(need(box->find(copies[2]))->uids.size() == 500);
  CHECK(need(box->record(store_of("INBOX", dense, seen_bit))).size() == 1);
  CHECK(need(box->record(of_kind(change_kind::expunge, "INBOX", scattered))).size() == 1);
}

TEST_CASE("sending a change: in doubt until the outcome is put down") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  change_id id = 0;
  {
    const auto box = open_outbox(file);
    id = record(*box, of_kind(change_kind::move, "INBOX", uids({1}), "A"));
    need(box->mark_sending(id, outmap::mailbox_mark{{9}, 5, {44}}));
  }
  const auto box = open_outbox(file);
  auto change = *need(box->find(id));
  CHECK(change.state == change_state::in_doubt);
  REQUIRE(change.before);
  CHECK(*change.before == outmap::mailbox_mark{{9}, 5, {44}});
  CHECK(change.step == 0);

  need(box->advance(id, 1));
  change = *need(box->find(id));
  CHECK(change.state == change_state::waiting);
  CHECK(change.step == 1);
  CHECK(change.before == outmap::mailbox_mark{{9}, 5, {44}});

  need(box->postpone(id, 1'800'000'000, "the server is busy"));
  change = *need(box->find(id));
  CHECK(change.state == change_state::waiting);
  CHECK(change.attempts == 1);
  CHECK(change.not_before == 1'800'000'000);
  CHECK(change.reason == "the server is busy");

  need(box->done(id));
  CHECK(need(box->count()).done == 1);
  need(box->finish(id));
  CHECK(need(box->list()).empty());

  const auto create = record(*box, of_kind(change_kind::create, "New"));
  CHECK(create > id);  // also where the table was empty
  need(box->mark_sending(create, std::nullopt));
  CHECK_FALSE(need(box->find(create))->before);
}

TEST_CASE("what the server refused or does not fit waits for the user: retry or drop") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  const auto a = record(*box, of_kind(change_kind::create, "a%b"));
  const auto b = record(*box, store_of("INBOX", uids({1}), seen_bit));
  need(box->refuse(a, "no \x1b[31m such name"));
  need(box->conflict(b, "the folder was renumbered"));
  CHECK(need(box->find(a))->server_text == "no \x1b[31m such name");
  CHECK(need(box->find(b))->reason == "the folder was renumbered");
  auto counts = need(box->count());
  CHECK(counts.refused == 1);
  CHECK(counts.conflict == 1);

  CHECK(need(box->retry(a)));
  auto change = *need(box->find(a));
  CHECK(change.state == change_state::waiting);
  CHECK(change.server_text.empty());
  need(box->postpone(a, 99, "busy"));
  CHECK(need(box->retry(a)));
  CHECK(need(box->find(a))->not_before == 0);
  CHECK(need(box->drop(b)));
  CHECK_FALSE(need(box->drop(b)));
  CHECK_FALSE(need(box->retry(b)));
  CHECK(need(box->list()).size() == 1);
  need(box->refuse(b, "too late"));  // about a change that is not there
  CHECK(need(box->list()).size() == 1);
}

TEST_CASE("what may have reached the server is not dropped, and is no less in doubt for being tried again") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  const auto append = need(box->record_append(of_kind(change_kind::append, "Drafts"), "x"));
  const auto move = record(*box, of_kind(change_kind::move, "INBOX", uids({1}), "A"));
  need(box->mark_sending(append, std::nullopt));
  CHECK(code_of(box->drop(append)) == errc::invalid_argument);
  CHECK(need(box->retry(append)));
  CHECK(need(box->find(append))->state == change_state::in_doubt);
  need(box->advance(move, 1));
  CHECK(code_of(box->drop(move)) == errc::invalid_argument);
  need(box->refuse(move, "no STORE here"));
  CHECK(need(box->drop(move)));
  need(box->postpone(append, 0, "it never left"));
  CHECK(need(box->drop(append)));
  CHECK(code_of(box->message(append, [](std::string_view) { return true; })) == errc::no_such_message);
}

TEST_CASE("what is done stays until the mailbox that shows it is up to date") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  const auto copy = record(*box, of_kind(change_kind::copy, "INBOX", uids({1}), "A"));
  const auto flag = record(*box, store_of("INBOX", uids({1}), seen_bit));
  const auto draft = need(box->record_append(of_kind(change_kind::append, "A"), "x"));
  const auto waits = record(*box, of_kind(change_kind::copy, "INBOX", uids({2}), "A"));
  const auto late = record(*box, of_kind(change_kind::copy, "INBOX", uids({3}), "A"));
  for (const auto id : {copy, flag, draft, late}) need(box->done(id));
  CHECK(need(box->retry(copy)));
  CHECK(need(box->find(copy))->state == change_state::done);

  need(box->settle(mailbox_name("A"), waits));
  CHECK_FALSE(need(box->find(copy)));
  CHECK_FALSE(need(box->find(draft)));
  CHECK(need(box->find(flag)));
  CHECK(need(box->find(waits)));
  CHECK(need(box->find(late)));
  need(box->settle(mailbox_name("INBOX"), late));
  CHECK_FALSE(need(box->find(flag)));
  need(box->settle(late));
  CHECK(need(box->list()).size() == 1);
  CHECK(need(box->find(waits)));
}

TEST_CASE("the version changes with every change, by whomever") {
  const temporary_folder dir;
  const auto box = open_outbox(dir.file("c"));
  const auto other = open_outbox(dir.file("c"));
  auto last = need(box->version());
  CHECK(need(box->version()) == last);
  const auto changed = [&] {
    const auto now = need(box->version());
    return std::exchange(last, now) != now;
  };
  const auto own = record(*box, of_kind(change_kind::create, "New"));
  CHECK(changed());
  record(*other, of_kind(change_kind::create, "New"));
  CHECK(changed());
  need(other->done(own));
  CHECK(changed());
  need(box->finish(own));
  CHECK(changed());
  CHECK_FALSE(changed());
}

TEST_CASE("one sends at a time, others may record") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  auto lock = cache::outbox::lock_for_sending(file);
  REQUIRE(lock);
  CHECK(code_of(cache::outbox::lock_for_sending(file)) == errc::cache_locked);
  record(*open_outbox(file), of_kind(change_kind::create, "New"));
  { const auto released = std::move(*lock); }
  CHECK(cache::outbox::lock_for_sending(file).has_value());
}

TEST_CASE("threads record and send at the same time and nothing is lost") {
  const temporary_folder dir;
  const auto file = dir.file("c");
  constexpr int each = 40;
  std::atomic<int> failures{0};
  std::atomic<bool> over{false};
  const auto recorder = [&](std::string mailbox) {
    auto box = cache::outbox::open(file, account);
    if (!box) {
      ++failures;
      return;
    }
    for (int i = 0; i < each; ++i) {
      if (!(*box)->record(of_kind(change_kind::create, mailbox + std::to_string(i)))) ++failures;
      if (!(*box)->record_append(of_kind(change_kind::append, mailbox), noise(1, 5000))) ++failures;
    }
  };
  std::thread one(recorder, "one"), two(recorder, "two");
  std::uint64_t most = 0;
  std::thread reads([&] {
    while (!over) {
      auto box = cache::outbox::open_existing(file, account);
      if (!box) {
        ++failures;
        break;
      }
      if (*box == nullptr) continue;
      const auto all = (*box)->list();
      if (!all || all->size() < most) {
        ++failures;
        break;
      }
      most = all->size();
    }
  });
  one.join();
  two.join();
  over = true;
  reads.join();
  CHECK(failures == 0);
  const auto all = need(open_outbox(file)->list());
  CHECK(all.size() == 4 * each);
}
