#include "bench/synthetic_server.hpp"

#include <doctest/doctest.h>

#include <charconv>
#include <stdexcept>

#include "bench/drain.hpp"
#include "bench/synthetic_mailbox.hpp"
#include "outmap/account.hpp"
#include "support/temp_dir.hpp"

namespace {

using namespace outmap;
using bench::synthetic_mailbox;

std::string set_text(std::string_view text, std::uint32_t highest) {
  std::string out;
  for (const auto& span : bench::parse_uid_set(text, highest)) {
    out += std::to_string(span.first) + "-" + std::to_string(span.last) + ";";
  }
  return out;
}

std::string fetched(const synthetic_mailbox& mailbox, std::uint32_t uid, bool thinned, std::string_view items) {
  std::string out;
  const auto filler = mailbox.begin_fetch(out, uid, thinned, items);
  synthetic_mailbox::append_filler(out, filler, 0);
  return out.append(synthetic_mailbox::fetch_end);
}

account_config account_at(const bench::far_end& end, const std::filesystem::path& cache) {
  account_config c;
  c.host = "localhost";
  c.port = end.port;
  c.ca_file = end.ca_file;
  c.user = bench::bench_user;
  c.password = secret(bench::bench_password);
  c.cache = cache;
  return c;
}

}  // namespace

TEST_CASE("the synthetic server reads the sets that UID FETCH may have") {
  CHECK(set_text("1:*", 7) == "1-7;");
  CHECK(set_text("3", 7) == "3-3;");
  CHECK(set_text("1:2,5,6:9", 7) == "1-2;5-5;6-7;");
  CHECK(set_text("*:4", 7) == "4-7;");
  CHECK(set_text("8:9", 7).empty());
  CHECK(set_text("x", 7).empty());
  CHECK(set_text("1:", 7).empty());
}

TEST_CASE("a synthetic message is as long as it says and the same however it is cut") {
  const synthetic_mailbox mailbox("INBOX", 100, 3000);
  const auto text = fetched(mailbox, 20, false, "(UID FLAGS BODY.PEEK[])");
  CHECK(text.starts_with("* 20 FETCH (UID 20 FLAGS () BODY[] {3000}\r\nFrom: "));
  const auto body = text.find("\r\n") + 2;
  CHECK(text.size() == body + 3000 + synthetic_mailbox::fetch_end.size());
  std::string whole;
  synthetic_mailbox::append_filler(whole, 5'000'000, 0);
  std::string pieces;
  for (std::size_t sent = 0; sent < whole.size(); sent += 1'000'000) {
    synthetic_mailbox::append_filler(pieces, 1'000'000, sent);
  }
  CHECK((whole == pieces));
}

TEST_CASE("the EXPUNGE responses of a synthetic mailbox leave what it then has") {
  const synthetic_mailbox mailbox("INBOX", 35, 300);
  std::vector<std::uint32_t> uids;
  for (std::uint32_t uid = 1; uid <= 35; ++uid) uids.push_back(uid);
  for (std::uint32_t uid = 10; uid <= 35; uid += 10) {
    std::string line;
    synthetic_mailbox::expunge(line, uid);
    std::uint32_t sequence = 0;
    std::from_chars(line.data() + 2, line.data() + line.size(), sequence);
    uids.erase(uids.begin() + sequence - 1);
  }
  CHECK(uids.size() == mailbox.exists(true));
  for (std::size_t i = 0; i < uids.size(); ++i) {
    CHECK(synthetic_mailbox::there(uids[i], true));
    CHECK(fetched(mailbox, uids[i], true, "(UID)") ==
          "* " + std::to_string(i + 1) + " FETCH (UID " + std::to_string(uids[i]) + ")\r\n");
  }
}

TEST_CASE("a sync finds what the synthetic server has and misses what it has expunged") {
  bench::synthetic_server server({{"INBOX", "Other"}, 50, 2000});
  const test::temp_dir folder;
  const auto sync = [&] {
    account a(account_at(server.end(), folder / "cache.outmap"));
    auto done = a.sync();
    REQUIRE(done);
    CHECK_FALSE(done->failure);
    REQUIRE(done->folders.size() == 2);
    return done->folders;
  };
  for (const auto& f : sync()) CHECK(f.body_octets == 50 * 2000);
  const auto gone = server.expunge_every_tenth();
  CHECK(gone == 5);
  for (const auto& f : sync()) {
    CHECK(f.vanished == gone);
    CHECK(f.exists == 45);
  }
  server.settle();
  for (const auto& f : sync()) CHECK(f.vanished == 0);
}

TEST_CASE("a drain reads the same however its commands are paced, and says when it is refused") {
  const bench::synthetic_server server({{"INBOX", "A", "B"}, 40, 1000});
  const bench::drain_account from{"localhost", server.end().port, bench::bench_user, bench::bench_password};
  const std::vector<std::string> names = {"INBOX", "A", "B", "INBOX"};
  const auto one_by_one = drain_mailboxes(from, names, bench::fetch_bodies, bench::pacing::one_by_one);
  const auto pipelined = drain_mailboxes(from, names, bench::fetch_bodies, bench::pacing::pipelined);
  CHECK(one_by_one == pipelined);
  CHECK(one_by_one > 4 * 40 * 1000);
  const test::temp_dir folder;
  drain_to_file(from, "A", bench::fetch_bodies, folder / "drained");
  const auto kept = test::read_file(folder / "drained");
  CHECK(kept.starts_with("* 1 FETCH (UID 1 "));
  CHECK(kept.find("* 40 FETCH") != std::string::npos);
  CHECK_THROWS_AS(drain(from, "nowhere", {bench::fetch_flags}), std::runtime_error);
}
