// What a server shows too little of is not taken for deleted.
#include <doctest/doctest.h>

#include <atomic>
#include <string>

#include "double_fixture.hpp"
#include "outmap/store.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct guarded_fixture : double_fixture {
  void fill(const std::string& folder, unsigned count) {
    for (unsigned i = 1; i <= count; ++i) mail().add(folder, text_of_size(300, ++seed));
  }
  void expunge(const std::string& folder, std::uint32_t first, std::uint32_t last) {
    for (auto u = first; u <= last; ++u) mail().expunge(folder, u);
  }
  [[nodiscard]] std::uint64_t expunged(const std::string& folder) const {
    auto opened = store::open(config.cache);
    REQUIRE(opened);
    return opened->folder(folder)->expunged;
  }
  static const folder_report& of(const sync_report& report, const std::string& name) {
    for (const auto& f : report.folders) {
      if (f.name == name) return f;
    }
    FAIL(name);
    return report.folders.front();
  }
  unsigned seed = 0;
};

struct mad_answer {
  const char* what;
  std::string command;
  std::string data;  ///< in place of what should come
  std::string end = " OK done\r\n";
  bool closes = false;
};

/// `line` for the messages 1 to `count`, '#' being the number.
std::string for_each_message(unsigned count, const std::string& line) {
  std::string out;
  for (unsigned i = 1; i <= count; ++i) {
    for (const char c : line) out += c == '#' ? std::to_string(i) : std::string(1, c);
    out += "\r\n";
  }
  return out;
}

/// Of a server that has two mailboxes with 40 messages each.
const std::vector<mad_answer>& mad_answers() {
  const std::string no = " NO not now\r\n", bad = " BAD what\r\n", bye = "* BYE enough\r\n";
  static const std::vector<mad_answer> all = {
      {"an empty LIST", "LIST", ""},
      {"LIST rejected", "LIST", "", bad},
      {"BYE to LIST", "LIST", bye, no, true},
      {"SELECT refused", "SELECT", "", no},
      {"SELECT rejected", "SELECT", "", bad},
      {"BYE to SELECT", "SELECT", bye, no, true},
      {"SELECT of an empty mailbox", "SELECT", "* 0 EXISTS\r\n* OK [UIDVALIDITY 1] x\r\n"},
      {"SELECT that says nothing", "SELECT", ""},
      {"an empty listing", "UID FETCH", ""},
      {"a listing of one", "UID FETCH", for_each_message(1, "* # FETCH (UID # FLAGS ())")},
      {"a listing without its end", "UID FETCH", for_each_message(30, "* # FETCH (UID # FLAGS ())")},
      {"the beginning of a listing, refused", "UID FETCH", for_each_message(30, "* # FETCH (UID # FLAGS ())"), no},
      {"a listing refused", "UID FETCH", "", no},
      {"a listing rejected", "UID FETCH", "", bad},
      {"BYE to a listing", "UID FETCH", bye, no, true},
      {"no UID", "UID FETCH", for_each_message(40, "* # FETCH (FLAGS ())")},
      {"no flags", "UID FETCH", for_each_message(40, "* # FETCH (UID #)")},
      {"NIL for all", "UID FETCH", for_each_message(40, "* # FETCH (UID NIL FLAGS NIL)")},
      {"BODY[] NIL", "UID FETCH", for_each_message(40, "* # FETCH (UID # FLAGS () BODY[] NIL)")},
      {"UIDs of others", "UID FETCH", for_each_message(40, "* # FETCH (UID 90# FLAGS ())")},
  };
  return all;
}

sync_options with_limit(deletion_limit limit) {
  sync_options how;
  how.allow_deletions = limit;
  return how;
}

}  // namespace

TEST_CASE_FIXTURE(guarded_fixture, "more than half of a folder gone is not taken for expunged, there and nowhere else, and new mail comes") {
  mail().create("Work");
  fill("INBOX", 50);
  fill("Work", 50);
  run_well();
  const auto before = held("INBOX");
  expunge("INBOX", 1, 26);
  expunge("Work", 1, 25);
  fill("INBOX", 1);
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::guard_tripped);
  const auto& inbox = of(report, "INBOX");
  REQUIRE(inbox.failure);
  CHECK(inbox.failure->code == errc::guard_tripped);
  CHECK(inbox.failure->detail.find("26 of 50") != std::string::npos);
  CHECK(inbox.bodies == 1);
  CHECK(inbox.vanished == 0);
  CHECK(held("INBOX").size() == before.size() + 1);
  CHECK(expunged("INBOX") == 0);
  CHECK_FALSE(of(report, "Work").failure);
  CHECK(expunged("Work") == 25);
  check_equal("Work");

  // It stays so until the user decides.
  CHECK(run().failure->code == errc::guard_tripped);
  const auto allowed = run_well(with_limit(deletion_limit::none()));
  CHECK(of(allowed, "INBOX").vanished == 26);
  CHECK(expunged("INBOX") == 26);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(guarded_fixture, "what may go is a matter of the account and of the run") {
  fill("INBOX", 50);
  run_well();
  config.deletions = {5, 0};
  expunge("INBOX", 1, 6);
  CHECK(run().failure->code == errc::guard_tripped);
  run_well(with_limit({6, 0}));
  check_equal("INBOX");
  config.deletions = {5, 60};
  expunge("INBOX", 7, 30);
  run_well();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(guarded_fixture, "a quick sync is guarded, too") {
  fill("INBOX", 60);
  run_well();
  expunge("INBOX", 1, 55);
  sync_options how;
  how.depth = sync_depth::quick;
  CHECK(run(how).failure->code == errc::guard_tripped);
  CHECK(held("INBOX").size() == 60);
}

TEST_CASE_FIXTURE(guarded_fixture, "OIMAP-V0003 a new UIDVALIDITY with far fewer messages buries nothing") {
  fill("INBOX", 60);
  run_well();
  const auto before = held("INBOX");
  expunge("INBOX", 1, 50);
  mail().change_uid_validity("INBOX");
  CHECK(run().failure->code == errc::guard_tripped);
  CHECK((held("INBOX") == before));
  CHECK(expunged("INBOX") == 0);
  const auto allowed = run_well(with_limit(deletion_limit::none()));
  CHECK(of(allowed, "INBOX").adopted == 10);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(guarded_fixture, "a new UIDVALIDITY and an empty folder bury nothing") {
  fill("INBOX", 60);
  run_well();
  expunge("INBOX", 1, 60);
  mail().change_uid_validity("INBOX");
  CHECK(run().failure->code == errc::guard_tripped);
  CHECK(held("INBOX").size() == 60);
}

TEST_CASE_FIXTURE(guarded_fixture, "a tree without most of its folders ends the run before anything is done") {
  for (int i = 1; i <= 9; ++i) {
    mail().create("F" + std::to_string(i));
    fill("F" + std::to_string(i), 2);
  }
  fill("INBOX", 2);
  run_well();
  for (int i = 1; i <= 6; ++i) {
    expunge("F" + std::to_string(i), 1, 2);
    REQUIRE(mail().remove_folder("F" + std::to_string(i)) == exchange::tree_result::done);
  }
  mail().expunge("INBOX", 1);
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::guard_tripped);
  CHECK(report.failure->detail.find("6 of 10 folders") != std::string::npos);
  auto opened = store::open(config.cache);
  CHECK_FALSE(opened->folder("F1")->gone);
  CHECK(held("INBOX").size() == 2);
  run_well(with_limit(deletion_limit::none()));
  CHECK(opened->folder("F1")->gone);
  CHECK(held("F1").size() == 2);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(guarded_fixture, "no answer of a server that is out of its mind deletes mail") {
  mail().create("Work");
  fill("INBOX", 40);
  fill("Work", 40);
  run_well();
  std::atomic<std::size_t> madness = mad_answers().size();
  exchange::hooks mad;
  mad.on_command = [&madness](const exchange::command_seen& seen) -> std::optional<exchange::action> {
    if (madness == mad_answers().size() || seen.name != mad_answers()[madness].command) return std::nullopt;
    exchange::action out;
    out.instead = mad_answers()[madness].data + seen.tag + mad_answers()[madness].end;
    out.close = mad_answers()[madness].closes;
    return out;
  };
  server->set_hooks(mad);
  const auto inbox = held("INBOX");
  const auto work = held("Work");
  for (std::size_t kind = 0; kind < mad_answers().size(); ++kind) {
    CAPTURE(mad_answers()[kind].what);
    for (const auto depth : {sync_depth::full, sync_depth::quick}) {
      madness = kind;
      sync_options how;
      how.depth = depth;
      account a(config, &watch);
      const auto got = a.sync(how);
      CHECK((held("INBOX") == inbox));
      CHECK((held("Work") == work));
      CHECK(expunged("INBOX") + expunged("Work") == 0);
    }
  }
  madness = mad_answers().size();
  run_well();
  check_equal("INBOX");
  check_equal("Work");
}

TEST_CASE_FIXTURE(guarded_fixture, "what the server has expunged is kept for ever, for some days, or not at all") {
  fill("INBOX", 30);
  run_well();
  expunge("INBOX", 1, 3);
  run_well();
  CHECK(expunged("INBOX") == 3);
  config.keep_expunged = 30;
  run_well();
  CHECK(expunged("INBOX") == 3);
  config.keep_expunged = 0;
  expunge("INBOX", 4, 5);
  CHECK(of(run_well(), "INBOX").vanished == 2);
  CHECK(expunged("INBOX") == 0);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(guarded_fixture, "where the guard trips nothing that was expunged before is let go of either") {
  fill("INBOX", 60);
  run_well();
  expunge("INBOX", 1, 5);
  run_well();
  config.keep_expunged = 0;
  expunge("INBOX", 6, 50);
  CHECK(run().failure->code == errc::guard_tripped);
  CHECK(expunged("INBOX") == 5);
  CHECK(held("INBOX").size() == 55);
}

TEST_CASE_FIXTURE(guarded_fixture, "OIMAP-V0003 with nothing kept a new UIDVALIDITY still adopts") {
  config.keep_expunged = 0;
  for (unsigned i = 1; i <= 10; ++i) mail().add("INBOX", text_of_size(300, i), {}, {1700000000 + i, 0});
  run_well();
  mail().change_uid_validity("INBOX");
  server->log().reset();
  CHECK(of(run_well(), "INBOX").adopted == 10);
  CHECK(server->log().totals().bodies == 0);
  check_equal("INBOX");
}
