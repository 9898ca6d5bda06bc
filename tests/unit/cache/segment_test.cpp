// The folder of segments beside the cache file: what belongs there, what does not, what a crash leaves.
#include <sys/stat.h>

#include <algorithm>

#include "cache/database.hpp"
#include "support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;

namespace {

struct fixture {
  temporary_folder folder;
  fs::path file = folder.file("cache.db");
  fs::path mail = folder.file("cache.db.mail");

  [[nodiscard]] fs::path segment(int number) const { return mail / ("00000" + std::to_string(number) + ".seg"); }
  [[nodiscard]] std::unique_ptr<cache::store> open(std::uint64_t segment_octets = std::uint64_t{1} << 30) const {
    return need(cache::store::open(file, account, {.segment_octets = segment_octets}));
  }
  /// Messages from `first` on, 30,000 octets each, one transaction; gives the folder.
  cache::folder_id add(cache::store& s, std::uint32_t first, std::uint32_t count) const {
    const auto inbox = make_folder(s);
    committed(s, [&](cache::store& in) {
      for (auto u = first; u < first + count; ++u) need(in.put_body(inbox, uid{u}, flag_set(), body(u)));
    });
    return inbox;
  }
  static std::string body(std::uint32_t u) { return "Subject: " + std::to_string(u) + "\r\n\r\n" + noise(u, 30'000); }
  void check_holds(cache::folder_id inbox, std::uint32_t count) const {
    const auto r = open_reader(file);
    CHECK(code_of(r->check_integrity()) == std::nullopt);
    CHECK(need(r->message_states(inbox)).size() == count);
    for (std::uint32_t u = 1; u <= count; ++u) {
      CHECK((read_body(*r, inbox, u) == body(u)));
      CHECK(need(r->header(inbox, uid{u})) == "Subject: " + std::to_string(u) + "\r\n\r\n");
    }
  }
  /// The cache is refused, by a store at once, by a reader where it looks.
  void check_refused(cache::folder_id inbox, const std::string& named) const {
    const auto refused = cache::store::open(file, account, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::cache_damaged);
    CHECK(refused.error().detail.find(named) != std::string::npos);
    const auto r = open_reader(file);
    CHECK(code_of(r->check_integrity()) == errc::cache_damaged);
    const auto read = r->body(inbox, uid{3}, [](std::string_view) { return true; });
    REQUIRE_FALSE(read);
    CHECK(read.error().code == errc::cache_damaged);
    CHECK(read.error().detail.find(named) != std::string::npos);
    CHECK(code_of(r->header(inbox, uid{3})) == errc::cache_damaged);
    // What does not need the segment is there.
    CHECK(need(r->message_states(inbox)).size() == 3);
  }
};

mode_t mode_of(const fs::path& file) {
  struct stat status {};
  REQUIRE(::lstat(file.c_str(), &status) == 0);
  return status.st_mode & 0777;
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "mail is private") {
  const auto before = ::umask(0);
  add(*open(), 1, 1);
  ::umask(before);
  CHECK(mode_of(mail) == 0700);
  CHECK(mode_of(segment(1)) == 0600);
}

TEST_CASE_FIXTURE(fixture, "a cache without mail has no folder for it") {
  make_folder(*open());
  CHECK_FALSE(fs::exists(mail));
  CHECK(code_of(open_reader(file)->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "what stands behind the committed end is cut off, and nothing before it") {
  const auto inbox = add(*open(), 1, 3);
  const auto whole = read_file(segment(1));
  write_file(segment(1), whole + noise(7, 100'000));
  check_holds(inbox, 3);
  {
    const auto s = open();
    check_holds(inbox, 3);
    add(*s, 4, 1);
  }
  CHECK(fs::file_size(segment(1)) == whole.size() + body(4).size());
  CHECK((read_file(segment(1)).substr(0, whole.size()) == whole));
  check_holds(inbox, 4);
}

TEST_CASE_FIXTURE(fixture, "a rolled back transaction leaves no octet") {
  const auto s = open();
  const auto inbox = add(*s, 1, 2);
  const auto size = fs::file_size(segment(1));
  need(s->begin());
  for (std::uint32_t u = 100; u < 150; ++u) need(s->put_body(inbox, uid{u}, flag_set(), body(u)));
  CHECK(fs::file_size(segment(1)) > size);
  s->rollback();
  CHECK(fs::file_size(segment(1)) == size);
  add(*s, 3, 2);
  check_holds(inbox, 4);
}

TEST_CASE_FIXTURE(fixture, "a segment that is shorter than what was committed is damage") {
  const auto inbox = add(*open(), 1, 3);
  const auto size = fs::file_size(segment(1));
  SUBCASE("by an octet") { fs::resize_file(segment(1), size - 1); }
  SUBCASE("by nearly all") { fs::resize_file(segment(1), 64); }
  SUBCASE("empty") { fs::resize_file(segment(1), 0); }
  SUBCASE("not there") { fs::remove(segment(1)); }
  if (fs::exists(segment(1)) && fs::file_size(segment(1)) == size - 1) {
    // A header in the front of the body can still be had.
    const auto refused = cache::store::open(file, account, {});
    REQUIRE_FALSE(refused);
    CHECK(refused.error().code == errc::cache_damaged);
    CHECK(refused.error().detail.find("000001.seg") != std::string::npos);
    const auto r = open_reader(file);
    CHECK(code_of(r->check_integrity()) == errc::cache_damaged);
    CHECK(code_of(r->body(inbox, uid{3}, [](std::string_view) { return true; })) == errc::cache_damaged);
    CHECK((read_body(*r, inbox, 2) == body(2)));
    return;
  }
  check_refused(inbox, fs::exists(segment(1)) ? "000001.seg" : "No such file");
}

TEST_CASE_FIXTURE(fixture, "a segment of another cache, of another number or of nobody is refused") {
  const auto inbox = add(*open(), 1, 3);
  const auto own = read_file(segment(1));
  SUBCASE("another cache") {
    const fixture other;
    other.add(*other.open(), 1, 3);
    fs::copy_file(other.segment(1), segment(1), fs::copy_options::overwrite_existing);
    REQUIRE(fs::file_size(segment(1)) == own.size());
  }
  SUBCASE("another number") {
    auto s = open(70'000);
    add(*s, 10, 3);
    s.reset();
    need(need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE)).run("DELETE FROM message WHERE uid >= 10"));
    fs::copy_file(segment(2), segment(1), fs::copy_options::overwrite_existing);
  }
  SUBCASE("noise") { write_file(segment(1), noise(1, own.size())); }
  SUBCASE("a folder") {
    fs::remove(segment(1));
    fs::create_directory(segment(1));
  }
  SUBCASE("a FIFO") {
    fs::remove(segment(1));
    REQUIRE(::mkfifo(segment(1).c_str(), 0600) == 0);
  }
  SUBCASE("a symbolic link to the very segment") {
    fs::rename(segment(1), folder.file("elsewhere"));
    fs::create_symlink(folder.file("elsewhere"), segment(1));
  }
  check_refused(inbox, "000001.seg");
}

TEST_CASE_FIXTURE(fixture, "a folder of mail behind a symbolic link is refused") {
  SUBCASE("of a cache with mail") {
    const auto inbox = add(*open(), 1, 3);
    fs::rename(mail, folder.file("elsewhere"));
    fs::create_directory_symlink(folder.file("elsewhere"), mail);
    check_refused(inbox, "cache.db.mail");
  }
  SUBCASE("before there is mail") {
    const auto s = open();
    const auto inbox = make_folder(*s);
    fs::create_directory(folder.file("elsewhere"));
    fs::create_directory_symlink(folder.file("elsewhere"), mail);
    need(s->begin());
    CHECK(code_of(s->put_body(inbox, uid{1}, flag_set(), "x")) == errc::cache_unavailable);
    CHECK(fs::is_empty(folder.file("elsewhere")));
  }
}

TEST_CASE_FIXTURE(fixture, "a full segment is followed by the next") {
  cache::folder_id inbox = 0;
  {
    const auto s = open(100'000);
    inbox = add(*s, 1, 10);
    CHECK(names_in(mail) == std::vector<std::string>{"000001.seg", "000002.seg", "000003.seg", "000004.seg"});
    add(*s, 11, 1);
    check_holds(inbox, 11);
    // One body alone may be larger than a segment should be.
    committed(*s, [&](cache::store& in) {
      need(in.put_body(inbox, uid{500}, flag_set(), noise(500, 300'000)));
      need(in.put_body(inbox, uid{501}, flag_set(), "x"));
    });
    CHECK(names_in(mail).size() == 6);
  }
  for (int n = 1; n <= 4; ++n) CHECK(fs::file_size(segment(n)) <= 100'000);
  const auto s = open(100'000);
  committed(*s, [&](cache::store& in) {
    uid_set gone;
    gone.add({uid{500}, uid{501}});
    need(in.set_vanished(inbox, gone, 1));
  });
  check_holds(inbox, 11);
}

TEST_CASE_FIXTURE(fixture, "a transfer goes over several segments and among other mail") {
  const auto large = "Subject: large\r\n\r\n" + noise(9, 3'500'000);
  const auto s = open(1'000'000);
  const auto inbox = make_folder(*s);
  need(s->begin());
  const auto t = need(s->begin_body());
  std::uint32_t u = 0;
  for (std::size_t at = 0; at < large.size(); at += 250'000) {
    need(s->append_body(t, std::string_view(large).substr(at, 250'000)));
    if (at % 500'000 == 0) {
      ++u;
      need(s->put_body(inbox, uid{u}, flag_set(), body(u)));
    }
    need(s->commit());
    need(s->begin());
  }
  need(s->finish_body(t, inbox, uid{900}, flag_set()));
  need(s->commit());
  CHECK(names_in(mail).size() >= 4);
  const auto r = open_reader(file);
  CHECK((read_body(*r, inbox, 900) == large));
  CHECK(need(r->header(inbox, uid{900})) == "Subject: large\r\n\r\n");
  for (std::uint32_t i = 1; i <= u; ++i) CHECK((read_body(*r, inbox, i) == body(i)));
  CHECK(code_of(r->check_integrity()) == std::nullopt);
}

TEST_CASE_FIXTURE(fixture, "segments that a rolled back or unfinished transaction began are removed") {
  cache::folder_id inbox = 0;
  SUBCASE("rolled back") {
    const auto s = open(100'000);
    inbox = add(*s, 1, 2);
    need(s->begin());
    for (std::uint32_t u = 100; u < 110; ++u) need(s->put_body(inbox, uid{u}, flag_set(), body(u)));
    CHECK(names_in(mail).size() == 4);
    s->rollback();
    CHECK(names_in(mail).size() == 1);
    add(*s, 3, 2);
  }
  SUBCASE("unfinished") {
    auto s = open(100'000);
    inbox = add(*s, 1, 2);
    need(s->begin());
    for (std::uint32_t u = 100; u < 110; ++u) need(s->put_body(inbox, uid{u}, flag_set(), body(u)));
    s.reset();
    CHECK(names_in(mail).size() == 4);
    s = open(100'000);
    CHECK(names_in(mail).size() == 1);
    add(*s, 3, 2);
  }
  check_holds(inbox, 4);
  CHECK(names_in(mail).size() == 2);
}

TEST_CASE_FIXTURE(fixture, "a long run leaves the system little of its mail to hold, and only what is on the disk") {
  struct watched : cache::file_calls {
    ssize_t write(int f, const void* octets, std::size_t size, off_t at) override {
      const auto done = file_calls::write(f, octets, size, at);
      end = std::max(end, at + static_cast<off_t>(done));
      return done;
    }
    int sync(int f) override {
      synced = end;
      return file_calls::sync(f);
    }
    void let_go(int f, off_t at, off_t size) override {
      CHECK(at == gone);
      gone = at + size;
      CHECK(gone <= synced);
      file_calls::let_go(f, at, size);
    }
    off_t end = 0;
    off_t synced = 0;
    off_t gone = 0;
  } calls;
  constexpr std::uint32_t count = 2500;  // 75 MB
  cache::folder_id inbox = 0;
  {
    const auto s = need(cache::store::open(file, account, {.calls = &calls}));
    for (std::uint32_t u = 1; u <= count; u += 100) inbox = add(*s, u, 100);
  }
  CHECK(calls.gone > 40'000'000);
  CHECK(calls.end - calls.gone < 48'000'000);
  CHECK(calls.end - calls.gone >= 16 << 20);
  check_holds(inbox, count);
}

TEST_CASE_FIXTURE(fixture, "files of others in the folder of mail are left alone and their numbers passed over") {
  {
    const fixture removed;
    removed.add(*removed.open(), 1, 3);
    fs::create_directory(mail);
    fs::copy_file(removed.segment(1), segment(1));
  }
  write_file(segment(2), "");
  write_file(mail / "notes.txt", "bread");
  fs::create_symlink(folder.file("victim"), segment(3));
  const auto before = read_file(segment(1));
  const auto inbox = add(*open(), 1, 3);
  check_holds(inbox, 3);
  open_store(file);
  CHECK(names_in(mail) ==
        std::vector<std::string>{"000001.seg", "000002.seg", "000003.seg", "000004.seg", "notes.txt"});
  CHECK((read_file(segment(1)) == before));
  CHECK(read_file(mail / "notes.txt") == "bread");
  CHECK_FALSE(fs::exists(folder.file("victim")));
}

TEST_CASE_FIXTURE(fixture, "file and folder copied together are the same cache elsewhere") {
  const auto inbox = add(*open(), 1, 3);
  const fixture copy;
  fs::copy_file(file, copy.file);
  fs::copy(mail, copy.mail);
  copy.check_holds(inbox, 3);
  copy.add(*copy.open(), 4, 1);
  copy.check_holds(inbox, 4);
  check_holds(inbox, 3);
}

TEST_CASE_FIXTURE(fixture, "a row that names a place that cannot be is damage, not an allocation") {
  const auto inbox = add(*open(), 1, 3);
  const auto set = [&](const char* sql) {
    need(need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE)).run(sql));
  };
  SUBCASE("behind the end") { set("UPDATE body SET start = start + 1000000"); }
  SUBCASE("an enormous size") { set("UPDATE body SET size = 9223372036854775807"); }
  SUBCASE("a negative size") { set("UPDATE body SET size = -1"); }
  SUBCASE("a negative start") { set("UPDATE body SET start = -5"); }
  SUBCASE("in the segment's header") { set("UPDATE body SET start = 3"); }
  SUBCASE("a segment that is not there") { set("UPDATE body SET segment = 77"); }
  SUBCASE("a negative segment") { set("UPDATE body SET segment = -1"); }
  SUBCASE("no pieces") { set("UPDATE body SET segment = 0"); }
  SUBCASE("other octets") { set("UPDATE body SET start = start + 1"); }
  const auto r = open_reader(file);
  CHECK(code_of(r->body(inbox, uid{3}, [](std::string_view) { return true; })) == errc::cache_damaged);
  CHECK(need(r->message_states(inbox)).size() == 3);
}

TEST_CASE_FIXTURE(fixture, "a reader in another process beside the writer") {
  const auto s = open(200'000);
  const auto inbox = add(*s, 1, 20);
  CHECK(in_child([&] {
          const auto r = cache::reader::open(file);
          if (!r) return 1;
          for (std::uint32_t u = 1; u <= 20; ++u) {
            std::string got;
            const auto read = (*r)->body(inbox, uid{u}, [&](std::string_view piece) {
              got += piece;
              return true;
            });
            if (!read || got != body(u)) return 2;
          }
          return (*r)->check_integrity() ? 0 : 3;
        }) == 0);
  add(*s, 21, 5);
  check_holds(inbox, 25);
}
