// A UIDVALIDITY change does not throw bodies away.
#include "support.hpp"

using namespace cache_test;

namespace {

struct fixture {
  temporary_folder folder;
  std::unique_ptr<cache::store> store = open_store(folder.file("cache.db"));
  std::unique_ptr<cache::reader> reader = open_reader(folder.file("cache.db"));
  cache::folder_id inbox = make_folder(*store);

  void known(std::uint32_t u, std::string header, std::optional<std::string> body,
             std::optional<std::int64_t> date = 1000, std::optional<std::uint64_t> size = std::nullopt) {
    committed(*store, [&](cache::store& in) {
      need(in.put_header(inbox, arrival(u, std::move(header), date, size)));
      if (body) need(in.put_body(inbox, uid{u}, flag_set(), *body));
    });
  }
  void new_validity(std::uint32_t value) {
    committed(*store, [&](cache::store& in) { need(in.set_uid_validity(inbox, uid_validity{value})); });
  }
  bool comes(std::uint32_t u, std::string header, std::optional<std::int64_t> date = 1000,
             std::optional<std::uint64_t> size = std::nullopt) {
    bool adopted = false;
    committed(*store, [&](cache::store& in) {
      adopted = need(in.put_header(inbox, arrival(u, std::move(header), date, size))).adopted;
    });
    CHECK(need(reader->message(inbox, uid{u})).body_digest.has_value() == adopted);
    return adopted;
  }
  std::uint64_t tombstones() { return need(reader->folder(mailbox_name("INBOX"))).tombstones; }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "OIMAP-V0003 the same message under new UIDs takes its body over") {
  const auto other = make_folder(*store, "Other");
  committed(*store, [&](cache::store& in) { need(in.put_body(other, uid{1}, flag_set(), "other")); });
  for (std::uint32_t u = 1; u <= 20; ++u) known(u, "H" + std::to_string(u), "body " + std::to_string(u));
  committed(*store, [&](cache::store& in) {
    need(in.set_scanned(inbox, 20, 5));
    need(in.put_quarantine(inbox, uid{21}, "x", 1));
  });
  new_validity(2);

  auto state = need(reader->folder(mailbox_name("INBOX")));
  CHECK(state.uid_validity == uid_validity{2});
  CHECK(state.messages == 0);
  CHECK(state.tombstones == 20);
  CHECK(state.scanned_at == 0);
  CHECK(state.exists == 0);
  CHECK(state.quarantined == 0);
  auto start = need(reader->start_of(mailbox_name("INBOX")));
  CHECK(start.id == inbox);
  CHECK(start.uid_validity == uid_validity{2});
  CHECK(start.scanned_at == 0);
  CHECK(start.adoptable);
  CHECK(start.last == uid{0});

  for (std::uint32_t u = 1; u <= 20; ++u) CHECK(comes(100 - u, "H" + std::to_string(u)));
  for (std::uint32_t u = 1; u <= 20; ++u) CHECK(read_body(*reader, inbox, 100 - u) == "body " + std::to_string(u));
  CHECK(tombstones() == 0);
  CHECK_FALSE(need(reader->start_of(mailbox_name("INBOX"))).adoptable);
  CHECK(need(reader->start_of(mailbox_name("INBOX"))).last == uid{99});
  CHECK(code_of(reader->start_of(mailbox_name("no such"))) == errc::no_such_mailbox);
  CHECK(read_body(*reader, other, 1) == "other");
  CHECK(need(reader->folder(mailbox_name("Other"))).tombstones == 0);
  CHECK(code_of(reader->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0003 the same UIDVALIDITY changes nothing") {
  known(1, "H", "body");
  committed(*store, [&](cache::store& in) { need(in.set_scanned(inbox, 1, 5)); });
  new_validity(1);
  const auto state = need(reader->folder(mailbox_name("INBOX")));
  CHECK(state.messages == 1);
  CHECK(state.tombstones == 0);
  CHECK(state.scanned_at == 5);
}

TEST_CASE_FIXTURE(fixture, "another header, another date or another folder is another message") {
  const auto other = make_folder(*store, "Other");
  known(1, "H", "body", 1000);
  new_validity(2);
  CHECK_FALSE(comes(1, "h", 1000));
  CHECK_FALSE(comes(2, "H", 1001));
  CHECK_FALSE(comes(3, "H", std::nullopt));
  committed(*store, [&](cache::store& in) { CHECK_FALSE(need(in.put_header(other, arrival(4, "H", 1000))).adopted); });
  CHECK(tombstones() == 1);
  CHECK(comes(5, "H", 1000));
}

TEST_CASE_FIXTURE(fixture, "the same point in time in another zone is the same date, and no date equals no date") {
  known(1, "H", "body", 1000);
  known(2, "N", "dateless", std::nullopt);
  new_validity(2);
  auto moved = arrival(9, "H", 1000);
  moved.date->zone_minutes = -300;
  committed(*store, [&](cache::store& in) { CHECK(need(in.put_header(inbox, moved)).adopted); });
  CHECK_FALSE(comes(10, "N", 1000));
  CHECK(comes(11, "N", std::nullopt));
}

TEST_CASE_FIXTURE(fixture, "copies that agree are each adopted once") {
  known(1, "H", "same");
  known(2, "H", "same");
  new_validity(2);
  CHECK(comes(1, "H"));
  CHECK(tombstones() == 1);
  CHECK(comes(2, "H"));
  CHECK(tombstones() == 0);
  CHECK_FALSE(comes(3, "H"));
}

TEST_CASE_FIXTURE(fixture, "candidates that disagree: the size decides, or nobody") {
  known(1, "H", "one", 1000, 111);
  known(2, "H", "two", 1000, 222);
  known(3, "H", "three", 1000, 222);
  new_validity(2);
  CHECK_FALSE(comes(1, "H", 1000));
  CHECK_FALSE(comes(2, "H", 1000, 222));
  CHECK_FALSE(comes(3, "H", 1000, 333));
  CHECK(comes(4, "H", 1000, 111));
  CHECK(read_body(*reader, inbox, 4) == "one");
  CHECK(tombstones() == 2);
}

TEST_CASE_FIXTURE(fixture, "another size is another message, even if nobody disputes it") {
  known(1, "H", "body", 1000, 111);
  new_validity(2);
  CHECK_FALSE(comes(1, "H", 1000, 999));
  CHECK(comes(2, "H", 1000, 111));
}

TEST_CASE_FIXTURE(fixture, "NTLM-PB8 XIMAP-V0045 the size may be what the server said before, or what the body has") {
  known(1, "H", "body", 1000, 111);
  known(2, "I", "body", 1000, 111);
  known(3, "J", "body", 1000);
  new_validity(2);
  CHECK(comes(1, "H", 1000, 4));
  CHECK(comes(2, "I", 1000));
  CHECK_FALSE(comes(3, "J", 1000, 5));
}

TEST_CASE_FIXTURE(fixture, "what stands in for a message is not adopted, and makes way for the message itself") {
  known(1, "words", "words about a failure");
  known(2, "other words", "other words about a failure");
  committed(*store, [&](cache::store& in) {
    need(in.put_quarantine(inbox, uid{1}, "x", 1));
    need(in.drop_stand_in(inbox, uid{2}));
    need(in.drop_stand_in(inbox, uid{77}));
    need(in.put_body(inbox, uid{2}, flag_set(), "Subject: itself\r\n\r\nbody"));
  });
  CHECK(read_body(*reader, inbox, 2) == "Subject: itself\r\n\r\nbody");
  CHECK(need(reader->header(inbox, uid{2})) == "Subject: itself\r\n\r\n");
  CHECK(need(reader->message(inbox, uid{2})).date.has_value());
  new_validity(2);
  CHECK_FALSE(comes(1, "words"));
  CHECK(tombstones() == 1);
}

TEST_CASE_FIXTURE(fixture, "a candidate without a body disputes the others") {
  known(1, "H", "body");
  known(2, "H", std::nullopt);
  new_validity(2);
  CHECK_FALSE(comes(1, "H"));
}

TEST_CASE_FIXTURE(fixture, "UIDVALIDITY changes again before and after the body came") {
  known(1, "H", std::nullopt);
  known(2, "G", "g");
  new_validity(2);
  CHECK_FALSE(comes(1, "H"));  // nothing to take over, but it is the message of the tombstone
  new_validity(3);
  CHECK_FALSE(comes(1, "H"));
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(), "at last")); });
  new_validity(4);
  CHECK(comes(7, "H"));
  CHECK(read_body(*reader, inbox, 7) == "at last");
  new_validity(1);
  CHECK(comes(8, "H"));
  CHECK(comes(9, "G"));  // four generations old and never seen meanwhile
  CHECK(read_body(*reader, inbox, 9) == "g");
  CHECK(tombstones() == 0);
}

TEST_CASE_FIXTURE(fixture, "what vanished before the change is not adopted") {
  known(1, "H", "body");
  uid_set vanished;
  vanished.add(uid{1});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, vanished, 1)); });
  new_validity(2);
  CHECK_FALSE(comes(1, "H"));
  CHECK(tombstones() == 1);
}

TEST_CASE_FIXTURE(fixture, "a message that has a body adopts none") {
  known(1, "H", "old");
  new_validity(2);
  committed(*store, [&](cache::store& in) {
    need(in.put_body(inbox, uid{1}, flag_set(), "H\r\n\r\nnew"));
    CHECK_FALSE(need(in.put_header(inbox, arrival(1, "H"))).adopted);
  });
  CHECK(read_body(*reader, inbox, 1) == "H\r\n\r\nnew");
  CHECK(tombstones() == 1);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0003 a large folder changes its UIDVALIDITY in one transaction") {
  committed(*store, [&](cache::store& in) {
    for (std::uint32_t u = 1; u <= 5000; ++u) need(in.put_header(inbox, arrival(u, "H" + std::to_string(u))));
  });
  need(store->begin());
  need(store->set_uid_validity(inbox, uid_validity{2}));
  CHECK(need(reader->message_states(inbox)).size() == 5000);
  need(store->commit());
  CHECK(need(reader->message_states(inbox)).empty());
  CHECK(tombstones() == 5000);
}

TEST_CASE_FIXTURE(fixture, "what a new UIDVALIDITY left is not let go of while a message of the folder does not come") {
  known(1, "H", "body");
  known(2, "G", "gone");
  known(3, "K", "adopted");
  uid_set vanished;
  vanished.add(uid{2});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, vanished, 1)); });
  new_validity(2);
  CHECK(comes(7, "K"));
  const auto expire = [&] {
    committed(*store, [&](cache::store& in) { need(in.expire(inbox, INT64_MAX)); });
    return tombstones();
  };
  CHECK(tombstones() == 2);
  committed(*store, [&](cache::store& in) { need(in.put_quarantine(inbox, uid{9}, "does not come", 1)); });
  CHECK(expire() == 1);
  CHECK(comes(9, "H"));
  CHECK(read_body(*reader, inbox, 9) == "body");
  known(8, "L", "another");
  new_validity(3);
  CHECK(expire() == 0);
}
