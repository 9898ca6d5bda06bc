// The library against a real Dovecot: every login, every way a mailbox can change, byte for byte.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "interop/dovecot_server.hpp"
#include "interop/mailbox_admin.hpp"
#include "interop/raw_imap.hpp"
#include "interop/sample_messages.hpp"
#include "outmap/account.hpp"
#include "outmap/export.hpp"
#include "outmap/store.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using interop::dovecot_server;

namespace {

account_config account_on(const dovecot_server& server, const std::filesystem::path& cache,
                          tls_mode tls = tls_mode::implicit) {
  account_config c;
  c.host = server.host();
  c.tls = tls;
  c.port = tls == tls_mode::implicit ? server.imaps_port() : server.imap_port();
  c.user = server.options().user;
  c.password = secret(server.options().password);
  c.ca_file = server.ca_file();
  c.cache = cache;
  return c;
}

// The cache in the form of a snapshot of the server. INTERNALDATE is compared elsewhere: its text differs with the
// zone.
std::map<std::string, interop::mailbox_snapshot> held_in(const std::filesystem::path& cache) {
  auto store = store::open(cache);
  REQUIRE_MESSAGE(store, store.error().message());
  std::map<std::string, interop::mailbox_snapshot> out;
  const auto folders = store->folders();
  REQUIRE(folders);
  for (const auto& f : *folders) {
    if (f.gone || !f.selectable) continue;
    auto& mailbox = out[f.mailbox.wire()];
    mailbox.uid_validity = f.uid_validity.value;
    std::vector<stored_message> messages;
    REQUIRE(store->messages(f.mailbox, [&](const stored_message& m) {
      messages.push_back(m);
      return true;
    }));
    for (const auto& m : messages) {
      auto& held = mailbox.messages[m.uid.value];
      std::istringstream words(m.flags.to_string());
      for (std::string word; words >> word;) held.flags.insert(word);
      REQUIRE(store->body(f.mailbox, m.uid, [&](std::string_view piece) {
        held.octets += piece;
        return true;
      }));
    }
  }
  return out;
}

std::map<std::string, interop::mailbox_snapshot> held_by(const dovecot_server& server) {
  interop::raw_imap imap(server, interop::security::implicit_tls);
  imap.login();
  auto all = imap.snapshot_all();
  for (auto& [name, mailbox] : all) {
    for (auto& [uid, message] : mailbox.messages) message.internal_date.clear();
  }
  return all;
}

void check_equal(const std::filesystem::path& cache, const dovecot_server& server) {
  const auto ours = held_in(cache);
  const auto theirs = held_by(server);
  REQUIRE(ours.size() == theirs.size());
  for (const auto& [name, mailbox] : theirs) {
    CAPTURE(name);
    REQUIRE(ours.count(name) == 1);
    const auto& copy = ours.at(name);
    CHECK(copy.uid_validity == mailbox.uid_validity);
    REQUIRE(copy.messages.size() == mailbox.messages.size());
    for (const auto& [uid, message] : mailbox.messages) {
      CAPTURE(uid);
      REQUIRE(copy.messages.count(uid) == 1);
      CHECK(copy.messages.at(uid).flags == message.flags);
      CHECK((copy.messages.at(uid).octets == message.octets));
    }
  }
}

class client_lines final : public trace_sink {
 public:
  std::vector<std::string> lines;
  void client(std::string_view line) noexcept override { lines.emplace_back(line); }
  void server(std::string_view) noexcept override {}
  void note(std::string_view) noexcept override {}
};

sync_report synced(const account_config& config, trace_sink* trace = nullptr) {
  test::trace_on_trial audited(config.auth, trace);
  account a(config, nullptr, &audited);
  auto report = a.sync();
  REQUIRE_MESSAGE(report, report.error().message());
  if (report->failure) FAIL_CHECK(report->failure->message());
  constexpr std::size_t short_trace = 50'000;
  if (audited.text().size() < short_trace) audited.check_cut_at_every_line();
  return *report;
}

std::uint64_t bodies(const sync_report& r) {
  std::uint64_t n = 0;
  for (const auto& f : r.folders) n += f.bodies;
  return n;
}

void fill(const dovecot_server& server, const std::string& mailbox, std::size_t count, unsigned seed) {
  interop::raw_imap imap(server, interop::security::implicit_tls);
  imap.login();
  if (mailbox != "INBOX") imap.create(mailbox);
  std::vector<interop::outgoing_message> messages;
  for (auto& m : interop::sample_messages(count, seed)) messages.push_back({.octets = std::move(m.octets)});
  imap.append_all(mailbox, messages);
}

struct cancelling_observer final : observer {
  account* target = nullptr;
  std::uint64_t after = 0;
  void on_progress(const progress& p) noexcept override {
    if (p.messages_done >= after) target->cancel();
  }
};

}  // namespace

TEST_CASE("OIMAP-E0001 NTLM-2.1-01 each mechanism logs in over port 993 and over STARTTLS") {
  const dovecot_server server;
  for (const auto tls : {tls_mode::implicit, tls_mode::starttls}) {
    for (const auto which : {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login}) {
      CAPTURE(std::string(to_string(which)));
      auto config = account_on(server, {}, tls);
      config.auth.allowed = {which};
      test::trace_on_trial audited(config.auth);
      account a(config, nullptr, &audited);
      const auto got = a.login();
      REQUIRE_MESSAGE(got, got.error().message());
      REQUIRE_FALSE(got->steps.empty());
      CHECK(got->steps.back().which == which);
      CHECK(got->steps.back().outcome == "succeeded");
      CHECK(got->certificate->version.starts_with("TLSv1."));
    }
  }
}

TEST_CASE("OIMAP-V0034 a wrong password climbs down the ladder and ends as an authentication failure") {
  const dovecot_server server;
  auto config = account_on(server, {});
  config.password = secret("not it");
  test::trace_on_trial audited(config.auth);
  account a(config, nullptr, &audited);
  const auto got = a.login();
  REQUIRE_FALSE(got);
  CHECK(got.error().code == errc::authentication_failed);
  std::vector<mechanism> tried;
  for (const auto& s : a.steps()) {
    if (s.outcome != "succeeded") tried.push_back(s.which);
  }
  CHECK(tried == std::vector<mechanism>{mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login});
}

TEST_CASE("OIMAP-C0002 first sync, second sync, and a sync after changes end equal to the server") {
  const dovecot_server server;
  const interop::mailbox_admin admin(server);
  client_lines said;
  fill(server, "INBOX", 120, 1);
  fill(server, "Projekte/Z&APw-rich", 40, 2);
  fill(server, "Empty", 0, 3);
  const test::temp_dir dir;
  auto config = account_on(server, dir / "cache");
  config.auth.allowed = {mechanism::ntlm};

  CHECK(bodies(synced(config, &said)) == 160);
  check_equal(config.cache, server);

  const auto second = synced(config, &said);
  CHECK(bodies(second) == 0);
  for (const auto& f : second.folders) CHECK(f.added + f.vanished + f.flags_changed == 0);

  admin.add_flags("INBOX", {"uid", "5:20"}, "\\Flagged");
  admin.remove_flags("INBOX", {"uid", "5:8"}, "\\Seen");
  admin.add_flags("INBOX", {"uid", "9"}, "$MDNSent");
  admin.expunge("INBOX", {"uid", "30:39"});
  admin.move("INBOX", {"uid", "50:54"}, "Empty");
  fill(server, "New", 7, 4);
  const auto third = synced(config, &said);
  CHECK(bodies(third) == 7 + 5);
  check_equal(config.cache, server);

  // OIMAP-V0005, V0040, V0049 to V0052: nothing but these words goes out, and no FETCH list but three.
  const std::regex allowed(
      "[a-z0-9]{4} (CAPABILITY|AUTHENTICATE NTLM|LIST \"\" \\*|LSUB \"\" \\*|SELECT .+|LOGOUT|"
      "UID FETCH [0-9:,*]+ \\(UID FLAGS( BODY\\.PEEK\\[\\]| RFC822\\.SIZE BODY\\.PEEK\\[HEADER\\] "
      "INTERNALDATE)?\\))|<secret>");
  for (const auto& line : said.lines) {
    CAPTURE(line);
    CHECK(std::regex_match(line, allowed));
  }
}

TEST_CASE("OIMAP-V0003 after a change of UIDVALIDITY no body that is held is fetched again") {
  const dovecot_server server;
  const interop::mailbox_admin admin(server);
  fill(server, "INBOX", 60, 5);
  const test::temp_dir dir;
  const auto config = account_on(server, dir / "cache");
  CHECK(bodies(synced(config)) == 60);

  admin.set_uid_validity("INBOX", 987654321);
  const auto after = synced(config);
  CHECK(bodies(after) == 0);
  REQUIRE(after.folders.size() == 1);
  CHECK(after.folders[0].uid_validity_changed);
  CHECK(after.folders[0].adopted == 60);
  check_equal(config.cache, server);
  CHECK(bodies(synced(config)) == 0);
}

TEST_CASE("a sync that is cancelled anywhere leaves an intact cache, and the next one completes it") {
  const dovecot_server server;
  fill(server, "INBOX", 200, 6);
  for (const std::uint64_t after : {0u, 1u, 60u, 150u}) {
    CAPTURE(after);
    const test::temp_dir dir;
    const auto config = account_on(server, dir / "cache");
    cancelling_observer watch;
    watch.after = after;
    test::trace_on_trial audited(config.auth);
    account a(config, &watch, &audited);
    watch.target = &a;
    const auto stopped = a.sync();
    REQUIRE_MESSAGE(stopped, stopped.error().message());
    REQUIRE(stopped->failure.has_value());
    CHECK(stopped->failure->code == errc::cancelled);
    const auto rest = synced(config);
    CHECK(bodies(rest) + bodies(*stopped) >= 200);
    check_equal(config.cache, server);
  }
}

TEST_CASE("every exported message is byte for byte what the server holds, and a second export writes nothing") {
  const dovecot_server server;
  fill(server, "INBOX", 80, 7);
  fill(server, "A/B", 30, 8);
  const test::temp_dir dir;
  const auto config = account_on(server, dir / "cache");
  synced(config);

  std::multiset<std::string> theirs;
  const auto all = held_by(server);
  for (const auto& [name, mailbox] : all) {
    for (const auto& [uid, message] : mailbox.messages) theirs.insert(message.octets);
  }
  const std::atomic<bool> stop = false;
  for (const auto format : {export_format::eml, export_format::maildir}) {
    export_options options;
    options.format = format;
    options.to = dir / (format == export_format::eml ? "eml" : "maildir");
    const auto first = export_mail(config.cache, options, stop);
    REQUIRE_MESSAGE(first, first.error().message());
    CHECK(first->written == 110);
    const auto second = export_mail(config.cache, options, stop);
    REQUIRE(second);
    CHECK(second->written == 0);
    CHECK(second->unchanged == 110);
    std::multiset<std::string> ours;
    for (const auto& e : std::filesystem::recursive_directory_iterator(options.to)) {
      if (e.is_regular_file()) ours.insert(test::read_file(e.path()));
    }
    CHECK((ours == theirs));
  }
}

TEST_CASE(
    "a mailbox of real messages (OUTMAP_CORPUS) comes through NTLM and TLS, is exported byte for byte, and follows "
    "changes") {
  const auto corpus = interop::corpus_directory();
  if (!corpus) {
    MESSAGE("OUTMAP_CORPUS is not set: skipped");
    return;
  }
  const dovecot_server server;
  const interop::mailbox_admin admin(server);
  std::vector<interop::outgoing_message> messages;
  for (auto& m : interop::corpus_messages(*corpus)) messages.push_back({.octets = std::move(m.octets)});
  REQUIRE(messages.size() > 100);
  {
    interop::raw_imap imap(server, interop::security::implicit_tls);
    imap.login();
    imap.append_all("INBOX", messages);
  }
  const test::temp_dir dir;
  auto config = account_on(server, dir / "cache");
  config.auth.allowed = {mechanism::ntlm};
  const auto first = synced(config);
  CHECK(bodies(first) == messages.size());
  CHECK(first.steps.back().which == mechanism::ntlm);
  check_equal(config.cache, server);

  std::multiset<std::string> theirs;
  const auto all = held_by(server);
  for (const auto& [uid, message] : all.at("INBOX").messages) theirs.insert(message.octets);
  const std::atomic<bool> stop = false;
  const auto exported = export_mail(config.cache, {export_format::maildir, dir / "maildir", {}}, stop);
  REQUIRE(exported);
  CHECK(exported->written == messages.size());
  std::multiset<std::string> ours;
  for (const auto& e : std::filesystem::recursive_directory_iterator(dir / "maildir")) {
    if (e.is_regular_file()) ours.insert(test::read_file(e.path()));
  }
  CHECK((ours == theirs));

  const auto second = synced(config);
  CHECK(bodies(second) == 0);
  admin.add_flags("INBOX", {"uid", "1:50"}, "\\Flagged \\Answered");
  admin.expunge("INBOX", {"uid", "60:80"});
  admin.save("INBOX", messages.front().octets);
  const auto third = synced(config);
  CHECK(bodies(third) == 1);
  check_equal(config.cache, server);
  MESSAGE(messages.size() << " messages; bodies fetched: first run " << bodies(first) << ", second " << bodies(second)
                          << ", after changes " << bodies(third) << "; exported " << exported->written
                          << " files, all equal to the server's");
}

TEST_CASE("OIMAP-V0006 with the header's date as received date the bodies alone are fetched") {
  const dovecot_server server;
  fill(server, "INBOX", 25, 9);
  const test::temp_dir dir;
  auto config = account_on(server, dir / "cache");
  config.received = received_date::header;
  client_lines said;
  CHECK(bodies(synced(config, &said)) == 25);
  check_equal(config.cache, server);
  for (const auto& line : said.lines) CHECK(line.find("HEADER") == std::string::npos);
}

TEST_CASE("a connection that the server breaks in mid-sync is an error of the network, and the next run completes") {
  dovecot_server server;
  fill(server, "INBOX", 150, 10);
  const test::temp_dir dir;
  const auto config = account_on(server, dir / "cache");
  struct kicker final : observer {
    dovecot_server* server = nullptr;
    bool done = false;
    void on_progress(const progress& p) noexcept override {
      if (p.messages_done < 20 || std::exchange(done, true)) return;
      server->stop();
    }
  } watch;
  watch.server = &server;
  test::trace_on_trial audited(config.auth);
  account a(config, &watch, &audited);
  const auto broken = a.sync();
  REQUIRE_MESSAGE(broken, broken.error().message());
  // A small mailbox may have been in our buffers already when the server went.
  if (broken->failure) {
    const bool of_the_network =
        broken->failure->code == errc::connection_lost || broken->failure->code == errc::server_bye;
    CHECK(of_the_network);
  }
  server.start();
  synced(config);
  check_equal(config.cache, server);
}

TEST_CASE("with default settings each body is read once from Dovecot") {
  const dovecot_server server;
  fill(server, "INBOX", 60, 71);
  fill(server, "Work", 40, 72);
  test::temp_dir dir;
  struct body_literals final : trace_sink {
    std::uint64_t count = 0;
    void client(std::string_view) noexcept override {}
    void server(std::string_view line) noexcept override {
      for (auto at = line.find("BODY[] {"); at != std::string_view::npos; at = line.find("BODY[] {", at + 1)) ++count;
    }
    void note(std::string_view) noexcept override {}
  } seen;
  auto config = account_on(server, dir / "cache");
  config.connections = 1;
  CHECK(bodies(synced(config, &seen)) == 100);
  CHECK(seen.count == 100);
  CHECK(bodies(synced(config, &seen)) == 0);
  CHECK(seen.count == 100);
  check_equal(dir / "cache", server);
}
