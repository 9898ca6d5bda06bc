// Changes that the user asks for: recorded, shown at once, listed, dropped.
#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

/// A cache with three messages in INBOX and a folder Work. What is recorded here stays off line.
class synced : public bundled_server {
 public:
  synced() {
    mail().create("Work");
    for (int i = 1; i <= 3; ++i) {
      mail().add("INBOX", "Subject: number " + std::to_string(i) + "\r\n\r\nHello\r\n");
    }
    REQUIRE(run(on("sync")).exit_code == 0);
  }
  process_result offline(const std::string& command, const arguments& rest) {
    return run(on(command, rest + arguments{"--offline"}));
  }
  /// 0, or the test says why not.
  void record(const std::string& command, const arguments& rest) {
    const auto got = offline(command, rest);
    CAPTURE(describe(got));
    CHECK(got.exit_code == 0);
  }
  std::vector<nlohmann::json> queued() {
    auto all = events(on("outbox", {"list"}));
    std::erase_if(all, [](const nlohmann::json& e) { return e["event"] != "change"; });
    return all;
  }
  /// "1:\Seen 2: new:\Draft"
  std::string shown(const std::string& folder) {
    std::string out;
    for (const auto& e : events(on("list", {folder}))) {
      if (e["event"] != "message") continue;
      if (!out.empty()) out += ' ';
      out += e["uid"].is_null() ? "new" : std::to_string(e["uid"].get<int>());
      out += ':';
      for (const auto& flag : e["flags"]) out += flag.get<std::string>();
    }
    return out;
  }
  [[nodiscard]] fs::path outbox() const { return cache().string() + ".outbox"; }
};

void refused(synced& s, const std::string& command, const arguments& rest, std::string_view because, int code = 2) {
  const auto got = s.offline(command, rest);
  CAPTURE(describe(got));
  CHECK(got.exit_code == code);
  CHECK(says(got.err, because));
}

}  // namespace

TEST_CASE("each change is recorded, and list and status show its effect at once") {
  synced s;
  CHECK(s.shown("INBOX") == "1: 2: 3:");
  s.record("mark", {"INBOX", "1:2", "+seen", "+Flagged"});
  s.record("mark", {"INBOX", "2", "-flagged", "+\\Answered"});
  CHECK(s.shown("INBOX") == "1:\\Seen\\Flagged 2:\\Seen\\Answered 3:");
  s.record("copy", {"INBOX", "1", "Work"});
  s.record("move", {"INBOX", "2", "Work"});
  CHECK(s.shown("INBOX") == "1:\\Seen\\Flagged 2:\\Seen\\Answered\\Deleted 3:");
  CHECK(s.shown("Work") == "new:\\Seen\\Flagged new:\\Seen\\Answered");
  s.record("delete", {"INBOX", "*"});
  CHECK(s.shown("INBOX") == "1:\\Seen\\Flagged 2:\\Seen\\Answered\\Deleted 3:\\Deleted");
  s.record("undelete", {"INBOX", "3"});
  s.record("delete", {"INBOX", "1"});
  s.record("purge", {"INBOX", "--yes"});
  CHECK(s.shown("INBOX") == "3:");
  write_file(s.dir() / "draft", "Subject: half\n\nto be done\n");
  s.record("append", {"Work", (s.dir() / "draft").string(), "--flag", "draft", "--flag", "seen", "--date",
                      "2024-03-01T12:30:00+01:00"});
  CHECK(s.shown("Work") == "new:\\Seen\\Flagged new:\\Seen\\Answered new:\\Seen\\Draft");
  s.record("folder", {"create", "Work/\xc3\x84rger"});
  s.record("folder", {"rename", "Work", "Play"});
  s.record("folder", {"subscribe", "Play"});
  s.record("folder", {"unsubscribe", "Play"});
  CHECK(s.shown("Play/\xc3\x84rger").empty());
  s.record("folder", {"delete", "Play/\xc3\x84rger"});
  const auto status = s.run(s.on("status"));
  CHECK(says(status.out, "Play"));
  CHECK(says(status.out, "3 not sent yet"));

  std::string kinds;
  for (const auto& change : s.queued()) {
    CHECK(change["state"] == "waiting");
    kinds += change["kind"].get<std::string>() + ' ';
  }
  CHECK(kinds == "store store copy move store store store expunge append create rename subscribe unsubscribe delete ");
  CHECK(s.queued()[8]["date"] == "2024-03-01T12:30:00+01:00");
  const auto table = s.run(s.on("outbox", {"list"}));
  CHECK(says(table.out, "mark 2 messages of INBOX +(\\Seen \\Flagged)"));
  CHECK(says(table.out, "rename folder Work to Play"));
}

TEST_CASE("a message comes from standard input too, and goes back out octet for octet") {
  synced s;
  const auto got = s.run_by_shell("printf 'Subject: x\\r\\n\\r\\nbody\\r\\n' | \"$0\" \"$@\"",
                                  s.on("append", {"INBOX", "-", "--offline"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 0);
  const auto id = std::to_string(s.queued().at(0)["change"].get<int>());
  CHECK(s.run(s.on("outbox", {"show", id})).out == "Subject: x\r\n\r\nbody\r\n");
  CHECK(s.run(s.on("outbox", {"show", "99"})).exit_code == 2);
}

TEST_CASE("what cannot be meant is refused before anything is recorded") {
  synced s;
  refused(s, "mark", {"INBOKS", "1", "+seen"}, "did you mean 'INBOX'?");
  refused(s, "mark", {"INBOX", "x", "+seen"}, "'x' is no UID");
  refused(s, "mark", {"INBOX", "0", "+seen"}, "'0' is no UID");
  refused(s, "mark", {"INBOX", "1,,2", "+seen"}, "is no UID");
  refused(s, "mark", {"INBOX", "1:", "+seen"}, "is no UID");
  refused(s, "mark", {"INBOX", "4294967296", "+seen"}, "is no UID");
  refused(s, "mark", {"INBOX", "7", "+seen"}, "UID 7");
  refused(s, "mark", {"INBOX", "7:9", "+seen"}, "7:9");
  refused(s, "mark", {"INBOX", "1", "+sen"}, "did you mean 'seen'?");
  refused(s, "mark", {"INBOX", "1", "-flaged"}, "did you mean 'flagged'?");
  refused(s, "mark", {"INBOX", "1", "seen"}, "say +FLAG to set it");
  refused(s, "mark", {"INBOX", "1", "+seen", "-seen"}, "both set and cleared");
  refused(s, "mark", {"INBOX", "1", "+$Label1"}, "is no flag");
  refused(s, "mark", {"INBOX", "1", "+seen", "--bogus"}, "unknown option '--bogus'");
  refused(s, "mark", {"INBOX", "1"}, "no flag is named");
  refused(s, "copy", {"INBOX", "1", "Wrk"}, "did you mean 'Work'?");
  refused(s, "move", {"INBOX", "1", "INBOX"}, "that it is in");
  refused(s, "append", {"INBOX", (s.dir() / "none").string()}, "No such file");
  refused(s, "append", {"INBOX", s.dir().path().string()}, "directory");
  refused(s, "append", {"INBOX", "/dev/null"}, "empty message");
  refused(s, "append", {"INBOX", "-", "--flag", "drafft"}, "did you mean 'draft'?");
  refused(s, "append", {"INBOX", "-", "--date", "2024-02-30T12:00:00Z"}, "is no date");
  refused(s, "append", {"INBOX", "-", "--date", "yesterday"}, "is no date");
  refused(s, "folder", {"creat", "New"}, "did you mean 'create'?");
  refused(s, "folder", {"create", "Work"}, "already");
  refused(s, "folder", {"create", "a//b"}, "empty");
  refused(s, "folder", {"create", "a\nb"}, "control character");
  refused(s, "folder", {"rename", "Work"}, "the new name is missing");
  refused(s, "folder", {"create", "a", "b"}, "not expected");
  refused(s, "folder", {"delete", "INBOX", "--yes"}, "INBOX cannot be deleted");
  refused(s, "folder", {"delete", "INBOX"}, "--yes is missing");
  refused(s, "outbox", {"lst"}, "did you mean 'list'?");
  refused(s, "outbox", {"drop"}, "numbers of changes");
  refused(s, "outbox", {"drop", "x"}, "x");
  refused(s, "outbox", {"drop", "5"}, "no change 5");
  refused(s, "outbox", {"retry", "5"}, "no change 5");
  CHECK_FALSE(fs::exists(s.outbox()));
  CHECK(s.queued().empty());
}

TEST_CASE("a purge says what it would remove and does so with --yes only") {
  synced s;
  auto got = s.offline("purge", {"INBOX"});
  CHECK(got.exit_code == 0);
  CHECK(says(got.out, "no message of INBOX is marked as deleted"));
  s.record("delete", {"INBOX", "1,3"});
  got = s.offline("purge", {"INBOX"});
  CAPTURE(describe(got));
  CHECK(got.exit_code == 2);
  CHECK(says(got.out, "2 messages of INBOX to remove for good: UID 1,3"));
  CHECK(says(got.err, "--yes is missing"));
  CHECK(s.queued().size() == 1);
}

TEST_CASE("the only copy of a message is not dropped by the way") {
  synced s;
  write_file(s.dir() / "draft", "Subject: half\r\n\r\n");
  s.record("append", {"INBOX", (s.dir() / "draft").string()});
  s.record("mark", {"INBOX", "1", "+seen"});
  auto got = s.run(s.on("outbox", {"drop", "1"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 2);
  CHECK(says(got.err, "only copy of a message"));
  CHECK(says(got.err, "outmap outbox show 1"));
  CHECK(s.run(s.on("outbox", {"drop", "2"})).exit_code == 0);
  CHECK(s.shown("INBOX") == "1: 2: 3: new:");
  CHECK(s.run(s.on("outbox", {"drop", "1", "--yes"})).exit_code == 0);
  CHECK(s.shown("INBOX") == "1: 2: 3:");
  CHECK(s.queued().empty());
}

TEST_CASE("a change, a UID or an account that is named twice counts once") {
  synced s;
  s.record("mark", {"INBOX", "1,1,1:2,2", "+seen"});
  s.record("mark", {"INBOX", "3", "+seen"});
  const auto listed = s.events({"outbox", "list", "1", "1", "--cache", s.cache().string()});
  CHECK(listed.size() == 2);
  CHECK(listed.front()["uids"] == "1:2");
  const auto again = s.events(s.on("outbox", {"retry", "2", "2", "--offline"}));
  CHECK(again.back()["exit_code"] == 0);
  CHECK(again.back()["counts"]["changes"] == 1);
  const auto dry = s.events(s.on("outbox", {"drop", "1", "1", "--dry-run"}));
  CHECK(dry.back()["exit_code"] == 4);
  CHECK(dry.back()["counts"]["changes"] == 1);
  const auto gone = s.run(s.on("outbox", {"drop", "2", "2", "1"}));
  CAPTURE(describe(gone));
  CHECK(gone.exit_code == 0);
  CHECK(gone.err.empty());
  CHECK(s.queued().empty());
  CHECK(s.run(s.on("fetch", {"INBOX", "1,1:1"})).exit_code == 0);
  CHECK(s.events({"profile", "OIMAP-V0055", "oimap-v0055"}).size() == 2);
}

TEST_CASE("changes of a conversation with a terminal do not upset it") {
  synced s;
  s.record("folder", {"create", "a%b*c"});
  const auto got = s.offline("mark", {"\x1b[31mINBOX", "1", "+seen"});
  CHECK(got.exit_code == 2);
  CHECK_FALSE(says(got.err, "\x1b[31m"));
  const auto flag = s.offline("mark", {"INBOX", "1", "+\x1b[31m"});
  CHECK(flag.exit_code == 2);
  CHECK_FALSE(says(flag.err, "\x1b[31m"));
}

TEST_CASE("an outbox that is no good is refused by name, whatever is asked") {
  synced s;
  s.record("mark", {"INBOX", "1", "+seen"});
  const auto good = read_file(s.outbox());
  const auto everyone_says = [&](int code, std::string_view what) {
    for (const arguments& args : {s.on("mark", {"INBOX", "2", "+seen", "--offline"}), s.on("outbox", {"list"}),
                                  s.on("list", {"INBOX"}), s.on("status")}) {
      const auto got = s.run(args);
      CAPTURE(describe(got));
      CHECK(got.exit_code == code);
      CHECK(says(got.err, "mail.outmap.outbox"));
      CHECK(says(got.err, what));
    }
  };
  SUBCASE("of somebody else") {
    write_file(s.outbox(), std::string(5000, 'a'));
    everyone_says(2, "not an SQLite file");
    CHECK(read_file(s.outbox()) == std::string(5000, 'a'));
  }
  SUBCASE("of a newer version") {
    auto newer = good;
    newer.replace(60, 4, std::string("\0\0\x27\x0f", 4));
    write_file(s.outbox(), newer);
    everyone_says(2, "schema version 9999");
    CHECK(read_file(s.outbox()) == newer);
  }
  SUBCASE("damaged") {
    auto bad = good;
    bad.replace(4096, bad.size() - 4096, std::string(bad.size() - 4096, '\x5a'));
    write_file(s.outbox(), bad);
    everyone_says(23, "");
  }
  SUBCASE("of another account") {
    bundled_server other;
    // The same cache path holds the same account; the outbox comes from elsewhere.
    auto foreign = good;
    const std::string whose = "anna@localhost";
    const auto at = foreign.find(whose);
    REQUIRE(at != std::string::npos);
    foreign.replace(at, 4, "bert");
    write_file(s.outbox(), foreign);
    everyone_says(2, "bert@localhost");
  }
}

TEST_CASE("a change that cannot be written is an error, and what was recorded stays") {
  synced s;
  s.record("mark", {"INBOX", "1", "+seen"});
  // The largest file that this process may write is smaller than the message.
  write_file(s.dir() / "large", "Subject: x\r\n\r\n" + std::string(600'000, 'x') + "\r\n");
  const auto got = s.run_by_shell("trap '' XFSZ; ulimit -f 100; exec \"$0\" \"$@\"",
                                  s.on("append", {"INBOX", (s.dir() / "large").string(), "--offline"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(says(got.err, "mail.outmap.outbox"));
  CHECK(s.queued().size() == 1);
  CHECK(s.shown("INBOX") == "1:\\Seen 2: 3:");
}

TEST_CASE("without a cache there is nothing to change") {
  program_home home;
  const auto got =
      home.run({"mark", "INBOX", "1", "+seen", "--offline", "--cache", (home.dir() / "none.outmap").string()});
  CHECK(got.exit_code == 2);
  CHECK(says(got.err, "outmap sync"));
}

TEST_CASE("what is not recorded off line is sent at once, and a sync then finds the server so") {
  synced s;
  const auto sent = [&](const std::string& command, const arguments& rest) {
    const auto got = s.run(s.on(command, rest));
    CAPTURE(describe(got));
    CHECK(got.exit_code == 0);
    CHECK(says(got.out, "sent 1 change"));
  };
  sent("mark", {"INBOX", "1", "+seen", "+flagged"});
  sent("folder", {"create", "New"});
  sent("copy", {"INBOX", "1", "New"});
  sent("move", {"INBOX", "2", "New"});
  sent("delete", {"INBOX", "3"});
  write_file(s.dir() / "draft", "Subject: half\r\n\r\n");
  sent("append", {"New", (s.dir() / "draft").string(), "--flag", "draft"});
  sent("purge", {"INBOX", "--yes"});
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  CHECK(s.queued().empty());
  CHECK(s.shown("INBOX") == "1:\\Seen\\Flagged");
  CHECK(s.shown("New") == "1:\\Seen\\Flagged 2: 3:\\Draft");
}

TEST_CASE("OIMAP-V0019 what the server refuses is told in its words, and waits for retry or drop") {
  synced s;
  s.mail().create("Taken");  // by somebody else; the cache does not know it
  auto got = s.run(s.on("folder", {"create", "Taken"}));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(says(got.err, "the server said"));
  CHECK(s.queued().at(0)["state"] == "refused");
  CHECK_FALSE(s.queued().at(0)["server_text"].get<std::string>().empty());
  CHECK(s.run(s.on("outbox", {"retry", "1"})).exit_code == 3);
  CHECK(s.run(s.on("outbox", {"drop", "1"})).exit_code == 0);
  CHECK(s.queued().empty());
}

TEST_CASE("off line in fact: the change is kept, and the next sync sends it") {
  synced s;
  auto off = s.on("mark", {"INBOX", "1", "+flagged"});
  auto nowhere = off;
  for (auto& word : nowhere) {
    if (word.starts_with("imaps://")) word = "imaps://anna@localhost:1";
  }
  const auto got = s.run(nowhere);
  CAPTURE(describe(got));
  CHECK(got.exit_code == 10);
  CHECK(says(got.err, "what is recorded is kept"));
  CHECK(s.shown("INBOX") == "1:\\Flagged 2: 3:");
  CHECK(s.queued().size() == 1);
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  CHECK(s.queued().empty());
  CHECK(s.shown("INBOX") == "1:\\Flagged 2: 3:");
}

TEST_CASE("a message that is not on the server yet is listed and shown by the change that sends it") {
  synced s;
  write_file(s.dir() / "draft", "Subject: half\n\nto be done\n");
  s.record("append", {"Work", (s.dir() / "draft").string(), "--flag", "draft"});
  s.record("copy", {"INBOX", "2", "Work"});
  const auto list = s.run(s.on("list", {"Work"}));
  CAPTURE(describe(list));
  CHECK(says(list.out, "+1 "));
  CHECK(says(list.out, "+2/2 "));
  const auto draft = s.run(s.on("show", {"Work", "+1"}));
  CAPTURE(describe(draft));
  CHECK(draft.exit_code == 0);
  CHECK(says(draft.out, "half"));
  CHECK(says(draft.out, "to be done"));
  CHECK(s.run(s.on("show", {"Work", "+1", "--raw"})).out == "Subject: half\r\n\r\nto be done\r\n");
  const auto copy = s.events(s.on("show", {"Work", "+2/2"}));
  REQUIRE_FALSE(copy.empty());
  CHECK(copy.front()["subject"] == "number 2");
  CHECK(copy.front()["change"] == 2);
  CHECK(copy.front()["source_uid"] == 2);
  for (const char* const none : {"+3", "+1/1", "+2", "+2/1", "1"}) {
    CAPTURE(none);
    CHECK(s.run(s.on("show", {"Work", none})).exit_code == 2);
  }
  for (const char* const wrong : {"+", "+0", "+x", "+2/", "+2/0", "+2/2/2", "2/2"}) {
    CAPTURE(wrong);
    CHECK(s.run(s.on("show", {"Work", wrong})).exit_code == 2);
  }
}

TEST_CASE("a sync whose outbox the server refused in part ends with 3, once, and has done the rest") {
  synced s;
  s.mail().create("Taken");
  s.record("folder", {"create", "Taken"});
  s.record("mark", {"INBOX", "1", "+flagged"});
  const auto got = s.run(s.on("sync"));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(says(got.err, "1 change refused by the server"));
  CHECK(says(got.err, "outmap outbox"));
  CHECK(says(got.out, "sent 1 change"));
  CHECK(s.shown("INBOX") == "1:\\Flagged 2: 3:");
  CHECK(s.queued().size() == 1);
  // It has been told; now it waits for the user's word.
  CHECK(s.run(s.on("sync")).exit_code == 0);
  REQUIRE(s.run(s.on("outbox", {"retry", "1", "--offline"})).exit_code == 0);
  const auto end = s.events(s.on("sync")).back();
  CHECK(end["exit_code"] == 3);
  CHECK(end["counts"]["changes_refused"] == 1);
  CHECK(end["counts"]["changes_sent"] == 0);
}
