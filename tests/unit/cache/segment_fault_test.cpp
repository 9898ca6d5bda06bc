// Segments on a disk that fills up, fails or loses power: nothing is claimed that is not there.
#include <cerrno>
#include <map>

#include "failing_files.hpp"
#include "failing_vfs.hpp"
#include "support.hpp"

using namespace cache_test;
namespace fs = std::filesystem;

namespace {

using call = failing_files::call;

constexpr std::uint64_t segment_octets = 1'200'000;

const std::string& body_of(std::uint32_t u) {
  static std::map<std::uint32_t, std::string> made;
  auto& body = made[u];
  if (body.empty()) body = "Subject: " + std::to_string(u) + "\r\n\r\n" + noise(u, 1000 + 40'000 * (u % 9));
  return body;
}
const std::string large = "Subject: large\r\n\r\n" + noise(99, 1'500'000);
constexpr std::size_t first_part = 1'100'000;

std::unique_ptr<cache::store> open_on(const fs::path& file, cache::file_calls& calls) {
  return need(cache::store::open(file, account, {.segment_octets = segment_octets, .calls = &calls}));
}

/// Transactions of three messages (headers by themselves), the fourth a transfer among others; until one fails. Says
/// how many were committed.
struct progress {
  std::uint32_t commits = 0;
  result<void> outcome;
};
constexpr std::uint32_t all_transactions = 6;

result<void> transaction(cache::store& s, cache::folder_id inbox, std::uint32_t number) {
  std::optional<cache::transfer> t;
  if (number == 3) {
    const auto begun = s.begin_body();
    if (!begun) return tl::unexpected(begun.error());
    t = *begun;
    if (auto r = s.append_body(*t, std::string_view(large).substr(0, first_part)); !r) return r;
  }
  for (auto u = number * 3 + 1; u <= number * 3 + 3; ++u) {
    if (auto r = s.put_header(inbox, arrival(u, "H" + std::to_string(u))); !r) return tl::unexpected(r.error());
    if (auto r = s.put_body(inbox, uid{u}, flag_set(), body_of(u)); !r) return r;
  }
  if (!t) return {};
  if (auto r = s.append_body(*t, std::string_view(large).substr(first_part)); !r) return r;
  return s.finish_body(*t, inbox, uid{1000}, flag_set());
}

progress run(cache::store& s, cache::folder_id inbox) {
  progress done;
  while (done.outcome && done.commits < all_transactions) {
    done.outcome = s.begin();
    if (done.outcome) done.outcome = transaction(s, inbox, done.commits);
    if (done.outcome) done.outcome = s.commit();
    if (done.outcome) ++done.commits;
  }
  return done;
}

void check_holds(const fs::path& file, cache::folder_id inbox, std::uint32_t commits) {
  CAPTURE(commits);
  const auto r = open_reader(file);
  CHECK(code_of(r->check_integrity()) == std::nullopt);
  const auto states = need(r->message_states(inbox));
  CHECK(states.size() == 3 * commits + (commits > 3 ? 1 : 0));
  for (const auto& m : states) {
    const auto u = m.uid.value;
    REQUIRE(m.has_body);
    CHECK((read_body(*r, inbox, u) == (u == 1000 ? large : body_of(u))));
    CHECK(need(r->header(inbox, m.uid)) == (u == 1000 ? "Subject: large\r\n\r\n" : "H" + std::to_string(u)));
  }
}

/// One run with the fault at one place. False when it ended without meeting it.
template <class Arm>
bool run_with_fault(errc expected, Arm arm) {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  failing_files disk;
  auto s = open_on(file, disk);
  const auto inbox = make_folder(*s);
  arm(disk);
  const auto done = run(*s, inbox);
  const bool struck = disk.struck();
  if (done.outcome) {
    CHECK(done.commits == all_transactions);
  } else {
    CHECK_MESSAGE(done.outcome.error().code == expected, done.outcome.error().message());
    CHECK(done.outcome.error().detail.find("cache.db.mail") != std::string::npos);
    // The same again, while the disk is as it is.
    REQUIRE(s->begin());
    auto again = transaction(*s, inbox, 9);
    if (again) again = s->commit();
    CHECK(code_of(again) == expected);
  }
  check_holds(file, inbox, done.commits);
  disk.heal();
  // The same store goes on where it was, and so does the next one.
  for (auto number = done.commits; number < all_transactions; ++number) {
    if (number % 2 == 0) {
      s.reset();
      s = open_on(file, disk);
    }
    need(s->begin());
    need(transaction(*s, inbox, number));
    need(s->commit());
  }
  check_holds(file, inbox, all_transactions);
  return struck;
}

}  // namespace

TEST_CASE("the disk is full at every single write of mail: earlier commits stay") {
  std::uint64_t at = 0;
  while (run_with_fault(errc::disk_full, [&](failing_files& d) { d.fail_after(call::write, at, ENOSPC); })) ++at;
  CHECK(at > 15);
}

TEST_CASE("a write of mail falls short at every place, for every reason") {
  std::uint64_t at = 0;
  while (run_with_fault(errc::file_error, [&](failing_files& d) { d.fail_short(at, EIO); })) at += 2;
  CHECK(at > 15);
  for (const int full : {EDQUOT, EFBIG}) {
    CHECK(run_with_fault(errc::disk_full, [&](failing_files& d) { d.fail_short(3, full); }));
  }
}

TEST_CASE("every single sync of mail fails: earlier commits stay") {
  std::uint64_t at = 0;
  while (run_with_fault(errc::file_error, [&](failing_files& d) { d.fail_after(call::sync, at, EIO); })) ++at;
  CHECK(at > 10);
  CHECK(run_with_fault(errc::disk_full, [&](failing_files& d) { d.fail_after(call::sync, 4, ENOSPC); }));
}

TEST_CASE("a new segment cannot be made: earlier commits stay") {
  std::uint64_t at = 0;
  while (run_with_fault(errc::disk_full, [&](failing_files& d) { d.fail_after(call::create, at, ENOSPC); })) ++at;
  CHECK(at > 2);
  CHECK(run_with_fault(errc::file_error, [&](failing_files& d) { d.fail_after(call::create, 1, EMFILE); }));
}

TEST_CASE("power is lost after any commit, and SQLite's files are all there: no row names octets that are not") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  forgetful_files disk;
  const auto s = open_on(file, disk);
  const auto inbox = make_folder(*s);
  std::size_t at_risk = 0;
  for (std::uint32_t number = 0; number < all_transactions; ++number) {
    need(s->begin());
    need(transaction(*s, inbox, number));
    at_risk = std::max(at_risk, disk.unsynced());
    need(s->commit());
    check_holds(file, inbox, number + 1);
  }
  CHECK(at_risk > 0);

  // A transfer over several transactions: what is committed between its parts is there, it itself when it is finished.
  cache::transfer t{};
  committed(*s, [&](cache::store& in) {
    t = need(in.begin_body());
    need(in.append_body(t, noise(5, 1'500'000)));
  });
  committed(*s, [&](cache::store& in) { need(in.append_body(t, noise(6, 500'000))); });
  committed(*s, [&](cache::store& in) { need(in.finish_body(t, inbox, uid{2000}, flag_set())); });
  CHECK((read_body(*open_reader(file), inbox, 2000) == noise(5, 1'500'000) + noise(6, 500'000)));
}

TEST_CASE("no frame of a commit goes to SQLite's log before the mail is synced") {
  failing_vfs sqlite;
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  forgetful_files disk;
  const auto s = open_on(file, disk);
  const auto inbox = make_folder(*s);
  bool committing = false;
  std::uint64_t frames = 0;
  std::uint64_t early = 0;
  sqlite.on_write([&] {
    if (!committing) return;
    ++frames;
    if (disk.unsynced() > 0) ++early;
  });
  for (std::uint32_t number = 0; number < all_transactions; ++number) {
    need(s->begin());
    need(transaction(*s, inbox, number));
    committing = true;
    need(s->commit());
    committing = false;
  }
  sqlite.on_write({});
  CHECK(frames >= all_transactions);
  CHECK(early == 0);
}

TEST_CASE("a commit without mail does not wait for the disk") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  failing_files disk;
  const auto s = open_on(file, disk);
  const auto inbox = make_folder(*s);
  committed(*s, [&](cache::store& in) { need(in.put_body(inbox, uid{1}, flag_set(), "x")); });
  disk.fail_after(call::sync, 0, EIO);
  committed(*s, [&](cache::store& in) { need(in.set_flags(inbox, uid{1}, flag_set(1))); });
  CHECK_FALSE(disk.struck());
}

TEST_CASE("a body of any size goes through a fixed amount of memory") {
  // 24 MiB arrive; the file has all but the last of what was appended: it is not kept in memory until the end.
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  const auto s = need(cache::store::open(file, account, {}));
  const auto inbox = make_folder(*s);
  const auto piece = noise(1, 100'000);
  const fs::path segment = file.native() + ".mail/000001.seg";
  need(s->begin());
  const auto t = need(s->begin_body());
  std::size_t sent = 0;
  std::size_t most_held = 0;
  while (sent < 24 << 20) {
    need(s->append_body(t, piece));
    sent += piece.size();
    const auto in_file = fs::exists(segment) ? fs::file_size(segment) : 0;
    most_held = std::max<std::size_t>(most_held, sent - std::min<std::size_t>(sent, in_file));
  }
  CHECK(most_held <= (1 << 20) + (256 << 10));
  need(s->finish_body(t, inbox, uid{1}, flag_set()));
  need(s->commit());
  std::size_t read = 0;
  need(open_reader(file)->body(inbox, uid{1}, [&](std::string_view part) {
    CHECK(part.size() <= 1 << 20);
    read += part.size();
    return true;
  }));
  CHECK(read == sent);
}
