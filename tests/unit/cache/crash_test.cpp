// Killed at any moment, the cache is what was committed.
#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "support.hpp"

using namespace cache_test;

namespace {

std::string body_of(std::uint32_t u) {
  return "Subject: " + std::to_string(u) + "\r\n\r\n" + noise(u, u % 13 == 0 ? 1'300'000 : 900 * (u % 40));
}

/// Message u in a transaction of its own; every thirteenth over several. Every fifth, an older one vanishes.
bool add(cache::store& s, cache::folder_id inbox, std::uint32_t u) {
  const auto body = body_of(u);
  if (!s.begin() || !s.put_header(inbox, arrival(u, "Header: " + std::to_string(u)))) return false;
  if (u % 13 != 0) {
    if (!s.put_body(inbox, uid{u}, flag_set(), body)) return false;
  } else {
    const auto t = s.begin_body();
    if (!t) return false;
    for (std::size_t at = 0; at < body.size(); at += 300'000) {
      if (!s.append_body(*t, std::string_view(body).substr(at, 300'000)) || !s.commit() || !s.begin()) return false;
    }
    if (!s.finish_body(*t, inbox, uid{u}, flag_set(1))) return false;
  }
  if (u % 5 == 0) {
    uid_set gone;
    gone.add(uid{u - 2});
    if (!s.set_vanished(inbox, gone, u)) return false;
  }
  if (u % 17 == 0 && !s.put_quarantine(inbox, uid{u + 1}, "later", u)) return false;
  return static_cast<bool>(s.commit()) && (u % 20 != 0 || s.make_durable());
}

/// Adds messages from `next` on and reports each commit, until it is killed.
[[noreturn]] void write_until_killed(const std::filesystem::path& file, std::uint32_t next, int report) {
  auto s = cache::store::open(file, account, {});
  if (!s) ::_exit(10);
  cache::listed_folder inbox;
  inbox.mailbox = mailbox_name("INBOX");
  if (!(*s)->begin()) ::_exit(11);
  const auto id = (*s)->put_folder(inbox);
  if (!id || !(*s)->set_uid_validity(*id, uid_validity{1}) || !(*s)->commit()) ::_exit(12);
  for (auto u = next;; ++u) {
    if (!add(**s, *id, u)) ::_exit(13);
    if (::write(report, &u, sizeof u) != sizeof u) ::_exit(14);
  }
}

/// Lets a child write, kills it after `commits` reports and `pauses` turns of the scheduler; gives the last reported
/// message.
std::uint32_t kill_a_writer(const std::filesystem::path& file, std::uint32_t next, unsigned commits, unsigned pauses) {
  int ends[2];
  REQUIRE(::pipe(ends) == 0);
  const auto child = ::fork();
  REQUIRE(child >= 0);
  if (child == 0) {
    ::close(ends[0]);
    write_until_killed(file, next, ends[1]);
  }
  ::close(ends[1]);
  std::uint32_t last = next - 1;
  for (unsigned i = 0; i < commits; ++i) REQUIRE(::read(ends[0], &last, sizeof last) == sizeof last);
  for (unsigned i = 0; i < pauses; ++i) ::sched_yield();
  ::kill(child, SIGKILL);
  int status = 0;
  REQUIRE(::waitpid(child, &status, 0) == child);
  CHECK((WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL));
  while (::read(ends[0], &last, sizeof last) == sizeof last) continue;
  ::close(ends[0]);
  return last;
}

/// Every message up to `reported` is there or vanished by plan, at most one more is (committed, not reported),
/// and all is sound. Those up to `compared` were compared before. Gives the last one.
std::uint32_t check_after_kill(const std::filesystem::path& file, std::uint32_t compared, std::uint32_t reported) {
  const auto s = open_store(file);  // the lock went with the process
  const auto r = open_reader(file);
  CHECK(code_of(r->check_integrity()) == std::nullopt);
  const auto inbox = need(r->folder(mailbox_name("INBOX")));
  const auto states = need(r->message_states(inbox.id));
  auto whole = states.size();
  // The header of a body that comes over several transactions is committed before the body is.
  if (!states.empty() && !states.back().has_body && states.back().uid.value % 13 == 0) --whole;
  const auto last = whole == 0 ? 0 : states[whole - 1].uid.value;
  CHECK((last == reported || last == reported + 1));
  std::size_t at = 0;
  for (std::uint32_t u = 1; u <= last; ++u) {
    const bool vanished = u % 5 == 3 && u + 2 <= last;
    if (vanished) continue;
    REQUIRE(at < whole);
    REQUIRE(states[at].uid.value == u);
    CHECK(states[at].has_header);
    REQUIRE(states[at].has_body);
    const auto body = read_body(*r, inbox.id, u);  // compares the digest
    if (u > compared) CHECK((body == body_of(u)));
    ++at;
  }
  CHECK(at == whole);
  CHECK(inbox.tombstones == last / 5);
  return last;
}

}  // namespace

TEST_CASE("kill -9 at twenty points: what was committed is whole, what was not is not there") {
  const temporary_folder folder;
  const auto file = folder.file("cache.db");
  std::mt19937 random(20240607);
  std::uint32_t last = 0;
  for (int round = 0; round < 20; ++round) {
    CAPTURE(round);
    const auto before = last;
    last = kill_a_writer(file, last + 1, random() % 12 + (round == 0 ? 1 : 0), random() % 400);
    last = check_after_kill(file, before, last);
  }
  CHECK(last > 60);
}

TEST_CASE("killed while the cache is created: the next run finds nothing or a whole cache") {
  std::mt19937 random(7);
  for (int round = 0; round < 10; ++round) {
    const temporary_folder folder;
    const auto file = folder.file("cache.db");
    kill_a_writer(file, 1, 0, random() % 300);
    const auto s = open_store(file);
    make_folder(*s);
    CHECK(code_of(open_reader(file)->check_integrity()) == std::nullopt);
  }
}
