// --dry-run: all is checked and told, nothing recorded, sent or written.
#include <doctest/doctest.h>

#include <algorithm>
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

TEST_CASE("a dry fetch says which bodies are not here, asks no server and fetches none") {
  filled s;
  const auto cache = (s.dir() / "headers.outmap").string();
  REQUIRE(s.run(s.on("sync", {"--bodies", "none", "--cache", cache})).exit_code == 0);
  REQUIRE(s.run(s.on("fetch", {"INBOX", "2", "--cache", cache})).exit_code == 0);
  s.would("fetch", {"INBOX", "1:*", "--cache", cache}, "would fetch 2 messages of INBOX: UID 1,3\n");
  const auto told = s.events(s.nowhere("fetch", {"INBOX", "2:3,9", "--cache", cache, "--dry-run"}));
  REQUIRE(told.size() == 2);
  CHECK(told[0]["event"] == "planned");
  CHECK(told[0]["fetched"] == "3");
  CHECK(told[0]["here"] == "2");
  CHECK(told[0]["gone"] == "9");
  CHECK(told[1]["exit_code"] == 4);
  const auto done = s.events(s.on("fetch", {"INBOX", "2:3,9", "--cache", cache})).back();
  for (const char* const count : {"fetched", "here", "gone"}) {
    CAPTURE(count);
    CHECK(told[1]["counts"][count] == done["counts"][count]);
  }
  CHECK_FALSE(says(s.tried("fetch", {"INBOX", "2:3", "--cache", cache}, 0).out, "would"));
  s.refused("fetch", {"INBOKS", "1", "--cache", cache}, "did you mean 'INBOX'?");
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

namespace {

const nlohmann::json& folder_event(const std::vector<nlohmann::json>& events, const std::string& name) {
  for (const auto& e : events) {
    if (e["event"] == "folder" && e["name"] == name) return e;
  }
  FAIL(name);
  return events.front();
}

const std::vector<const char*> counted = {"folders", "failed_folders", "added", "flags_changed", "vanished", "bodies"};

/// Runs the command dry, which leaves every octet, then in earnest: the counts are the same. Gives what the dry one said.
std::vector<nlohmann::json> foretold(filled& s, const arguments& rest, const arguments& in_earnest, int dry_code,
                                     int code) {
  const auto before = octets_below(s.dir().path());
  auto dry = s.events(s.on("sync", rest + arguments{"--dry-run"}));
  CHECK(octets_below(s.dir().path()) == before);
  CHECK(dry.back()["exit_code"] == dry_code);
  const auto done = s.events(s.on("sync", in_earnest)).back();
  CHECK(done["exit_code"] == code);
  for (const auto* const count : counted) {
    CAPTURE(count);
    CHECK(dry.back()["counts"][count] == done["counts"][count]);
  }
  return dry;
}

}  // namespace

TEST_CASE("a dry sync says what the sync then does, and after it that there is nothing to do") {
  filled s;
  CHECK(s.events(s.on("sync", {"--dry-run"})).back()["exit_code"] == 0);
  s.mail().add("INBOX", "Subject: four\r\n\r\n");
  s.mail().expunge("INBOX", 1);
  s.mail().set_flags("INBOX", 2, outmap::flag_set(1));
  s.mail().rename("Work", "Play");
  s.mail().create("Late");
  s.mail().add("Late", "Subject: late\r\n\r\n");
  const auto text = s.run(s.on("sync", {"--dry-run"}));
  CAPTURE(describe(text));
  CHECK(text.exit_code == 4);
  CHECK(says(text.out, "would add folder Late\n"));
  CHECK(says(text.out, "would note that folder Work is gone, and keep its mail\n"));
  CHECK(says(text.out, "would sync INBOX: 3 messages, 1 new, 1 changed, 1 gone, 1 message to fetch\n"));
  const auto dry = foretold(s, {}, {}, 4, 0);
  CHECK(folder_event(dry, "INBOX")["pending"] == true);
  CHECK(folder_event(dry, "INBOX")["new_folder"] == false);
  CHECK(folder_event(dry, "Late")["new_folder"] == true);
  CHECK(dry.back()["counts"]["folders_gone"] == 1);
  CHECK(dry.back()["counts"]["folders_new"] == 2);
  CHECK(s.run(s.on("sync", {"--dry-run"})).exit_code == 0);
}

TEST_CASE("a dry sync shows what a server calls its folders, and writes none of it to the terminal as it is") {
  filled s;
  s.mail().rename("Work",
                  "W\x1b"
                  "rk");
  const auto got = s.run(s.on("sync", {"--dry-run"}));
  CAPTURE(describe(got));
  // The server does not take its own name back.
  CHECK(got.exit_code == 3);
  CHECK(s.run(s.on("sync")).exit_code == 3);
  CHECK(says(got.out, "would add folder W\\x1brk\n"));
  CHECK_FALSE(says(got.out + got.err, "\x1b"));
}

TEST_CASE("a dry sync ends with 21 where the sync would, and takes a new UIDVALIDITY for something to do") {
  filled s;
  for (int i = 0; i < 30; ++i) s.mail().add("Work", "Subject: w" + std::to_string(i) + "\r\n\r\n");
  foretold(s, {}, {}, 4, 0);
  for (unsigned u = 1; u <= 25; ++u) s.mail().expunge("Work", u);
  const auto stopped = s.run(s.on("sync", {"--dry-run"}));
  CAPTURE(describe(stopped));
  CHECK(stopped.exit_code == 21);
  CHECK(says(stopped.err, "25 of 30"));
  CHECK(says(stopped.err, "--allow-mass-delete"));
  foretold(s, {}, {}, 21, 21);
  foretold(s, {"--folder", "INBOX"}, {"--folder", "INBOX"}, 0, 0);
  foretold(s, {"--allow-mass-delete"}, {"--allow-mass-delete"}, 4, 0);
  s.mail().change_uid_validity("INBOX");
  const auto dry = s.events(s.on("sync", {"--dry-run"}));
  CHECK(dry.back()["exit_code"] == 4);
  CHECK(folder_event(dry, "INBOX")["uid_validity_changed"] == true);
  CHECK(s.run(s.on("sync", {"--dry-run", "--folder", "Wrk"})).exit_code == 2);
}

TEST_CASE("a dry sync without a cache makes none, nor the folder for it") {
  bundled_server s;
  s.mail().add("INBOX", "Subject: one\r\n\r\n");
  auto words = s.on("sync", {"--dry-run"});
  const auto got = s.run(words);
  CAPTURE(describe(got));
  CHECK(got.exit_code == 4);
  CHECK_FALSE(fs::exists(s.cache()));
  // Where outmap chooses the place.
  const auto at = std::find(words.begin(), words.end(), "--cache");
  REQUIRE(at != words.end());
  words.erase(at, at + 2);
  const auto before = octets_below(s.dir().path());
  CHECK(s.run(words).exit_code == 4);
  CHECK(octets_below(s.dir().path()) == before);
  words.front() = "backup";
  CHECK(s.run(words).exit_code == 4);
  CHECK(octets_below(s.dir().path()) == before);
}

TEST_CASE("a dry sync counts what waits in the outbox and sends nothing, a dry backup does not even count it") {
  filled s;
  s.record("mark", {"INBOX", "1", "+seen"});
  const auto before = octets_below(s.dir().path());
  const auto dry = s.run(s.on("sync", {"--dry-run"}));
  CAPTURE(describe(dry));
  CHECK(dry.exit_code == 4);
  CHECK(says(dry.out, "would send 1 change that waits in the outbox\n"));
  CHECK(s.run(s.on("backup", {"--dry-run"})).exit_code == 0);
  CHECK(octets_below(s.dir().path()) == before);
  CHECK_FALSE(fs::exists(s.cache().string() + ".runs"));
}

TEST_CASE("a dry backup of several accounts ends with 4 as soon as one has something to do, and records nothing") {
  filled s;
  const auto config = s.dir().write("accounts.toml", [&] {
    std::string out;
    for (const char* const name : {"one", "two"}) {
      out += "[account." + std::string(name) +
             "]\nurl = 'imaps://anna@localhost:" + std::to_string(s.server().tls_port()) +
             "'\nca_file = 'ca.pem'\ncache = '" + name + ".outmap'\npassword_command = \"echo '" +
             std::string(bundled_server::password) + "'\"\n";
    }
    return out;
  }());
  const arguments all = {"--all", "--config", config.string()};
  const auto both = s.events(arguments{"backup", "--dry-run"} + all);
  CHECK(both.back()["exit_code"] == 4);
  CHECK(both.back()["counts"]["added"] == 6);
  CHECK(both.back()["counts"]["failed_accounts"] == 0);
  CHECK_FALSE(fs::exists(s.dir() / "one.outmap"));
  CHECK(s.run({"backup", "one", "--config", config.string()}).exit_code == 0);
  const auto before = octets_below(s.dir().path());
  const auto got = s.run(arguments{"backup", "--dry-run"} + all);
  CAPTURE(describe(got));
  CHECK(got.exit_code == 4);
  CHECK(says(got.out, "two: would sync INBOX: 3 messages, 3 new, 3 messages to fetch\n"));
  CHECK_FALSE(says(got.out, "one: would"));
  CHECK(s.run({"sync", "--dry-run", "--config", config.string()}).exit_code == 4);
  CHECK(octets_below(s.dir().path()) == before);
  CHECK(s.run({"backup", "two", "--config", config.string()}).exit_code == 0);
  CHECK(s.run(arguments{"backup", "--dry-run"} + all).exit_code == 0);
}

TEST_CASE("a dry sync ends with 10 where nobody listens and 12 where the password is wrong") {
  filled s;
  const auto before = octets_below(s.dir().path());
  CHECK(s.run(s.nowhere("sync", {"--dry-run"})).exit_code == 10);
  s.environment["OUTMAP_PASSWORD"] = "wrong";
  CHECK(s.run(s.on("sync", {"--dry-run"})).exit_code == 12);
  CHECK(octets_below(s.dir().path()) == before);
}
