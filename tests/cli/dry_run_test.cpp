// --dry-run of the commands that change the account: all is checked and told, nothing recorded, sent or written.
#include <doctest/doctest.h>

#include <string>

#include "cli/bundled_server.hpp"
#include "cli/cache_octets.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

/// A cache with three messages in INBOX, a folder Work, and a draft beside it.
class filled : public bundled_server {
 public:
  filled() {
    mail().create("Work");
    for (int i = 1; i <= 3; ++i) {
      mail().add("INBOX", "Subject: number " + std::to_string(i) + "\r\n\r\nHello\r\n");
    }
    write_file(draft(), "Subject: half\n\nto be done\n");
    REQUIRE(run(on("sync")).exit_code == 0);
  }
  [[nodiscard]] fs::path draft() const { return dir() / "draft"; }
  /// On line by its options, and nobody listens there.
  arguments nowhere(const std::string& command, const arguments& rest) {
    auto out = on(command, rest);
    for (auto& word : out) {
      if (word.starts_with("imaps://")) word = "imaps://anna@localhost:1";
    }
    return out;
  }
  /// The dry run ends with this code and leaves every octet as it was.
  process_result tried(const std::string& command, const arguments& rest, int code) {
    const auto before = octets_below(dir().path());
    auto got = run(nowhere(command, rest + arguments{"--dry-run"}));
    CAPTURE(describe(got));
    CHECK(got.exit_code == code);
    CHECK(octets_below(dir().path()) == before);
    return got;
  }
  void would(const std::string& command, const arguments& rest, std::string_view what) {
    const auto got = tried(command, rest, 4);
    CAPTURE(describe(got));
    CHECK(says(got.out, what));
  }
  void refused(const std::string& command, const arguments& rest, std::string_view because) {
    const auto got = tried(command, rest, 2);
    CAPTURE(describe(got));
    CHECK(says(got.err, because));
  }
  void record(const std::string& command, const arguments& rest) {
    REQUIRE(run(on(command, rest + arguments{"--offline"})).exit_code == 0);
  }
  [[nodiscard]] fs::path outbox() const { return cache().string() + ".outbox"; }
};

}  // namespace

TEST_CASE("a dry run says what each change would be, records nothing and asks no server") {
  filled s;
  s.would("mark", {"INBOX", "1:2", "+seen", "-flagged"},
          "would mark 2 messages of INBOX +(\\Seen) -(\\Flagged): UID 1:2\n");
  s.would("copy", {"INBOX", "1,3", "Work"}, "would copy 2 messages from INBOX to Work: UID 1,3\n");
  s.would("move", {"INBOX", "2", "Work"}, "would move 1 message from INBOX to Work: UID 2\n");
  s.would("delete", {"INBOX", "all"}, "would mark 3 messages of INBOX +(\\Deleted): UID 1:3\n");
  s.would("undelete", {"INBOX", "3"}, "would mark 1 message of INBOX -(\\Deleted): UID 3\n");
  s.would("append", {"Work", s.draft().string(), "--flag", "draft"}, "would append a message of 29 B to Work\n");
  s.would("folder", {"create", "Work/New"}, "would create folder Work/New\n");
  s.would("folder", {"rename", "Work", "Play"}, "would rename folder Work to Play\n");
  s.would("folder", {"delete", "Work"}, "would delete folder Work\n");
  s.would("folder", {"subscribe", "Work"}, "would subscribe folder Work\n");
  s.would("folder", {"unsubscribe", "Work"}, "would unsubscribe folder Work\n");
  s.would("mark", {"INBOX", "1", "+seen", "--offline"}, "would mark 1 message");
  CHECK_FALSE(fs::exists(s.outbox()));
  const auto before = octets_below(s.dir().path());
  s.record("mark", {"INBOX", "1", "+seen"});
  CHECK(octets_below(s.dir().path()) != before);
}

TEST_CASE("a dry run in JSON has an event a change, with what would be asked for, and the code") {
  filled s;
  const auto all = s.events(s.nowhere(
      "append", {"Work", s.draft().string(), "--flag", "seen", "--date", "2024-03-01T12:30:00+01:00", "--dry-run"}));
  REQUIRE(all.size() == 2);
  CHECK(all[0]["event"] == "planned");
  CHECK(all[0]["kind"] == "append");
  CHECK(all[0]["mailbox"] == "Work");
  CHECK(all[0]["date"] == "2024-03-01T12:30:00+01:00");
  CHECK(all[0]["bytes"] == 29);
  CHECK_FALSE(all[0].contains("change"));
  CHECK(all[1]["exit_code"] == 4);
  CHECK(all[1]["counts"]["changes"] == 1);
  // What it says is what is recorded then.
  s.record("append", {"Work", s.draft().string(), "--flag", "seen", "--date", "2024-03-01T12:30:00+01:00"});
  const auto recorded = s.events(s.on("outbox", {"list"})).at(0);
  for (const char* const key : {"kind", "mailbox", "destination", "uids", "flags", "date", "bytes", "sha256"}) {
    CAPTURE(key);
    CHECK(all[0][key] == recorded[key]);
  }
}

TEST_CASE("a dry run refuses what the run would refuse") {
  filled s;
  s.refused("mark", {"INBOKS", "1", "+seen"}, "did you mean 'INBOX'?");
  s.refused("mark", {"INBOX", "7", "+seen"}, "UID 7");
  s.refused("mark", {"INBOX", "1", "+seen", "-seen"}, "both set and cleared");
  s.refused("copy", {"INBOX", "1", "Wrk"}, "did you mean 'Work'?");
  s.refused("move", {"INBOX", "1", "INBOX"}, "that it is in");
  s.refused("append", {"INBOX", (s.dir() / "none").string()}, "No such file");
  s.refused("append", {"INBOX", "/dev/null"}, "empty message");
  s.refused("folder", {"create", "Work"}, "already");
  s.refused("folder", {"rename", "Work", "Work/below"}, "below itself");
  s.refused("folder", {"delete", "INBOX", "--yes"}, "INBOX cannot be deleted");
  s.refused("outbox", {"drop", "5"}, "no change 5");
  s.refused("outbox", {"retry", "5"}, "no change 5");
  CHECK_FALSE(fs::exists(s.outbox()));
}

TEST_CASE("a dry purge needs no --yes, and finds nothing to do where nothing is marked") {
  filled s;
  const auto nothing = s.tried("purge", {"INBOX"}, 0);
  CHECK_FALSE(says(nothing.out, "would"));
  s.record("delete", {"INBOX", "1,3"});
  const auto got = s.tried("purge", {"INBOX"}, 4);
  CHECK(says(got.out, "would purge 2 messages of INBOX: UID 1,3\n"));
  CHECK(says(got.out, "would also send 1 change that waits in the outbox\n"));
  const auto end = s.events(s.nowhere("purge", {"INBOX", "--dry-run"})).back();
  CHECK(end["counts"]["changes"] == 1);
  CHECK(end["counts"]["waiting"] == 1);
  CHECK_FALSE(says(s.tried("purge", {"INBOX", "--offline"}, 4).out, "also send"));
}

TEST_CASE("a dry deletion of a folder with messages says that --yes is missing") {
  filled s;
  s.mail().add("Work", "Subject: w\r\n\r\n");
  REQUIRE(s.run(s.on("sync")).exit_code == 0);
  CHECK(says(s.tried("folder", {"delete", "Work"}, 4).err, "Work holds 1 message"));
  CHECK(s.tried("folder", {"delete", "Work", "--yes"}, 4).err.empty());
}

TEST_CASE("dry, the outbox neither sends nor forgets") {
  filled s;
  CHECK_FALSE(says(s.tried("outbox", {"retry"}, 0).out, "would"));
  s.record("append", {"INBOX", s.draft().string()});
  s.record("mark", {"INBOX", "2", "+seen"});
  const auto all = s.tried("outbox", {"retry"}, 4);
  CHECK(says(all.out, "would send change 1: append a message"));
  CHECK(says(all.out, "would send change 2: mark 1 message of INBOX +(\\Seen): UID 2\n"));
  CHECK(s.tried("outbox", {"retry", "--offline"}, 0).out.empty());
  CHECK(says(s.tried("outbox", {"retry", "2", "--offline"}, 4).out, "would note for sending change 2"));
  const auto dropped = s.tried("outbox", {"drop", "1", "2"}, 4);
  CHECK(says(dropped.out, "would drop change 2: mark 1 message of INBOX +(\\Seen)\n"));
  CHECK(says(dropped.err, "--yes is missing"));
  CHECK(s.tried("outbox", {"drop", "1", "--yes"}, 4).err.empty());
  s.refused("outbox", {"drop", "2", "9"}, "no change 9");
  const auto events = s.events(s.nowhere("outbox", {"drop", "2", "--dry-run"}));
  REQUIRE(events.size() == 2);
  CHECK(events[0]["event"] == "planned");
  CHECK(events[0]["action"] == "drop");
  CHECK(events[0]["change"] == 2);
  CHECK(events[1]["exit_code"] == 4);
}
