// What the cache keeps of folders, quarantine and runs.
#include "support.hpp"

using namespace cache_test;

namespace {

cache::listed_folder listed(std::string name, bool noselect = false) {
  cache::listed_folder out;
  out.mailbox = mailbox_name(std::move(name));
  out.noselect = noselect;
  return out;
}

struct fixture {
  temporary_folder folder;
  std::unique_ptr<cache::store> store = open_store(folder.file("cache.db"));
  std::unique_ptr<cache::reader> reader = open_reader(folder.file("cache.db"));

  cache::folder_id put(const cache::listed_folder& f) {
    cache::folder_id id = 0;
    committed(*store, [&](cache::store& in) { id = need(in.put_folder(f)); });
    return id;
  }
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "OIMAP-C0002 what a listing said is kept") {
  cache::listed_folder all = listed("Archiv/2011");
  all.delimiter = '/';
  all.noinferiors = true;
  all.subscribed = true;
  const auto id = put(all);
  const auto got = need(reader->folder(mailbox_name("Archiv/2011")));
  CHECK(got.id == id);
  CHECK(got.listed.mailbox.wire() == "Archiv/2011");
  CHECK(got.listed.delimiter == '/');
  CHECK_FALSE(got.listed.noselect);
  CHECK(got.listed.noinferiors);
  CHECK(got.listed.subscribed);
  CHECK_FALSE(got.gone);
  CHECK(got.uid_validity == uid_validity{0});
  CHECK(got.exists == 0);
  CHECK(got.unseen == std::nullopt);
  CHECK(got.scanned_at == 0);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0043 the attributes of the most recent listing count") {
  const auto first = put(listed("x", true));
  CHECK(need(reader->folder(mailbox_name("x"))).listed.noselect);
  cache::listed_folder later = listed("x", false);
  later.delimiter = '.';
  CHECK(put(later) == first);
  CHECK_FALSE(need(reader->folder(mailbox_name("x"))).listed.noselect);
  CHECK(need(reader->folder(mailbox_name("x"))).listed.delimiter == '.');
  put(listed("x", true));
  CHECK(need(reader->folder(mailbox_name("x"))).listed.noselect);
  CHECK(need(reader->folder(mailbox_name("x"))).listed.delimiter == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0043 a new listing leaves UIDVALIDITY and messages alone") {
  const auto inbox = make_folder(*store, "INBOX", 42);
  committed(*store, [&](cache::store& in) {
    need(in.put_body(inbox, uid{1}, flag_set(), "abc"));
    need(in.set_scanned(inbox, 1, 1000));
  });
  CHECK(put(listed("INBOX")) == inbox);
  const auto got = need(reader->folder(mailbox_name("INBOX")));
  CHECK(got.uid_validity == uid_validity{42});
  CHECK(got.messages == 1);
  CHECK(got.exists == 1);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-V0016 names are told apart by their octets, INBOX by none of its cases") {
  const auto upper = put(listed("Foo"));
  const auto lower = put(listed("foo"));
  CHECK(upper != lower);
  CHECK(put(listed("inbox")) == put(listed("InBox")));
  CHECK(need(reader->folder(mailbox_name("Foo"))).id == upper);
  CHECK(need(reader->folder(mailbox_name("foo"))).id == lower);
  CHECK(code_of(reader->folder(mailbox_name("FOO"))) == errc::no_such_mailbox);
}

TEST_CASE_FIXTURE(fixture, "names and delimiters may hold any octet") {
  const std::string with_nul("a\0b", 3);
  const std::vector<std::string> names = {with_nul, "a",      "\xff\xfe\x80",        "Entw&APw-rfe",
                                          "",       "a\r\nb", std::string(5000, 'n')};
  for (const auto& name : names) {
    auto f = listed(name);
    f.delimiter = '\xfe';
    put(f);
  }
  CHECK(need(reader->folders()).size() == names.size());
  for (const auto& name : names) {
    const auto got = need(reader->folder(mailbox_name(name)));
    CHECK(got.listed.mailbox.wire() == name);
    CHECK(got.listed.delimiter == '\xfe');
  }
}

TEST_CASE_FIXTURE(fixture, "folders come sorted, INBOX first") {
  for (const auto* name : {"Zebra", "INBOX/sub", "INBOX", "Ablage", "\x01", "zebra"}) put(listed(name));
  std::vector<std::string> names;
  for (const auto& f : need(reader->folders())) names.push_back(f.listed.mailbox.wire());
  CHECK(names == std::vector<std::string>{"INBOX", "\x01", "Ablage", "INBOX/sub", "Zebra", "zebra"});
}

TEST_CASE_FIXTURE(fixture, "a folder that is not listed any more is gone, its mail is not") {
  const auto inbox = make_folder(*store, "INBOX");
  const auto old = make_folder(*store, "Old");
  committed(*store, [&](cache::store& in) { need(in.put_body(old, uid{1}, flag_set(), "kept")); });
  committed(*store, [&](cache::store& in) { need(in.mark_gone_except({inbox})); });

  CHECK_FALSE(need(reader->folder(mailbox_name("INBOX"))).gone);
  CHECK(need(reader->folder(mailbox_name("Old"))).gone);
  CHECK(read_body(*reader, old, 1) == "kept");

  // It comes back with the next listing.
  CHECK(put(listed("Old")) == old);
  committed(*store, [&](cache::store& in) { need(in.mark_gone_except({old, inbox})); });
  CHECK_FALSE(need(reader->folder(mailbox_name("Old"))).gone);
  committed(*store, [&](cache::store& in) { need(in.mark_gone_except({})); });
  CHECK(need(reader->folder(mailbox_name("INBOX"))).gone);
}

TEST_CASE_FIXTURE(fixture, "OIMAP-C0004 EXISTS and the time of the scan are recorded") {
  const auto inbox = make_folder(*store);
  committed(*store, [&](cache::store& in) {
    need(in.set_scanned(inbox, 4'000'000'000U, 1'700'000'123));
    need(in.set_unseen(inbox, 17));
  });
  const auto got = need(reader->folder(mailbox_name("INBOX")));
  CHECK(got.exists == 4'000'000'000U);
  CHECK(got.scanned_at == 1'700'000'123);
  CHECK(got.unseen == 17);
}

TEST_CASE_FIXTURE(fixture, "counts are those of the folder") {
  const auto inbox = make_folder(*store);
  const auto other = make_folder(*store, "Other");
  committed(*store, [&](cache::store& in) {
    for (std::uint32_t u = 1; u <= 5; ++u) need(in.put_header(inbox, arrival(u, "H" + std::to_string(u))));
    need(in.put_body(inbox, uid{1}, flag_set(), "12345"));
    need(in.put_body(inbox, uid{2}, flag_set(), "12345"));
    need(in.put_body(inbox, uid{3}, flag_set(), "1234567"));
    need(in.put_body(other, uid{1}, flag_set(), "x"));
    uid_set vanished;
    vanished.add(uid{5});
    need(in.set_vanished(inbox, vanished, 1));
    need(in.put_quarantine(inbox, uid{9}, "no data", 1));
  });
  const auto all = need(reader->folders());
  REQUIRE(all.size() == 2);
  CHECK(all[0].messages == 4);
  CHECK(all[0].bodies == 3);
  CHECK(all[0].body_octets == 17);
  CHECK(all[0].tombstones == 1);
  CHECK(all[0].quarantined == 1);
  CHECK(all[1].messages == 1);
  CHECK(all[1].body_octets == 1);
  CHECK(all[1].tombstones == 0);
}

TEST_CASE_FIXTURE(fixture, "quarantine counts tries and keeps the first day") {
  const auto inbox = make_folder(*store);
  committed(*store, [&](cache::store& in) {
    need(in.put_quarantine(inbox, uid{7}, "OK without data", 100));
    need(in.put_quarantine(inbox, uid{7}, "NO", 200));
    need(in.put_quarantine(inbox, uid{3}, "malformed", 150));
  });
  auto rows = need(reader->quarantine(inbox));
  REQUIRE(rows.size() == 2);
  CHECK(rows[0].uid == uid{3});
  CHECK(rows[0].tries == 1);
  CHECK(rows[1].uid == uid{7});
  CHECK(rows[1].reason == "NO");
  CHECK(rows[1].first_seen == 100);
  CHECK(rows[1].last_tried == 200);
  CHECK(rows[1].tries == 2);

  committed(*store, [&](cache::store& in) { need(in.clear_quarantine(inbox, uid{7})); });
  CHECK(need(reader->quarantine(inbox)).size() == 1);
  uid_set vanished;
  vanished.add({uid{1}, uid{5}});
  committed(*store, [&](cache::store& in) { need(in.set_vanished(inbox, vanished, 1)); });
  CHECK(need(reader->quarantine(inbox)).empty());
}

TEST_CASE_FIXTURE(fixture, "runs: the last one is told, an unfinished one is completed") {
  CHECK(need(reader->last_run()) == std::nullopt);
  const auto put_run = [&](const cache::run_record& run) {
    committed(*store, [&](cache::store& in) { need(in.put_run(run)); });
  };
  const auto count = [&] { return need(reader->last_run()).value(); };
  put_run({100, 110, "complete", 5, 1000});
  put_run({100, 111, "partial", 1, 10});
  CHECK(count().outcome == "partial");
  put_run({200, 0, "interrupted", 0, 0});
  CHECK(count().ended_at == 0);
  put_run({200, 230, "complete", 7, UINT64_C(1) << 40});
  CHECK(count().started_at == 200);
  CHECK(count().ended_at == 230);
  CHECK(count().outcome == "complete");
  CHECK(count().messages == 7);
  CHECK(count().body_octets == UINT64_C(1) << 40);
}

TEST_CASE_FIXTURE(fixture, "operations belong into a transaction, and a failed one undoes it") {
  const auto inbox = make_folder(*store);
  CHECK(code_of(store->put_body(inbox, uid{1}, flag_set(), "x")) == errc::internal);
  CHECK(code_of(store->commit()) == errc::internal);
  need(store->begin());
  CHECK(code_of(store->begin()) == errc::internal);
  CHECK(code_of(store->make_durable()) == errc::internal);
  need(store->put_body(inbox, uid{1}, flag_set(), "x"));
  CHECK(code_of(store->put_body(inbox, uid{0}, flag_set(), "x")) == errc::invalid_argument);
  CHECK(code_of(store->put_body(inbox, uid{2}, flag_set(), "x")) == errc::internal);
  CHECK(code_of(store->commit()) == errc::internal);
  CHECK(need(reader->message_states(inbox)).empty());

  need(store->begin());
  need(store->put_body(inbox, uid{1}, flag_set(), "x"));
  store->rollback();
  store->rollback();
  CHECK(need(reader->message_states(inbox)).empty());

  for (const auto& wrong :
       {store->set_uid_validity(inbox, uid_validity{0}), store->set_uid_validity(99, uid_validity{1})}) {
    CHECK(code_of(wrong) == errc::internal);  // no transaction is open
  }
  need(store->begin());
  CHECK(code_of(store->set_uid_validity(inbox, uid_validity{0})) == errc::invalid_argument);
  need(store->begin());
  CHECK(code_of(store->set_uid_validity(99, uid_validity{1})) == errc::invalid_argument);
}

TEST_CASE_FIXTURE(fixture, "a transaction that is still open when the store closes is undone") {
  const auto inbox = make_folder(*store);
  need(store->begin());
  need(store->put_body(inbox, uid{1}, flag_set(), "x"));
  store.reset();
  CHECK(need(reader->message_states(inbox)).empty());
}

TEST_CASE_FIXTURE(fixture, "a renamed folder keeps its messages, with those below it") {
  auto with_delimiter = [&](std::string name) {
    auto out = listed(std::move(name));
    out.delimiter = '/';
    return put(out);
  };
  const auto top = with_delimiter("a");
  const auto below = with_delimiter("a/b");
  const auto beside = with_delimiter("ab");
  committed(*store, [&](cache::store& in) {
    for (const auto id : {top, below, beside}) {
      need(in.set_uid_validity(id, uid_validity{7}));
      need(in.put_body(id, uid{1}, {}, "Subject: x\r\n\r\nbody"));
    }
    need(in.rename_folder(mailbox_name("a"), mailbox_name("new")));
    need(in.rename_folder(mailbox_name("none"), mailbox_name("x")));
  });
  CHECK(code_of(reader->folder(mailbox_name("a"))) == errc::no_such_mailbox);
  CHECK(code_of(reader->folder(mailbox_name("a/b"))) == errc::no_such_mailbox);
  CHECK(need(reader->folder(mailbox_name("ab"))).id == beside);
  CHECK(need(reader->folder(mailbox_name("new"))).id == top);
  const auto child = need(reader->folder(mailbox_name("new/b")));
  CHECK(child.id == below);
  CHECK(child.uid_validity == uid_validity{7});
  CHECK(read_body(*reader, below, 1) == "Subject: x\r\n\r\nbody");
}

TEST_CASE_FIXTURE(fixture, "a folder that was called so once leaves its mail to the renamed one; a listed one stays") {
  const auto renamed = put(listed("a"));
  const auto former = put(listed("new"));
  committed(*store, [&](cache::store& in) {
    need(in.set_uid_validity(renamed, uid_validity{7}));
    need(in.set_uid_validity(former, uid_validity{8}));
    need(in.put_body(former, uid{1}, {}, "Subject: former\r\n\r\nbody"));
    need(in.rename_folder(mailbox_name("a"), mailbox_name("new")));
  });
  CHECK(need(reader->folder(mailbox_name("a"))).id == renamed);
  CHECK(need(reader->folder(mailbox_name("new"))).id == former);

  committed(*store, [&](cache::store& in) {
    need(in.mark_gone_except({renamed}));
    need(in.rename_folder(mailbox_name("a"), mailbox_name("new")));
  });
  CHECK(code_of(reader->folder(mailbox_name("a"))) == errc::no_such_mailbox);
  const auto now = need(reader->folder(mailbox_name("new")));
  CHECK(now.id == renamed);
  CHECK(now.uid_validity == uid_validity{7});
  CHECK(now.messages == 0);
  CHECK(now.tombstones == 1);
  // What it leaves can be adopted.
  cache::adoption taken;
  committed(*store, [&](cache::store& in) {
    auto message = arrival(4, "Subject: former\r\n\r\n");
    message.date.reset();
    taken = need(in.put_header(renamed, message));
  });
  CHECK(taken.adopted);
  CHECK(read_body(*reader, renamed, 4) == "Subject: former\r\n\r\nbody");
  need(reader->check_integrity());
}
