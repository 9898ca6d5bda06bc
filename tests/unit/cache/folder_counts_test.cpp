// The counts in a folder's row against the messages that are there.
#include <random>

#include "cache/database.hpp"
#include "support.hpp"

using namespace cache_test;

namespace {

constexpr int steps = 400;

struct fixture {
  temporary_folder folder;
  std::unique_ptr<cache::store> store = open_store(folder.file("cache.db"));
  std::unique_ptr<cache::reader> reader = open_reader(folder.file("cache.db"));

  void check_counts() {
    REQUIRE(code_of(reader->check_integrity()) == std::nullopt);
    for (const auto& f : need(reader->folders())) {
      uid_set every;
      every.add({uid{1}, uid{UINT32_MAX}});
      const auto counted = need(reader->amount_of(f.id, every));
      CHECK(f.messages == counted.messages);
      CHECK(f.bodies == counted.bodies);
      CHECK(f.body_octets == counted.body_octets);
    }
  }
};

/// Anything that changes what a folder holds, at random.
class random_changes {
 public:
  random_changes(cache::store& s, std::uint64_t seed) : store_(s), random_(seed) {
    for (const char* name : {"INBOX", "Archive", "Sent"}) folders_.push_back(make_folder(store_, name));
  }

  result<void> one() {
    const auto where = folders_[below(folders_.size())];
    const uid which{static_cast<std::uint32_t>(1 + below(40))};
    const auto body = text(which.value);
    switch (below(9)) {
      case 0: return header(where, which, body);
      case 1: return store_.put_body(where, which, flag_set(), body);
      case 2: return transferred(where, which, body);
      case 3: return store_.set_vanished(where, some(), 5);
      case 4: return store_.put_quarantine(where, which, "no data", 5);
      case 5: return store_.drop_stand_in(where, which);
      case 6:
        return below(6) == 0 ? store_.set_uid_validity(where, uid_validity{++validity_}) : header(where, which, body);
      case 7: return store_.expire(where, 4 + static_cast<std::int64_t>(below(2)));
      default: return header(where, which, body);
    }
  }
  bool now_and_then() { return below(5) == 0; }

 private:
  std::size_t below(std::size_t n) { return random_() % n; }
  std::string text(std::uint32_t of) {
    return "Message-ID: <" + std::to_string(of) + "@mail.example>\r\n\r\n" + noise(of, of % 3 == 0 ? 9000 : of);
  }
  uid_set some() {
    uid_set out;
    const uid first{static_cast<std::uint32_t>(1 + below(40))};
    out.add({first, uid{first.value + static_cast<std::uint32_t>(below(4))}});
    out.add({uid{first.value + 6}, uid{first.value + 7}});
    return out;
  }
  result<void> header(cache::folder_id where, uid which, const std::string& body) {
    auto put = store_.put_header(where, arrival(which.value, body.substr(0, body.find("\r\n\r\n") + 4)));
    if (!put) return tl::unexpected(put.error());
    return {};
  }
  result<void> transferred(cache::folder_id where, uid which, const std::string& body) {
    const auto to = store_.begin_body();
    if (!to) return tl::unexpected(to.error());
    if (auto added = store_.append_body(*to, body); !added) return added;
    if (below(4) == 0) return store_.abandon_body(*to);
    return store_.finish_body(*to, where, which, flag_set());
  }

  cache::store& store_;
  std::mt19937_64 random_;
  std::vector<cache::folder_id> folders_;
  std::uint32_t validity_ = 1;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a folder's row has as many messages, bodies and octets as the folder") {
  for (const std::uint64_t seed : {1u, 2u, 3u}) {
    CAPTURE(seed);
    random_changes changes(*store, seed);
    need(store->begin());
    for (int step = 0; step < steps; ++step) {
      CAPTURE(step);
      need(changes.one());
      if (!changes.now_and_then()) continue;
      need(store->commit());
      check_counts();
      need(store->begin());
    }
    store->rollback();
    check_counts();
  }
}

TEST_CASE_FIXTURE(fixture, "what is rolled back is not counted") {
  const auto inbox = make_folder(*store);
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(), "Subject: a\r\n\r\na")); });
  need(store->begin());
  need(store->put_body(inbox, uid{2}, flag_set(), "Subject: b\r\n\r\nb"));
  store->rollback();
  committed(*store, [&](cache::store& in) { need(in.put_body(inbox, uid{3}, flag_set(), "Subject: c\r\n\r\nc")); });
  check_counts();
  CHECK(need(reader->folder(mailbox_name("INBOX"))).messages == 2);
}

TEST_CASE_FIXTURE(fixture, "a renamed folder keeps its counts, and the one it takes the place of has none") {
  const auto old = make_folder(*store, "Old");
  const auto there = make_folder(*store, "New");
  committed(*store, [&](cache::store& in) {
    need(in.put_body(old, uid{1}, flag_set(), "Subject: a\r\n\r\na"));
    need(in.put_body(there, uid{1}, flag_set(), "Subject: b\r\n\r\nb"));
    need(in.mark_gone_except({old}));
    need(in.rename_folder(mailbox_name("Old"), mailbox_name("New")));
  });
  check_counts();
  CHECK(need(reader->folder(mailbox_name("New"))).bodies == 1);
  CHECK(need(reader->folder(mailbox_name("New"))).tombstones == 1);
}

TEST_CASE_FIXTURE(fixture, "a row that says another number is named as damage") {
  make_folder(*store, "Drafts");
  store.reset();
  auto db = need(cache::database::open(folder.file("cache.db").native(), SQLITE_OPEN_READWRITE));
  need(db.run("UPDATE folder SET messages = 9"));
  const auto sound = reader->check_integrity();
  REQUIRE_FALSE(sound);
  CHECK(sound.error().code == errc::cache_damaged);
  CHECK(sound.error().detail.find("Drafts") != std::string::npos);
}
