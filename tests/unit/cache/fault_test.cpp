// A disk that fills up or fails: at every single write and sync.
#include <sys/resource.h>

#include <csignal>

#include "failing_vfs.hpp"
#include "support.hpp"

using namespace cache_test;

namespace {

std::string body_of(std::uint32_t u) {
  return "Subject: " + std::to_string(u) + "\r\n\r\n" + noise(u, 4000 + 700 * (u % 9));
}
const std::string large = "Subject: large\r\n\r\n" + noise(99, 1'200'000);

/// What the third transaction does; the first and second add messages 1-3 and 4-6.
result<void> third(cache::store& s, cache::folder_id inbox) {
  uid_set gone;
  gone.add({uid{1}, uid{2}});
  if (auto r = s.set_vanished(inbox, gone, 5); !r) return r;
  const auto t = s.begin_body();
  if (!t) return tl::unexpected(t.error());
  for (std::size_t at = 0; at < large.size(); at += 500'000) {
    if (auto r = s.append_body(*t, std::string_view(large).substr(at, 500'000)); !r) return r;
  }
  return s.finish_body(*t, inbox, uid{100}, flag_set());
}

result<void> add(cache::store& s, cache::folder_id inbox, std::uint32_t first) {
  for (auto u = first; u < first + 3; ++u) {
    if (auto r = s.put_header(inbox, arrival(u, "Subject: " + std::to_string(u) + "\r\n\r\n")); !r)
      return tl::unexpected(r.error());
    if (auto r = s.put_body(inbox, uid{u}, flag_set(), body_of(u)); !r) return r;
  }
  return {};
}

struct progress {
  int commits = 0;
  result<void> outcome;
};

/// Goes on until something fails; says how many transactions were committed before.
progress run(cache::store& s, cache::folder_id inbox) {
  progress done;
  const auto step = [&](auto&& work) {
    if (!done.outcome) return;
    done.outcome = s.begin();
    if (done.outcome) done.outcome = work();
    if (done.outcome) done.outcome = s.commit();
    if (done.outcome) ++done.commits;
  };
  step([&] { return add(s, inbox, 1); });
  step([&] { return add(s, inbox, 4); });
  if (done.outcome) done.outcome = s.make_durable();
  step([&] { return third(s, inbox); });
  if (done.outcome) done.outcome = s.make_durable();
  return done;
}

/// The cache holds the outcome of exactly so many transactions, sound in every respect.
void check_holds(const std::filesystem::path& file, cache::folder_id inbox, int commits) {
  CAPTURE(commits);
  const auto r = open_reader(file);
  CHECK(code_of(r->check_integrity()) == std::nullopt);
  std::string uids;
  for (const auto& m : need(r->message_states(inbox))) {
    uids += std::to_string(m.uid.value) + ' ';
    REQUIRE(m.has_body);
    CHECK((read_body(*r, inbox, m.uid.value) == (m.uid.value == 100 ? large : body_of(m.uid.value))));
  }
  const char* expected[] = {"", "1 2 3 ", "1 2 3 4 5 6 ", "3 4 5 6 100 "};
  CHECK(uids == expected[commits]);
  CHECK(need(r->folder(mailbox_name("INBOX"))).tombstones == (commits == 3 ? 2 : 0));
}

enum class kind { write, sync };

/// One run with the fault at one place. False when the run ended without meeting it.
bool run_with_fault(failing_vfs& disk, kind what, std::uint64_t at, int code, errc expected) {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  auto s = open_store(file);
  const auto inbox = make_folder(*s);
  need(s->make_durable());

  what == kind::write ? disk.fail_writes_after(at, code) : disk.fail_syncs_after(at, code);
  const auto done = run(*s, inbox);
  const bool struck = disk.struck();
  if (done.outcome) {
    CHECK(done.commits == 3);
  } else {
    CHECK_MESSAGE(done.outcome.error().code == expected, done.outcome.error().message());
  }
  // Beside the sick store, a reader still has what was committed.
  check_holds(file, inbox, done.commits);
  s.reset();  // closing meets the same disk
  disk.heal();
  s = open_store(file);
  check_holds(file, inbox, done.commits);
  need(s->begin());
  need(s->put_body(inbox, uid{1000}, flag_set(), "works again"));
  need(s->commit());
  return struck;
}

}  // namespace

TEST_CASE("the disk fills up at every single write: earlier commits stay") {
  failing_vfs disk;
  std::uint64_t at = 0;
  while (run_with_fault(disk, kind::write, at, SQLITE_FULL, errc::disk_full)) ++at;
  CHECK(at > 30);
}

TEST_CASE("the disk fails at every third write: earlier commits stay") {
  failing_vfs disk;
  std::uint64_t at = 0;
  while (run_with_fault(disk, kind::write, at, SQLITE_IOERR_WRITE, errc::file_error)) at += 3;
  CHECK(at > 30);
}

TEST_CASE("a sync fails: earlier commits stay") {
  failing_vfs disk;
  std::uint64_t at = 0;
  while (run_with_fault(disk, kind::sync, at, SQLITE_IOERR_FSYNC, errc::file_error)) ++at;
  CHECK(at > 3);
}

TEST_CASE("a full disk while the cache is created leaves no half cache") {
  failing_vfs disk;
  for (std::uint64_t at = 0;; ++at) {
    CAPTURE(at);
    const temporary_folder folder;
    const auto file = folder.file("cache.db");
    disk.fail_writes_after(at, SQLITE_FULL);
    const auto s = cache::store::open(file, account, {});
    const bool struck = disk.struck();
    disk.heal();
    if (!struck) {
      CHECK(code_of(s) == std::nullopt);
      CHECK(at > 5);
      break;
    }
    CHECK(code_of(s) == errc::disk_full);
    CHECK(names_in(folder.path()) == std::vector<std::string>{"cache.db.lock"});
    make_folder(*open_store(file));
  }
}

TEST_CASE("a limit of the system on file sizes reads as a full disk") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto inbox = make_folder(*open_store(file));
  CHECK(in_child([&] {
          ::signal(SIGXFSZ, SIG_IGN);
          const rlimit bound{4 << 20, 4 << 20};
          if (::setrlimit(RLIMIT_FSIZE, &bound) != 0) return 90;
          auto s = cache::store::open(file, account, {});
          if (!s) return 91;
          for (std::uint32_t u = 1; u < 1000; ++u) {
            auto r = (*s)->begin();
            if (r) r = (*s)->put_body(inbox, uid{u}, flag_set(), noise(u, 30'000));
            if (r) r = (*s)->commit();
            if (!r) return r.error().code == errc::disk_full ? static_cast<int>(u > 10) : 92;
          }
          return 93;
        }) == 1);
  const auto s = open_store(file);
  const auto r = open_reader(file);
  CHECK(code_of(r->check_integrity()) == std::nullopt);
  const auto states = need(r->message_states(inbox));
  CHECK(states.size() > 10);
  for (const auto& m : states) CHECK((read_body(*r, inbox, m.uid.value) == noise(m.uid.value, 30'000)));
}

TEST_CASE("make_durable syncs, also beside a reader that is in the middle of something") {
  failing_vfs disk;
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto s = open_store(file);
  const auto inbox = make_folder(*s);
  committed(*s, [&](cache::store& in) {
    for (std::uint32_t u = 1; u <= 3; ++u) need(in.put_body(inbox, uid{u}, flag_set(), noise(u, 20'000)));
  });
  const auto before = disk.syncs();
  need(s->make_durable());
  CHECK(disk.syncs() > before);
  CHECK(std::filesystem::file_size(file.native() + "-wal") == 0);

  const auto r = open_reader(file);
  int rows = 0;
  need(r->for_each_message(inbox, [&](const cache::message_record&) {
    if (++rows > 1) return true;
    committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{9}, flag_set(), noise(9, 20'000))); });
    const auto at = disk.syncs();
    need(s->make_durable());
    CHECK(disk.syncs() > at);
    // The fault shows that it is the sync on which the answer depends.
    committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{10}, flag_set(), noise(10, 20'000))); });
    disk.fail_syncs_after(0, SQLITE_IOERR_FSYNC);
    CHECK(code_of(s->make_durable()) == errc::file_error);
    disk.heal();
    return true;
  }));
  CHECK(rows == 3);
  need(s->make_durable());
  CHECK(std::filesystem::file_size(file.native() + "-wal") == 0);
}
