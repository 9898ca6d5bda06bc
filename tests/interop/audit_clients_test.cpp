// Other programs against Dovecot, and the auditor's verdict on what they said: mbsync, and Python's imaplib.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <sstream>

#include "interop/dovecot_server.hpp"
#include "interop/mailbox_admin.hpp"
#include "interop/raw_imap.hpp"
#include "interop/sample_messages.hpp"
#include "outmap/account.hpp"
#include "outmap/audit.hpp"
#include "support/audit_report.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using interop::dovecot_server;
namespace fs = std::filesystem;

namespace {

interop::dovecot_options with_rawlog() {
  interop::dovecot_options out;
  out.rawlog = true;
  return out;
}

// A test of a program that is not installed proves nothing, and says so.
bool installed(const char* program, const char* package) {
  if (test::find_program(program)) return true;
  const char* required = std::getenv("OUTMAP_REQUIRE_INTEROP");  // NOLINT(concurrency-mt-unsafe): nobody changes it
  const bool must = required != nullptr && std::string_view(required) == "1";
  const std::string why = std::string("not installed: ") + program + " (Debian package " + package + ")";
  if (must) FAIL_CHECK(why);
  MESSAGE(why << ": skipped");
  return false;
}

std::vector<fs::path> logs_of(const dovecot_server& server) {
  std::vector<fs::path> out;
  for (const auto& e : fs::directory_iterator(server.rawlog_folder())) {
    if (e.path().extension() == ".in") out.push_back(e.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

struct verdict {
  test::audit_report report;
  audit_summary counts;
};

// On the logs that are not in `before`: who filled the mailboxes is not on trial.
verdict verdict_on(const dovecot_server& server, const std::vector<fs::path>& before) {
  std::vector<fs::path> logs;
  for (const auto& log : logs_of(server)) {
    if (std::find(before.begin(), before.end(), log) == before.end()) logs.push_back(log);
  }
  REQUIRE_FALSE(logs.empty());
  verdict out;
  const auto counts = audit_files(logs, {}, out.report);
  REQUIRE_MESSAGE(counts, counts.error().message());
  out.counts = *counts;
  std::ostringstream said;
  for (const auto& line : out.report.lines) said << "  " << line << '\n';
  for (const auto& [rule, times] : out.counts.by_rule) said << "  " << rule << ' ' << times << '\n';
  MESSAGE(out.counts.commands << " commands on " << out.counts.connections << " connections\n" << said.str());
  return out;
}

// Every command that begins so is condemned by this rule; there is at least one.
void check_named(const verdict& v, std::string_view command, std::string_view rule) {
  CAPTURE(std::string(command));
  CAPTURE(std::string(rule));
  std::size_t seen = 0;
  for (const auto& c : v.report.commands) {
    if (!c.text.starts_with(command)) continue;
    ++seen;
    const bool named = std::any_of(c.findings.begin(), c.findings.end(), [&](const audit_finding& f) {
      return std::find(f.rules.begin(), f.rules.end(), rule) != f.rules.end();
    });
    CHECK_MESSAGE(named, c.text);
  }
  CHECK(seen > 0);
}

// Nothing but its tag is wrong with any command that begins so.
void check_only_tag(const verdict& v, std::string_view command) {
  std::size_t seen = 0;
  for (const auto& c : v.report.commands) {
    if (!c.text.starts_with(command)) continue;
    ++seen;
    CAPTURE(c.text);
    REQUIRE(c.findings.size() == 1);
    CHECK(c.findings[0].rules == std::vector<std::string_view>{"OIMAP-C0001"});
  }
  CHECK(seen > 0);
}

void fill(const dovecot_server& server, const std::string& mailbox, std::size_t count) {
  interop::raw_imap imap(server, interop::security::implicit_tls);
  imap.login();
  if (mailbox != "INBOX") imap.create(mailbox);
  std::vector<interop::outgoing_message> messages;
  for (auto& m : interop::sample_messages(count)) messages.push_back({.octets = std::move(m.octets)});
  imap.append_all(mailbox, messages);
}

std::string mbsync_config(const dovecot_server& server) {
  return "IMAPStore far\nHost " + server.host() + "\nPort " + std::to_string(server.imaps_port()) + "\nUser " +
         server.options().user + "\nPass \"" + server.options().password + "\"\nSSLType IMAPS\nCertificateFile " +
         server.ca_file().string() +
         "\nAuthMechs LOGIN\n\nMaildirStore near\nPath mail/\nInbox mail/INBOX\nSubFolders Verbatim\n\n"
         "Channel all\nFar :far:\nNear :near:\nPatterns *\nSync All\nCreate Both\nExpunge Both\nSyncState *\n";
}

// The first message of mbsync's copy gets the flags behind ":2,".
void set_local_flags(const fs::path& maildir, const std::string& flags) {
  for (const auto* part : {"cur", "new"}) {
    for (const auto& e : fs::directory_iterator(maildir / part)) {
      auto name = e.path().filename().string();
      name = name.substr(0, name.find(":2,")) + ":2," + flags;
      fs::rename(e.path(), maildir / "cur" / name);
      return;
    }
  }
  FAIL("no message in " << maildir.string());
}

constexpr const char* imaplib_script = R"(
import imaplib, ssl, sys
context = ssl.create_default_context(cafile=sys.argv[2])
m = imaplib.IMAP4_SSL('localhost', int(sys.argv[1]), ssl_context=context)
m.login(sys.argv[3], sys.stdin.readline().rstrip('\n'))
m.xatom('ID', '("name" "example")')
m.namespace()
m.list('""', '"*"')
m.lsub('""', '"*"')
m.status('INBOX', '(MESSAGES UIDNEXT UNSEEN)')
m.create('Sent')
m.subscribe('Sent')
m.append('Sent', '(\\Seen $Forwarded)', None, b'Subject: x\r\n\r\ntext\r\n')
m.select('INBOX', readonly=True)
m.select('INBOX')
m.search(None, 'ALL')
m.uid('SEARCH', 'UNSEEN')
m.fetch('1:2', '(ENVELOPE BODYSTRUCTURE)')
m.fetch('1', '(BODY[HEADER.FIELDS (SUBJECT)])')
m.fetch('1', '(BODY.PEEK[]<0.100>)')
m.fetch('1', 'FAST')
m.fetch('1:*', '(UID FLAGS)')
m.uid('FETCH', '1:*', '(UID FLAGS BODY.PEEK[])')
m.store('1', '+FLAGS', '\\Seen')
m.store('1', '+FLAGS', '\\Draft')
m.store('1', '+FLAGS', 'Important')
m.uid('STORE', '1', '+FLAGS.SILENT', '(\\Flagged)')
m.copy('1', 'Sent')
m.check()
m.expunge()
m.noop()
m.close()
m.logout()
)";

}  // namespace

TEST_CASE(
    "OIMAP-V0061 OIMAP-V0055 outmap's own sessions as Dovecot heard them: silent, with the times of the log and "
    "without") {
  const dovecot_server server(with_rawlog());
  fill(server, "INBOX", 30);
  fill(server, "Projekte/Z&APw-rich", 5);
  const auto before = logs_of(server);
  const test::temp_dir dir;
  account_config config;
  config.host = server.host();
  config.port = server.imaps_port();
  config.user = server.options().user;
  config.password = secret(server.options().password);
  config.ca_file = server.ca_file();
  config.cache = dir / "cache";
  for (int run = 0; run < 2; ++run) {
    const auto report = account(config).sync();
    REQUIRE_MESSAGE(report, report.error().message());
  }
  const auto v = verdict_on(server, before);
  CHECK_MESSAGE(v.counts.clean(), v.report.violations());
  CHECK(v.counts.connections == 2);
  CHECK(v.counts.commands > 12);

  std::vector<fs::path> untimed;
  for (const auto& log : logs_of(server)) {
    if (std::find(before.begin(), before.end(), log) != before.end()) continue;
    for (const auto* half : {".in", ".out"}) {
      auto from = log;
      std::istringstream lines(test::read_file(from.replace_extension(half)));
      std::string text;
      for (std::string line; std::getline(lines, line);) text += line.substr(line.find(' ') + 1) + '\n';
      untimed.push_back(dir.write(from.filename().string(), text));
    }
  }
  test::audit_report report;
  const auto counts = audit_files(untimed, {}, report);
  REQUIRE_MESSAGE(counts, counts.error().message());
  CHECK_MESSAGE(counts->clean(), report.violations());
  CHECK(counts->commands == v.counts.commands);
  CHECK(report.remarks.size() == 2);
}

TEST_CASE(
    "OIMAP-V0022 OIMAP-V0061 OIMAP-V0050 OIMAP-V0055 OIMAP-C0001 mbsync's sessions with Dovecot: each foreign command "
    "is named") {
  if (!installed("mbsync", "isync")) return;
  const dovecot_server server(with_rawlog());
  fill(server, "INBOX", 12);
  fill(server, "Projects", 5);
  const auto before = logs_of(server);

  const test::temp_dir home;
  fs::create_directories(home / "mail");
  home.write("mbsyncrc", mbsync_config(server));
  fs::permissions(home / "mbsyncrc", fs::perms::owner_read | fs::perms::owner_write);
  const test::command_line mbsync{.argv = {"mbsync", "-c", "mbsyncrc", "-a"},
                                  .environment = {{"HOME", home.path().string()}},
                                  .directory = home.path()};
  auto run = test::run(mbsync);
  REQUIRE_MESSAGE(run.ok(), test::describe(run));
  // Something for it to send: flags, a removal, a message.
  set_local_flags(home / "mail/INBOX", "FS");
  set_local_flags(home / "mail/Projects", "ST");
  home.write("mail/INBOX/new/1700000000.1.example", "Subject: from here\n\ntext\n");
  run = test::run(mbsync);
  REQUIRE_MESSAGE(run.ok(), test::describe(run));

  const auto v = verdict_on(server, before);
  CHECK(v.counts.connections == 2);
  CHECK(v.counts.commands >= 20);
  CHECK(v.counts.extensions == 0);
  CHECK(v.counts.allowed == 0);  // a number for a tag in every line
  CHECK(v.report.count("OIMAP-C0001") == v.counts.commands);
  check_named(v, "NAMESPACE", "OIMAP-V0022");
  check_named(v, "NAMESPACE", "OIMAP-V0061");
  CHECK(v.report.count("OIMAP-V0035") == 2);  // no CAPABILITY after the login
  check_named(v, "CLOSE", "OIMAP-V0050");
  check_named(v, "CHECK", "OIMAP-V0049");
  CHECK(v.report.count("OIMAP-V0056") == 1);  // two flags in one silent STORE; \\Deleted alone is a form
  check_named(v, "UID FETCH", "OIMAP-C0001");
  CHECK(v.report.count("OIMAP-V0055") > 0);
  for (const auto& c : v.report.commands) {
    if (c.text.find("(BODY.PEEK[])") != std::string::npos) {
      CHECK(std::any_of(c.findings.begin(), c.findings.end(),
                        [](const auto& f) { return f.rules.front() == "OIMAP-V0055"; }));
    }
  }
  check_only_tag(v, "SELECT");
  check_only_tag(v, "LIST");
  check_only_tag(v, "LOGOUT");
}

TEST_CASE(
    "OIMAP-V0040 OIMAP-V0045 OIMAP-V0049 OIMAP-V0051 OIMAP-V0052 OIMAP-V0053 OIMAP-V0008 imaplib's session with "
    "Dovecot: each foreign command is named") {
  if (!installed("python3", "python3")) return;
  const dovecot_server server(with_rawlog());
  fill(server, "INBOX", 3);
  const auto before = logs_of(server);
  const test::temp_dir home;
  const auto script = home.write("client.py", imaplib_script);
  const auto run = test::run({.argv = {"python3", script.string(), std::to_string(server.imaps_port()),
                                       server.ca_file().string(), server.options().user},
                              .input = server.options().password + "\n"});
  REQUIRE_MESSAGE(run.ok(), test::describe(run));

  const auto v = verdict_on(server, before);
  CHECK(v.counts.connections == 1);
  CHECK(v.counts.allowed == 0);
  CHECK(v.report.count("OIMAP-C0001") == v.counts.commands);
  const std::pair<const char*, const char*> expected[] = {
      {"ID", "OIMAP-V0061"},
      {"NAMESPACE", "OIMAP-V0022"},
      {"STATUS INBOX (MESSAGES UIDNEXT UNSEEN)", "OIMAP-V0045"},
      {"APPEND Sent (\\Seen $Forwarded)", "OIMAP-V0005"},
      {"EXAMINE INBOX", "OIMAP-V0040"},
      {"SEARCH ALL", "OIMAP-V0051"},
      {"UID SEARCH UNSEEN", "OIMAP-V0059"},
      {"FETCH 1:2 (ENVELOPE BODYSTRUCTURE)", "OIMAP-V0008"},
      {"FETCH 1:2 (ENVELOPE BODYSTRUCTURE)", "OIMAP-V0009"},
      {"FETCH 1 (BODY[HEADER.FIELDS (SUBJECT)])", "OIMAP-V0010"},
      {"FETCH 1 (BODY.PEEK[]<0.100>)", "OIMAP-V0053"},
      {"FETCH 1 FAST", "OIMAP-V0052"},
      {"STORE 1 +FLAGS (\\Draft)", "OIMAP-V0056"},
      {"STORE 1 +FLAGS (Important)", "OIMAP-V0005"},
      {"CHECK", "OIMAP-V0049"},
      {"CLOSE", "OIMAP-V0050"},
  };
  for (const auto& [command, rule] : expected) check_named(v, command, rule);
  for (const auto* command : {"LIST", "LSUB", "CREATE", "SUBSCRIBE", "SELECT", "FETCH 1:* (UID FLAGS)",
                              "UID FETCH 1:* (UID FLAGS BODY.PEEK[])", "STORE 1 +FLAGS (\\Seen)", "UID STORE", "COPY",
                              "EXPUNGE", "NOOP", "LOGOUT"}) {
    CAPTURE(std::string(command));
    check_only_tag(v, command);
  }
}
