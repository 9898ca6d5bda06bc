// Messages: flags, headers, bodies, what vanishes.
#include "cache/database.hpp"
#include "support.hpp"

using namespace cache_test;

namespace {

struct fixture {
  temporary_folder folder;
  std::unique_ptr<cache::store> store = open_store(folder.file("cache.db"));
  std::unique_ptr<cache::reader> reader = open_reader(folder.file("cache.db"));
  cache::folder_id inbox = make_folder(*store);

  void put_body(std::uint32_t u, std::string_view body, flag_set flags = {}) {
    committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{u}, flags, body)); });
  }
  std::int64_t rows(const char* sql) { return number_in(folder.file("cache.db"), sql); }
};

std::string in_capitals(const cache::message_state& s) {
  return std::to_string(s.uid.value) + (s.has_header ? "H" : "-") + (s.has_body ? "B" : "-");
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "OIMAP-C0002 a message as the header form gave it") {
  auto m = arrival(7, "Subject: hi\r\n\r\n", -3600, 1234);
  m.date->zone_minutes = -210;
  m.flags = flag_set(static_cast<std::uint8_t>(system_flag::seen));
  m.flags.set_keywords("$MDNSent Junk");
  committed(*store, [&](cache::store& in) { CHECK_FALSE(need(in.put_header(inbox, m)).adopted); });

  const auto got = need(reader->message(inbox, uid{7}));
  CHECK(got.uid == uid{7});
  CHECK(got.flags == m.flags);
  CHECK(got.size == 1234);
  CHECK(got.date == outmap::internal_date{-3600, -210});
  REQUIRE(got.header_digest);
  CHECK(got.body_digest == std::nullopt);
  CHECK(got.body_octets == std::nullopt);
  CHECK(need(reader->header(inbox, uid{7})) == "Subject: hi\r\n\r\n");
  CHECK(code_of(reader->body(inbox, uid{7}, [](std::string_view) { return true; })) == errc::no_such_message);
  CHECK(code_of(reader->message(inbox, uid{8})) == errc::no_such_message);
  CHECK(code_of(reader->header(inbox, uid{8})) == errc::no_such_message);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0007 NTLM-PB8 a size is for display: any body goes with it") {
  for (const std::uint64_t size : {std::uint64_t{10}, std::uint64_t{10'000'000}, UINT64_MAX}) {
    const auto u = static_cast<std::uint32_t>(size % 1000 + 1);
    const auto body = noise(u, 2000);
    committed(*store, [&](cache::store& in) {
      need(in.put_header(inbox, arrival(u, "H" + std::to_string(u), 1, size)));
      need(in.put_body(inbox, uid{u}, flag_set(), body));
    });
    const auto got = need(reader->message(inbox, uid{u}));
    CHECK(got.size == size);
    CHECK(got.body_octets == 2000);
    CHECK(read_body(*reader, inbox, u) == body);
  }
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0004 OIMAP-2.1.6 only the five system flags and keywords are kept") {
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(0xff), "x")); });
  const auto got = need(reader->message(inbox, uid{1}));
  CHECK(got.flags.system_bits() == flag_set::all_bits);
  CHECK(got.flags.keywords().empty());
}

TEST_CASE_FIXTURE(fixture, "keywords come back octet by octet") {
  flag_set flags;
  flags.set_keywords(std::string("\x80\xff nul\0nul $Forwarded", 22));
  put_body(1, "x", flags);
  CHECK(need(reader->message(inbox, uid{1})).flags == flags);
  CHECK(need(reader->message_states(inbox)).front().flags == flags);
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{1}, flag_set(4))); });
  CHECK(need(reader->message(inbox, uid{1})).flags == flag_set(4));
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{1}, flags)); });
  CHECK(need(reader->message(inbox, uid{1})).flags == flags);
}

TEST_CASE_FIXTURE(fixture, "XIMAP-2.1.2 flags of a message that is not there change nothing") {
  put_body(1, "x");
  committed(*store, [&](cache::store& in) { need(in.set_flags(inbox, uid{2}, flag_set(1))); });
  CHECK(need(reader->message_states(inbox)).size() == 1);
}

TEST_CASE_FIXTURE(fixture, "states come in the order of UIDs, over the whole range, and of one folder only") {
  const auto other = make_folder(*store, "Other");
  committed(*store, [&](cache::store& in) {
    need(in.put_body(inbox, uid{UINT32_MAX}, flag_set(), "c"));
    need(in.put_header(inbox, arrival(10, "h")));
    need(in.put_body(inbox, uid{2}, flag_set(), "a"));
    need(in.put_body(other, uid{3}, flag_set(), "o"));
  });
  std::string all;
  for (const auto& s : need(reader->message_states(inbox))) all += in_capitals(s) + " ";
  CHECK(all == "2HB 10H- 4294967295HB ");
  std::string some;
  for (const auto& s : need(reader->message_states(inbox, uid{2}, 1))) some += in_capitals(s) + " ";
  CHECK(some == "10H- ");
  CHECK(need(reader->message_states(inbox, uid{UINT32_MAX}, 10)).empty());

  std::vector<std::uint32_t> seen;
  need(reader->for_each_message(inbox, [&](const cache::message_record& m) {
    seen.push_back(m.uid.value);
    return seen.size() < 2;
  }));
  CHECK(seen == std::vector<std::uint32_t>{2, 10});
}

TEST_CASE_FIXTURE(fixture, "a body without a header form brings its own header") {
  put_body(1, "Subject: x\r\nTo: y\r\n\r\ntext\r\n\r\nmore");
  CHECK(need(reader->header(inbox, uid{1})) == "Subject: x\r\nTo: y\r\n\r\n");
  put_body(2, "no empty line at all");
  CHECK(need(reader->header(inbox, uid{2})) == "no empty line at all");
  put_body(3, std::string(2'000'000, 'x') + "\r\n\r\n");
  CHECK(code_of(reader->header(inbox, uid{3})) == errc::no_such_message);
  CHECK_FALSE(need(reader->message_states(inbox)).back().has_header);
}

TEST_CASE_FIXTURE(fixture, "NTLM-PB9 a header that differs from the body's own stays") {
  committed(*store, [&](cache::store& in) {
    need(in.put_header(inbox, arrival(1, "Subject: form\r\n\r\n", 5, 77)));
    need(in.put_body(inbox, uid{1}, flag_set(2), "Subject: body\r\n\r\ntext"));
    need(in.put_header(inbox, arrival(1, "Subject: again\r\n\r\n", std::nullopt)));
  });
  CHECK(need(reader->header(inbox, uid{1})) == "Subject: form\r\n\r\n");
  const auto got = need(reader->message(inbox, uid{1}));
  CHECK(got.size == 77);
  CHECK(got.date == outmap::internal_date{5, 60});
  CHECK(read_body(*reader, inbox, 1) == "Subject: body\r\n\r\ntext");
}

TEST_CASE_FIXTURE(fixture, "NTLM-PB9 OIMAP-V0070 XIMAP-2.1.3 the first body of a message is never replaced") {
  put_body(1, "Content-Type: multipart/mixed; boundary=aaa\r\n\r\nfull");
  put_body(1, "Content-Type: multipart/mixed; boundary=bbb\r\n\r\nfull", flag_set(1));
  put_body(1, "ful");
  committed(*store, [&](cache::store& in) {
    const auto t = need(in.begin_body());
    need(in.append_body(t, noise(1, 3'000'000)));
    need(in.finish_body(t, inbox, uid{1}, flag_set(9)));
  });
  CHECK(read_body(*reader, inbox, 1) == "Content-Type: multipart/mixed; boundary=aaa\r\n\r\nfull");
  CHECK(need(reader->message(inbox, uid{1})).flags == flag_set(9));
  CHECK(rows("SELECT count(*) FROM body") == 1);
  CHECK(rows("SELECT count(*) FROM body_piece") == 0);
}

TEST_CASE_FIXTURE(fixture, "the same octets are stored once, where they are many") {
  const auto other = make_folder(*store, "Other");
  const auto large = noise(4, 3'000'000);
  const auto least = noise(5, 8192);
  const auto almost = noise(6, 8191);
  committed(*store, [&](cache::store& in) {
    for (std::uint32_t u = 1; u <= 4; ++u) {
      for (const auto box : {inbox, other}) need(in.put_header(box, arrival(u, "same header")));
      need(in.put_body(inbox, uid{u}, flag_set(), u < 3 ? least : almost));
      need(in.put_body(other, uid{u}, flag_set(), large));
    }
  });
  CHECK(rows("SELECT count(*) FROM body") == 4);
  // The header form's octets are kept with each message and so are small bodies, those of a larger body once.
  CHECK(rows("SELECT used FROM segment") == 64 + 8 * 11 + 8192 + 2 * 8191 + 3'000'000);
  CHECK(need(reader->message(inbox, uid{1})).body_digest == need(reader->message(inbox, uid{2})).body_digest);
  CHECK(need(reader->message(inbox, uid{3})).body_digest == need(reader->message(inbox, uid{4})).body_digest);
}

TEST_CASE_FIXTURE(fixture, "the digest is SHA-256") {
  put_body(1, "abc");
  put_body(2, "");
  CHECK(cache::to_hex(*need(reader->message(inbox, uid{1})).body_digest) ==
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  CHECK(cache::to_hex(*need(reader->message(inbox, uid{2})).body_digest) ==
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE_FIXTURE(fixture, "a body of no octets is a body") {
  put_body(1, "");
  committed(*store, [&](cache::store& in) {
    need(in.put_header(inbox, arrival(2, "")));
    const auto t = need(in.begin_body());
    need(in.append_body(t, ""));
    need(in.finish_body(t, inbox, uid{2}, flag_set()));
  });
  for (const std::uint32_t u : {1U, 2U}) {
    CHECK(need(reader->message(inbox, uid{u})).body_octets == 0);
    int calls = 0;
    need(reader->body(inbox, uid{u}, [&](std::string_view) { return ++calls > 0; }));
    CHECK(calls == 0);
    CHECK(need(reader->header(inbox, uid{u})).empty());
  }
  CHECK(need(reader->folder(mailbox_name("INBOX"))).bodies == 2);
}

TEST_CASE_FIXTURE(fixture, "any octet may stand in headers and bodies") {
  std::string all;
  for (int i = 0; i < 512; ++i) all += static_cast<char>(i);
  committed(*store, [&](cache::store& in) {
    need(in.put_header(inbox, arrival(1, all)));
    need(in.put_body(inbox, uid{1}, flag_set(), all + all));
    need(in.put_body(inbox, uid{2}, flag_set(), std::string(1, '\0')));
  });
  CHECK(need(reader->header(inbox, uid{1})) == all);
  CHECK(read_body(*reader, inbox, 1) == all + all);
  CHECK(read_body(*reader, inbox, 2) == std::string(1, '\0'));
}

TEST_CASE_FIXTURE(fixture, "XIMAP-V0004 XIMAP-2.1.2 what vanished becomes a tombstone with header and body") {
  committed(*store, [&](cache::store& in) {
    for (std::uint32_t u = 1; u <= 10; ++u) {
      need(in.put_header(inbox, arrival(u, "H" + std::to_string(u), 1000 + u, u)));
      need(in.put_body(inbox, uid{u}, flag_set(8), "B" + std::to_string(u)));
    }
  });
  uid_set vanished;
  vanished.add({uid{2}, uid{4}});
  vanished.add(uid{9});
  vanished.add({uid{500}, uid{UINT32_MAX}});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, vanished, 1'700'000'999)); });

  CHECK(need(reader->message_states(inbox)).size() == 6);
  CHECK(need(reader->folder(mailbox_name("INBOX"))).tombstones == 4);
  CHECK(rows("SELECT count(*) FROM body") == 10);
  CHECK(rows("SELECT count(*) FROM tombstone AS t JOIN header AS h ON h.id = t.header JOIN body AS b ON b.id = t.body"
             " WHERE t.folder = 1 AND t.uid_validity = 1 AND t.uid = 9 AND t.buried_at = 1700000999 AND t.reason = "
             "'vanished'"
             " AND t.date = 1009 AND t.zone = 60 AND t.size = 9 AND t.flags = 8 AND b.size = 2 AND b.digest ="
             " x'3ded92c4648c479ce74d18b838a651e02940569dc5840edd87a7d52216256359'") == 1);

  // The revised message comes under a new UID and is fetched as a new one: an expunge is an expunge.
  committed(*store,
            [&](cache::store& in) { CHECK_FALSE(need(in.put_header(inbox, arrival(11, "H9", 1009, 9))).adopted); });
  CHECK_FALSE(need(reader->message_states(inbox)).back().has_body);
}

TEST_CASE_FIXTURE(fixture, "a callback may ask the reader for more, but not start over") {
  for (std::uint32_t u = 1; u <= 3; ++u) put_body(u, "A: b\r\n\r\n" + noise(u, 100));
  std::size_t octets = 0;
  need(reader->for_each_message(inbox, [&](const cache::message_record& m) {
    octets += read_body(*reader, inbox, m.uid.value).size() + need(reader->header(inbox, m.uid)).size();
    CHECK(need(reader->folders()).size() == 1);
    CHECK(need(reader->message_states(inbox)).size() == 3);
    CHECK(code_of(reader->for_each_message(inbox, [](const cache::message_record&) { return true; })) ==
          errc::internal);
    return true;
  }));
  CHECK(octets == 3 * (108 + 8));
}
