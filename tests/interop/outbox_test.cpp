// The outbox against a real Dovecot: each kind of change, links that break behind the commands that may not be repeated,
// and random histories. OUTMAP_INTEROP_HISTORIES: how many (default 24); OUTMAP_HISTORY_SEED: the first seed (default 1).
#include <doctest/doctest.h>

#include <sstream>
#include <thread>

#include "interop/dovecot_server.hpp"
#include "interop/mailbox_admin.hpp"
#include "interop/raw_imap.hpp"
#include "outmap/account.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"
#include "support/convergence.hpp"
#include "support/cutting_proxy.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

constexpr std::uint8_t bit(system_flag f) { return static_cast<std::uint8_t>(f); }

flag_set flags_of(const std::set<std::string>& words) {
  flag_set out;
  for (const auto& w : words) {
    if (w == "\\Seen") out.set(system_flag::seen);
    if (w == "\\Answered") out.set(system_flag::answered);
    if (w == "\\Flagged") out.set(system_flag::flagged);
    if (w == "\\Deleted") out.set(system_flag::deleted);
    if (w == "\\Draft") out.set(system_flag::draft);
    if (!w.starts_with('\\')) out.add_keyword(w);
  }
  return out;
}

class dovecot final : public changing_server {
 public:
  dovecot() : admin_(server_) {}

  std::uint16_t port() override { return server_.imap_port(); }
  // Without TLS, so that a link can break behind a command; Dovecot takes the client for local.
  account_config config() override {
    account_config out;
    out.host = "localhost";
    out.tls = tls_mode::none;
    out.user = server_.options().user;
    out.password = secret(server_.options().password);
    out.auth.plaintext = plaintext_policy::allowed;
    out.auth.allowed = {mechanism::plain};
    out.connections = 1;
    return out;
  }
  void begin_anew() override {
    come_to_rest();
    for (const auto& name : admin_.list()) {
      if (name == "INBOX") continue;
      admin_.remove(name);
    }
    admin_.expunge("INBOX", {"all"});
    admin_.create("Archive");
    admin_.create("Drafts");
  }
  void add(const std::string& folder, const std::string& octets) override { admin_.save(folder, octets); }
  void set_flags(const std::string& folder, std::uint32_t uid, flag_set flags) override {
    const interop::mailbox_admin::query which = {"uid", std::to_string(uid)};
    const flag_set others(static_cast<std::uint8_t>(flag_set::all_bits & ~flags.system_bits()));
    if (flags.system_bits() != 0) admin_.add_flags(folder, which, flag_set(flags.system_bits()).to_string());
    if (others.system_bits() != 0) admin_.remove_flags(folder, which, others.to_string());
  }
  void expunge(const std::string& folder, std::uint32_t uid) override {
    admin_.expunge(folder, {"uid", std::to_string(uid)});
  }
  bool change_uid_validity(const std::string& folder) override {
    admin_.set_uid_validity(folder, ++validity_);
    return true;
  }
  void create(const std::string& folder) override { admin_.create(folder); }
  held_account snapshot() override {
    interop::raw_imap imap(server_, interop::security::plain);
    imap.login();
    held_account out;
    for (const auto& [name, mailbox] : imap.snapshot_all()) {
      auto& into = out[name];
      for (const auto& [uid, m] : mailbox.messages) into[uid] = {flags_of(m.flags).to_string(), m.octets};
    }
    return out;
  }
  void come_to_rest() override {
    // A line of headings, then one for each connection.
    const auto busy = [&] {
      std::istringstream lines(server_.doveadm({"who"}));
      std::size_t count = 0;
      for (std::string line; std::getline(lines, line);) ++count;
      return count > 1;
    };
    while (busy()) std::this_thread::yield();
  }

 private:
  interop::dovecot_server server_;
  interop::mailbox_admin admin_;
  std::uint32_t validity_ = 2'000'000'000;
};

std::string mail_text(const std::string& name) {
  return "Message-ID: <" + name + "@example.com>\r\nDate: Fri, 1 Aug 2025 10:00:00 +0000\r\nSubject: " + name +
         "\r\n\r\nbody of " + name + "\r\n";
}

struct one_client {
  dovecot server;
  temp_dir dir;
  account_config config = server.config();

  one_client() {
    server.begin_anew();
    config.port = server.port();
    config.cache = dir / "cache";
    config.second_look = std::chrono::milliseconds(0);
    for (const char* const name : {"one", "two", "three", "four"}) server.add("INBOX", mail_text(name));
    sync();
  }
  sync_report sync() {
    trace_on_trial audited(config.auth);
    account a(config, nullptr, &audited);
    auto report = a.sync();
    REQUIRE_MESSAGE(report, report.error().message());
    if (report->failure) FAIL_CHECK(report->failure->message());
    return *report;
  }
  result<outbox_report> send() {
    trace_on_trial audited(config.auth);
    account a(config, nullptr, &audited);
    auto out = a.send_outbox();
    if (audited.text().size() < 20'000) audited.check_cut_at_every_line();
    return out;
  }
  outbox box() {
    auto opened = outbox::open(config.cache);
    REQUIRE_MESSAGE(opened, opened.error().message());
    return std::move(*opened);
  }
  std::map<std::string, unsigned> subjects(const std::string& folder) {
    std::map<std::string, unsigned> out;
    const auto all = server.snapshot();
    const auto found = all.find(folder);
    if (found == all.end()) return out;
    for (const auto& [uid, message] : found->second) {
      const auto at = message.second.find("Subject: ") + 9;
      ++out[message.second.substr(at, message.second.find("\r\n", at) - at)];
    }
    return out;
  }
};

uid_set uids(std::initializer_list<std::uint32_t> list) {
  uid_set out;
  for (const auto u : list) out.add(uid{u});
  return out;
}

const mailbox_name inbox("INBOX");
const mailbox_name archive("Archive");
const mailbox_name drafts("Drafts");

}  // namespace

TEST_CASE_FIXTURE(one_client,
                  "OIMAP-V0046 OIMAP-V0056 OIMAP-V0057 OIMAP-V0059 each kind of change arrives at Dovecot") {
  {
    auto changes = box();
    REQUIRE(changes.mark(inbox, uids({1, 2}),
                         {static_cast<std::uint8_t>(bit(system_flag::seen) | bit(system_flag::draft)), 0}));
    REQUIRE(changes.mark(inbox, uids({2}), {bit(system_flag::flagged), bit(system_flag::seen)}));
    REQUIRE(changes.copy(inbox, uids({1}), archive));
    REQUIRE(changes.move(inbox, uids({3}), archive));
    REQUIRE(changes.append(drafts,
                           "Subject: Entw\xc3\xbcrfe\r\n\r\nGr\xc3\xbc\xc3\x9f"
                           "e\r\n",
                           flag_set(bit(system_flag::draft))));
    REQUIRE(changes.create(mailbox_name("New")));
    REQUIRE(changes.subscribe(mailbox_name("New")));
    REQUIRE(changes.copy(inbox, uids({4}), mailbox_name("New")));
    REQUIRE(changes.rename(mailbox_name("New"), mailbox_name("Newer")));
    REQUIRE(changes.purge(inbox));
  }
  const auto report = sync();
  CHECK(report.outbox.sent >= 10);
  CHECK(report.outbox.conflicts + report.outbox.refused + report.outbox.left == 0);
  CHECK(box().list()->empty());
  auto now = server.snapshot();
  CHECK(now["INBOX"][1].first == "\\Seen \\Draft");
  CHECK(now["INBOX"][2].first == "\\Flagged \\Draft");
  CHECK(now["INBOX"].size() == 3);
  CHECK(subjects("Archive") == std::map<std::string, unsigned>{{"one", 1}, {"three", 1}});
  CHECK(subjects("Newer") == std::map<std::string, unsigned>{{"four", 1}});
  REQUIRE(now["Drafts"].size() == 1);
  CHECK(now["Drafts"].begin()->second.first == "\\Draft");
  CHECK(now["Drafts"].begin()->second.second.find("Gr=C3=BC=C3=9Fe") != std::string::npos);
  REQUIRE(box().remove(mailbox_name("Newer")));
  CHECK(sync().outbox.sent == 1);
  CHECK(server.snapshot().count("Newer") == 0);
}

TEST_CASE_FIXTURE(one_client, "a change whose answer is lost behind any octet arrives at Dovecot once") {
  enum class kind { append, copy, move };
  cutting_proxy link(server.port());
  config.port = link.port();
  const unsigned step = std::max(1U, number_from("OUTMAP_FAULT_STEP", 11));
  unsigned points = 0;
  unsigned found = 0;
  for (const auto what : {kind::append, kind::copy, kind::move}) {
    for (unsigned behind = 0; behind < 90; behind += step) {
      CAPTURE(static_cast<int>(what));
      CAPTURE(behind);
      server.begin_anew();
      for (const char* const name : {"one", "two", "three", "four"}) server.add("INBOX", mail_text(name));
      sync();
      std::vector<uid> all;
      auto view = store::open(config.cache);
      REQUIRE(view);
      REQUIRE(view->messages(inbox, [&](const stored_message& m) {
        all.push_back(m.uid);
        return true;
      }));
      REQUIRE(all.size() == 4);
      uid_set chosen;
      chosen.add(all[0]);
      if (what == kind::copy) chosen.add(all[1]);
      auto changes = box();
      if (what == kind::append) REQUIRE(changes.append(archive, mail_text("new")));
      if (what == kind::copy) REQUIRE(changes.copy(inbox, chosen, archive));
      if (what == kind::move) REQUIRE(changes.move(inbox, chosen, archive));
      link.cut_next_behind({what == kind::append ? " APPEND " : " UID COPY "}, behind);
      const auto broken = send();
      link.last();
      server.come_to_rest();
      const auto repaired = send();
      REQUIRE_MESSAGE(repaired, repaired.error().message());
      if (repaired->failure) FAIL_CHECK(repaired->failure->message());
      CHECK(repaired->conflicts + repaired->left == 0);
      found += static_cast<unsigned>(repaired->already_there);
      const auto there = subjects("Archive");
      CHECK(there.size() == (what == kind::copy ? 2 : 1));
      for (const auto& [subject, count] : there) CHECK(count == 1);
      ++points;
    }
  }
  CHECK(found > 0);
  MESSAGE(points << " points, " << found << " found on the server");
}

TEST_CASE("OIMAP-V0023 two caches and Dovecot end equal after any history") {
  dovecot server;
  history_counts counts;
  const auto first = number_from("OUTMAP_HISTORY_SEED", 1);
  const auto count = number_from("OUTMAP_INTEROP_HISTORIES", 24);
  history_options how;
  how.steps = 25;
  for (unsigned i = 0; i < count; ++i) play_history(server, first + i, how, counts);
  MESSAGE(count << " histories from seed " << first << ": " << counts.changes << " changes, " << counts.broken
                << " broken links, " << counts.found << " found after a lost answer, " << counts.conflicts
                << " conflicts and refusals");
}
