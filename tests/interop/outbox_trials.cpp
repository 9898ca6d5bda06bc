#include "interop/outbox_trials.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>

#include "outmap/account.hpp"
#include "outmap/outbox.hpp"
#include "outmap/store.hpp"
#include "support/cutting_proxy.hpp"
#include "support/mail_text.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"

namespace outmap::interop {

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

struct one_client {
  changing_server& server;
  temp_dir dir;
  account_config config = server.config();

  explicit one_client(changing_server& on) : server(on) {
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

held_account account_of(raw_imap& logged_in) {
  held_account out;
  for (const auto& [name, mailbox] : logged_in.snapshot_all()) {
    auto& into = out[name];
    for (const auto& [uid, m] : mailbox.messages) into[uid] = {flags_of(m.flags).to_string(), m.octets};
  }
  return out;
}

void try_each_kind(changing_server& server) {
  one_client client(server);
  {
    auto changes = client.box();
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
  const auto report = client.sync();
  CHECK(report.outbox.sent >= 10);
  CHECK(report.outbox.conflicts + report.outbox.refused + report.outbox.left == 0);
  CHECK(client.box().list()->empty());
  auto now = server.snapshot();
  CHECK(now["INBOX"][1].first == "\\Seen \\Draft");
  CHECK(now["INBOX"][2].first == "\\Flagged \\Draft");
  CHECK(now["INBOX"].size() == 3);
  CHECK(client.subjects("Archive") == std::map<std::string, unsigned>{{"one", 1}, {"three", 1}});
  CHECK(client.subjects("Newer") == std::map<std::string, unsigned>{{"four", 1}});
  REQUIRE(now["Drafts"].size() == 1);
  CHECK(now["Drafts"].begin()->second.first == "\\Draft");
  CHECK(now["Drafts"].begin()->second.second.find("Gr=C3=BC=C3=9Fe") != std::string::npos);
  REQUIRE(client.box().remove(mailbox_name("Newer")));
  CHECK(client.sync().outbox.sent == 1);
  CHECK(server.snapshot().count("Newer") == 0);
}

void try_lost_answers(changing_server& server, unsigned step) {
  one_client client(server);
  enum class kind { append, copy, move };
  cutting_proxy link(server.port());
  client.config.port = link.port();
  const unsigned by = std::max(1U, number_from("OUTMAP_FAULT_STEP", step));
  unsigned points = 0;
  unsigned found = 0;
  for (const auto what : {kind::append, kind::copy, kind::move}) {
    for (unsigned behind = 0; behind < 90; behind += by) {
      CAPTURE(static_cast<int>(what));
      CAPTURE(behind);
      server.begin_anew();
      for (const char* const name : {"one", "two", "three", "four"}) server.add("INBOX", mail_text(name));
      client.sync();
      std::vector<uid> all;
      auto view = store::open(client.config.cache);
      REQUIRE(view);
      REQUIRE(view->messages(inbox, [&](const outmap::stored_message& m) {
        all.push_back(m.uid);
        return true;
      }));
      REQUIRE(all.size() == 4);
      uid_set chosen;
      chosen.add(all[0]);
      if (what == kind::copy) chosen.add(all[1]);
      auto changes = client.box();
      if (what == kind::append) REQUIRE(changes.append(archive, mail_text("new")));
      if (what == kind::copy) REQUIRE(changes.copy(inbox, chosen, archive));
      if (what == kind::move) REQUIRE(changes.move(inbox, chosen, archive));
      link.cut_next_behind({what == kind::append ? " APPEND " : " UID COPY "}, behind);
      const auto broken = client.send();
      link.last();
      server.come_to_rest();
      const auto repaired = client.send();
      REQUIRE_MESSAGE(repaired, repaired.error().message());
      if (repaired->failure) FAIL_CHECK(repaired->failure->message());
      CHECK(repaired->conflicts + repaired->left == 0);
      found += static_cast<unsigned>(repaired->already_there);
      const auto there = client.subjects("Archive");
      CHECK(there.size() == (what == kind::copy ? 2 : 1));
      for (const auto& [subject, count] : there) CHECK(count == 1);
      ++points;
    }
  }
  CHECK(found > 0);
  MESSAGE(points << " points, " << found << " found on the server");
}

void try_rename(changing_server& server) {
  one_client client(server);
  server.add("Archive", mail_text("kept"));
  client.sync();
  const mailbox_name elsewhere("Elsewhere");
  REQUIRE(client.box().rename(archive, elsewhere));
  const auto sent = client.send();
  REQUIRE(sent);
  CHECK(sent->sent == 1);
  CHECK(client.box().list()->empty());
  for (int round = 0; round < 2; ++round) {
    auto view = store::open(client.config.cache);
    REQUIRE(view);
    CHECK_FALSE(view->messages(archive, [](const outmap::stored_message&) { return true; }));
    std::string octets;
    REQUIRE(view->messages(elsewhere, [&](const outmap::stored_message& m) {
      REQUIRE(view->body(elsewhere, m.uid, [&](std::string_view piece) {
        octets += piece;
        return true;
      }));
      return true;
    }));
    CHECK(octets == mail_text("kept"));
    if (round != 0) continue;
    const auto report = client.sync();
    for (const auto& folder : report.folders) CHECK(folder.bodies == 0);
  }
  CHECK(client.subjects("Elsewhere") == std::map<std::string, unsigned>{{"kept", 1}});
}

void try_histories(changing_server& server, unsigned count) {
  history_counts counts;
  const auto first = number_from("OUTMAP_HISTORY_SEED", 1);
  const auto many = number_from("OUTMAP_INTEROP_HISTORIES", count);
  history_options how;
  how.steps = 25;
  for (unsigned i = 0; i < many; ++i) play_history(server, first + i, how, counts);
  MESSAGE(many << " histories from seed " << first << ": " << counts.changes << " changes, " << counts.broken
               << " broken links, " << counts.found << " found after a lost answer, " << counts.conflicts
               << " conflicts and refusals");
}

}  // namespace outmap::interop
