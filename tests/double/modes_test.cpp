// What a sync fetches, in which order, and what it leaves for later.
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <string>
#include <vector>

#include "double_fixture.hpp"
#include "outmap/store.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct modes_fixture : double_fixture {
  modes_fixture() {
    for (unsigned i = 1; i <= 8; ++i) mail().add("INBOX", text_of_size(400, i), {}, {1700000000 + i * 60, 60});
  }
  [[nodiscard]] std::vector<std::string> said() {
    const auto lines = server->log().lines();
    return {lines.begin() + static_cast<std::ptrdiff_t>(said_before), lines.end()};
  }
  void forget_said() { said_before = server->log().lines().size(); }
  [[nodiscard]] bool any_said(std::string_view text) {
    const auto lines = said();
    return std::any_of(lines.begin(), lines.end(), [&](const auto& l) { return l.find(text) != std::string::npos; });
  }
  result<fetch_report> fetch(std::initializer_list<std::uint32_t> uids) {
    uid_set set;
    for (const auto u : uids) set.add(uid{u});
    trace_on_trial audited(config.auth);
    account a(config, &watch, &audited);
    return a.fetch(mailbox_name("INBOX"), set);
  }
  [[nodiscard]] std::string text_held(std::uint32_t u) {
    const auto all = held("INBOX");
    return all.contains(u) ? all.at(u).second : "";
  }
  std::size_t said_before = 0;
};

std::string words(const uid_set& set) { return set.to_string(); }

}  // namespace

TEST_CASE_FIXTURE(modes_fixture, "with bodies = none a sync brings headers, flags and dates, and no body") {
  config.bodies = body_mode::none;
  const auto first = run_well();
  CHECK(first.folders.at(0).added == 8);
  CHECK(first.folders.at(0).bodies == 0);
  CHECK_FALSE(any_said("BODY.PEEK[]"));
  CHECK(server->log().totals().bodies == 0);
  auto opened = store::open(config.cache);
  const auto inbox = opened->folder("INBOX")->mailbox;
  for (std::uint32_t u = 1; u <= 8; ++u) {
    const auto header = opened->header(inbox, uid{u});
    REQUIRE(header);
    CHECK(summarize(*header).subject == std::to_string(u));
    CHECK(opened->message(inbox, uid{u})->date->unix_seconds == 1700000000 + u * 60);
    CHECK(opened->message(inbox, uid{u})->body_digest.empty());
  }
  // Nothing new, nothing asked for.
  forget_said();
  mail().set_flags("INBOX", 2, flag_set(1));
  CHECK(run_well().folders.at(0).flags_changed == 1);
  CHECK_FALSE(any_said("HEADER"));

  // All that is missing comes once bodies are wanted.
  config.bodies = body_mode::all;
  forget_said();
  run_well();
  CHECK_FALSE(any_said("HEADER"));
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(modes_fixture,
                  "OIMAP-V0006 headers alone come with INTERNALDATE only where it is the received date") {
  config.bodies = body_mode::none;
  config.received = received_date::header;
  run_well();
  CHECK_FALSE(any_said("INTERNALDATE"));
  CHECK(any_said("HEADER"));
  CHECK(server->log().totals().bodies == 0);
}

TEST_CASE_FIXTURE(modes_fixture, "a header that does not come stands in quarantine where bodies are not wanted") {
  config.bodies = body_mode::none;
  std::atomic<bool> broken = true;
  exchange::hooks hooks;
  hooks.on_fetch = [&broken](std::string_view, std::uint32_t uid) {
    return broken && uid == 3 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
  };
  server->set_hooks(hooks);
  CHECK(run().folders.at(0).quarantined == 1);
  broken = false;
  run_well();
  CHECK(held("INBOX").size() == 8);
}

TEST_CASE_FIXTURE(modes_fixture, "OIMAP-V0003 without bodies a new UIDVALIDITY adopts those that were fetched") {
  config.bodies = body_mode::none;
  run_well();
  REQUIRE(fetch({2, 5}));
  mail().change_uid_validity("INBOX");
  server->log().reset();
  run_well();
  CHECK(server->log().totals().bodies == 0);
  CHECK(text_held(2) == served("INBOX").at(2).second);
  CHECK(text_held(5) == served("INBOX").at(5).second);
  CHECK(text_held(4).empty());
}

TEST_CASE_FIXTURE(modes_fixture, "newest first: the highest UIDs are asked for before the lower ones") {
  for (unsigned i = 9; i <= 1200; ++i) mail().add("INBOX", text_of_size(60, i));
  config.connections = 1;
  forget_said();
  run_well();
  // "n:m" each, in commands that are small while nobody knows how large messages are.
  unsigned long below = 1201;
  for (const auto& line : said()) {
    const auto at = line.find("UID FETCH ");
    if (at == std::string::npos || line.find("BODY.PEEK[])") == std::string::npos) continue;
    const auto first = std::stoul(line.substr(at + 10));
    const auto last = std::stoul(line.substr(line.find(':', at) + 1));
    CHECK(last == below - 1);
    CHECK(last - first < (below == 1201 ? 64 : 500));
    below = first;
  }
  CHECK(below == 1);
}

TEST_CASE_FIXTURE(modes_fixture, "with default settings each body is read once") {
  run_well();
  run_well();
  CHECK(server->log().totals().bodies == 8);
}

TEST_CASE_FIXTURE(modes_fixture, "bodies on demand: what is missing comes, what is here is not asked for") {
  config.bodies = body_mode::none;
  run_well();
  forget_said();
  const auto first = fetch({2, 3, 7});
  REQUIRE(first);
  CHECK_FALSE(first->failure);
  CHECK(words(first->fetched) == "2:3,7");
  CHECK(first->here.empty());
  CHECK(first->body_octets > 1200);
  CHECK(any_said("(UID FLAGS BODY.PEEK[])"));
  CHECK(text_held(7) == served("INBOX").at(7).second);
  CHECK(text_held(4).empty());
  // \Seen stays as it is.
  CHECK(served("INBOX").at(7).first.empty());

  const auto second = fetch({3, 4});
  REQUIRE(second);
  CHECK(words(second->fetched) == "4");
  CHECK(words(second->here) == "3");

  // Nothing to ask for: the server hears nothing at all.
  forget_said();
  const auto third = fetch({2, 3, 4});
  REQUIRE(third);
  CHECK(words(third->here) == "2:4");
  CHECK(said().empty());
  CHECK(server->log().totals().bodies == 4);
}

TEST_CASE_FIXTURE(modes_fixture, "bodies on demand: gone, unknown and undelivered messages are told apart") {
  config.bodies = body_mode::none;
  run_well();
  mail().expunge("INBOX", 5);
  std::atomic<bool> broken = true;
  exchange::hooks hooks;
  hooks.on_fetch = [&broken](std::string_view, std::uint32_t uid) {
    return broken && uid == 6 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
  };
  server->set_hooks(hooks);
  const auto got = fetch({4, 5, 6, 99});
  REQUIRE(got);
  CHECK(words(got->fetched) == "4");
  CHECK(words(got->gone) == "5,99");
  CHECK(words(got->quarantined) == "6");
  REQUIRE(got->failure);
  CHECK(got->failure->code == errc::incomplete);
  // The sync is what buries.
  CHECK(held("INBOX").contains(5));
  broken = false;
  const auto again = fetch({6});
  REQUIRE(again);
  CHECK(words(again->fetched) == "6");
  auto opened = store::open(config.cache);
  CHECK(opened->folder("INBOX")->quarantined == 0);
  CHECK(text_held(6) == served("INBOX").at(6).second);
}

TEST_CASE_FIXTURE(modes_fixture, "bodies on demand: words in place of a message are kept until it comes") {
  config.bodies = body_mode::none;
  run_well();
  server->quirks().on({.which = exchange::field_quirk::placeholder, .uids = {2}});
  CHECK(words(fetch({2})->quarantined) == "2");
  CHECK(text_held(2).find("Retrieval using") != std::string::npos);
  server->quirks().off();
  CHECK(words(fetch({2})->fetched) == "2");
  CHECK(text_held(2) == served("INBOX").at(2).second);
}

TEST_CASE_FIXTURE(modes_fixture, "OIMAP-V0003 bodies on demand: with another UIDVALIDITY nothing is fetched") {
  config.bodies = body_mode::none;
  run_well();
  mail().change_uid_validity("INBOX");
  server->log().reset();
  const auto got = fetch({2});
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::no_such_message);
  CHECK(server->log().totals().bodies == 0);
  run_well();
  CHECK(words(fetch({2})->fetched) == "2");
}

TEST_CASE_FIXTURE(modes_fixture, "bodies on demand: a folder that is not in the cache, or not on the server") {
  config.bodies = body_mode::none;
  mail().create("Work");
  mail().add("Work", text_of_size(300, 50));
  run_well();
  account a(config, &watch);
  CHECK(a.fetch(mailbox_name("Nowhere"), {}).error().code == errc::no_such_mailbox);
  mail().expunge("Work", 1);
  mail().remove_folder("Work");
  uid_set one;
  one.add(uid{1});
  const auto got = a.fetch(mailbox_name("Work"), one);
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::command_refused);
}

TEST_CASE_FIXTURE(modes_fixture, "bodies on demand: a connection cut in a body keeps what came, and can be repeated") {
  config.bodies = body_mode::none;
  run_well();
  std::atomic<int> left = 1;
  exchange::hooks hooks;
  hooks.on_fetch = [&left](std::string_view, std::uint32_t uid) {
    return uid == 4 && left-- > 0 ? exchange::fetch_fault::cut : exchange::fetch_fault::none;
  };
  server->set_hooks(hooks);
  const auto got = fetch({1, 2, 3, 4, 5, 6, 7, 8});
  REQUIRE(got);
  REQUIRE(got->failure);
  CHECK(got->failure->code == errc::connection_lost);
  CHECK(text_held(4).empty());
  const auto again = fetch({1, 2, 3, 4, 5, 6, 7, 8});
  REQUIRE(again);
  CHECK_FALSE(again->failure);
  CHECK(again->here.size() == got->fetched.size());
  check_equal("INBOX");
}
