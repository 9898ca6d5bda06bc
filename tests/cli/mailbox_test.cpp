// Mail in, mail out.
#include <doctest/doctest.h>

#include <algorithm>
#include <set>
#include <string>

#include "cli/bundled_server.hpp"

using namespace outmap::test;
namespace exchange = outmap::exchange;
namespace fs = std::filesystem;

namespace {

constexpr const char* folder = "Entw\xc3\xbcrfe/\xe5\x8f\x97\xe4\xbf\xa1";

bool says(const std::string& text, std::string_view what) { return text.find(what) != std::string::npos; }

std::string message(int n, const std::string& body = "Hello\r\n") {
  return "From: Zo\xc3\xab <zoe@example.org>\r\nSubject: =?UTF-8?Q?Nummer_=E2=82=AC" + std::to_string(n) +
         "?=\r\nDate: Fri, 1 Mar 2024 12:30:00 +0100\r\nMessage-ID: <" + std::to_string(n) + "@example.org>\r\n\r\n" +
         body;
}

void fill(bundled_server& s) {
  outmap::flag_set seen;
  seen.set(outmap::system_flag::seen);
  s.mail().create(folder);
  for (int i = 1; i <= 5; ++i) s.mail().add("INBOX", message(i), seen, {1709292600, 60});
  s.mail().add(folder, message(6, "tab\there \x1b[2J\r\nbye\r\n"), {}, {1709292600, 60});
}

std::set<std::string> files_below(const fs::path& dir) {
  std::set<std::string> out;
  for (const auto& e : fs::recursive_directory_iterator(dir)) {
    if (e.is_regular_file()) out.insert(read_file(e.path()));
  }
  return out;
}

std::uint64_t count_of(const std::vector<nlohmann::json>& events, std::string_view name) {
  return static_cast<std::uint64_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& e) { return e["event"] == name; }));
}

}  // namespace

TEST_CASE("sync, status, list, show and export, and each again") {
  bundled_server s;
  fill(s);
  auto events = s.events(s.on("sync"));
  CHECK(count_of(events, "folder") >= 2);
  CHECK(count_of(events, "login_step") == 1);
  auto& result = events.back();
  CHECK(result["exit_code"] == 0);
  CHECK(result["counts"]["added"] == 6);
  CHECK(result["counts"]["bodies"] == 6);
  CHECK(result["bytes"].get<std::uint64_t>() == s.server().log().totals().body_octets);
  CHECK(result["seconds"].is_number());

  s.server().log().reset();
  const auto again = s.events(s.on("sync"));
  CHECK(again.back()["counts"]["bodies"] == 0);
  CHECK(s.server().log().totals().body_octets == 0);
  s.server().stop();

  // Without server and password from here on.
  s.environment.clear();
  const arguments cache = {"--cache", s.cache().string()};
  const auto status = s.run(arguments{"status"} + cache);
  CHECK(status.exit_code == 0);
  CHECK(says(status.out, folder));
  CHECK(s.events(arguments{"status"} + cache).back()["counts"]["messages"] == 6);

  const auto list = s.run(arguments{"list", "inbox", "--limit", "2"} + cache);
  CAPTURE(describe(list));
  CHECK(says(list.out,
             "Nummer \xe2\x82\xac"
             "5"));
  CHECK(says(list.out, "2024-03-01 11:30"));
  CHECK_FALSE(says(list.out,
                   "\xe2\x82\xac"
                   "3"));
  CHECK(count_of(s.events(arguments{"list", "INBOX"} + cache), "message") == 5);
  CHECK(s.run(arguments{"list", "inbix"} + cache).exit_code == 2);

  const auto shown = s.run(arguments{"show", folder, "1"} + cache);
  CHECK(shown.exit_code == 0);
  CHECK(says(shown.out, "tab\there \\x1b[2J\nbye\n"));
  CHECK_FALSE(says(shown.out, "\x1b"));
  const auto raw = s.run(arguments{"show", folder, "1", "--raw"} + cache);
  CHECK(raw.out == message(6, "tab\there \x1b[2J\r\nbye\r\n"));
  CHECK(s.events(arguments{"show", folder, "1"} + cache).front()["content"] ==
        message(6, "tab\there \x1b[2J\r\nbye\r\n"));
  CHECK(s.run(arguments{"show", folder, "2"} + cache).exit_code == 2);

  for (const char* format : {"eml", "maildir"}) {
    const auto to = s.dir() / format;
    const arguments args = arguments{"export", "--format", format, "--to", to.string()} + cache;
    CHECK(s.events(args).back()["counts"]["written"] == 6);
    const auto content = files_below(to);
    for (int i = 1; i <= 5; ++i) CHECK(content.contains(message(i)));
    const auto second = s.events(args).back();
    CHECK(second["counts"]["written"] == 0);
    CHECK(second["counts"]["unchanged"] == 6);
  }
}

TEST_CASE("patterns choose the folders of a sync, and the command line wins over the file") {
  bundled_server s;
  fill(s);
  s.mail().create("Spam");
  s.mail().add("Spam", message(9));
  const auto file =
      s.dir().write("c.toml", "[account.work]\nurl = 'imaps://anna@localhost:" + std::to_string(s.server().tls_port()) +
                                  "'\nca_file = 'ca.pem'\ncache = 'work.outmap'\npassword_command = \"echo '" +
                                  std::string(bundled_server::password) + "'\"\nexclude = ['Spam']\n");
  s.environment.clear();
  const arguments config = {"--config", file.string()};
  CHECK(s.events(arguments{"sync"} + config).back()["counts"]["added"] == 6);
  CHECK(fs::exists(s.dir() / "work.outmap"));
  CHECK(s.events(arguments{"sync", "--exclude", "INBOX"} + config).back()["counts"]["added"] == 1);
  CHECK(s.events(arguments{"sync", "--folder", "INBOX", "--folder", "Ent*/*"} + config).back()["counts"]["folders"] ==
        2);
  CHECK(s.run(arguments{"list", "Spam"} + config).exit_code == 0);
}

TEST_CASE("all accounts of the file are synced in turn, and one that fails does not stop the others") {
  bundled_server s;
  fill(s);
  s.environment.clear();
  const auto entry = [&](const std::string& name, const std::string& password) {
    return "[account." + name + "]\nurl = 'imaps://anna@localhost:" + std::to_string(s.server().tls_port()) +
           "'\nca_file = 'ca.pem'\npassword_command = \"echo " + password + "\"\n";
  };
  s.dir().write(".config/outmap/outmap.toml",
                entry("bad", "wrong") + entry("good", std::string(bundled_server::password)));
  fs::copy(s.dir() / "ca.pem", s.dir() / ".config/outmap/ca.pem");
  const auto got = s.run({"sync"});
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(says(got.err, "outmap: bad: the server did not accept the login"));
  CHECK(says(got.out, "good: complete:"));
  CHECK(fs::exists(s.dir() / ".local/share/outmap/good.outmap"));
  CHECK(fs::status(s.dir() / ".local/share/outmap").permissions() == fs::perms::owner_all);
  const auto events = s.events({"sync"});
  CHECK(count_of(events, "account") == 2);
  CHECK(events.back()["exit_code"] == 3);
  CHECK(s.run({"sync", "--account", "good"}).exit_code == 0);
  CHECK(s.run({"sync", "--account", "bad"}).exit_code == 12);
  CHECK(s.run({"folders"}).exit_code == 2);
}

TEST_CASE("plain progress is a line an account on standard error; quiet says nothing") {
  bundled_server s;
  fill(s);
  const auto plain = s.run(s.on("sync", {"--progress", "plain"}));
  CHECK(says(plain.err, "anna@localhost: complete: 6 messages"));
  CHECK(says(plain.out, "anna@localhost: complete: "));
  CHECK_FALSE(says(plain.err, "\r"));
  const auto quiet = s.run(s.on("sync", {"-q"}));
  CHECK(quiet.exit_code == 0);
  CHECK(quiet.out.empty());
  CHECK(quiet.err.empty());
  CHECK(s.run(s.on("sync", {"--progress", "none"})).err.empty());
}

TEST_CASE("a message that the server does not deliver makes the sync partial, and the rest is kept") {
  bundled_server s;
  fill(s);
  s.options.hooks.on_fetch = [](std::string_view mailbox, std::uint32_t uid) {
    return mailbox == "INBOX" && uid == 3 ? exchange::fetch_fault::no_data : exchange::fetch_fault::none;
  };
  s.server().set_hooks(s.options.hooks);
  const auto got = s.run(s.on("sync"));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(says(got.err, "could not be"));
  CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == 5);
  s.server().set_hooks({});
  CHECK(s.run(s.on("sync")).exit_code == 0);
}

TEST_CASE("an announced literal of 4 GiB is refused without being waited for, and costs its message alone") {
  bundled_server s;
  fill(s);
  s.options.hooks.on_fetch = [](std::string_view mailbox, std::uint32_t uid) {
    return mailbox == "INBOX" && uid == 2 ? exchange::fetch_fault::huge_literal : exchange::fetch_fault::none;
  };
  s.server().set_hooks(s.options.hooks);
  const auto got = s.run(s.on("sync"));
  CAPTURE(describe(got));
  CHECK(got.exit_code == 3);
  CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == 5);
  s.server().set_hooks({});
  // The message waits in quarantine until it is tried again; all others come.
  const auto after = s.events(s.on("sync"));
  CHECK(after.back()["exit_code"] == 3);
  CHECK(s.events({"status", "--cache", s.cache().string()}).back()["counts"]["bodies"] == 5);
}
