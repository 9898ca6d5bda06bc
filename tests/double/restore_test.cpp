// Restores: what was deleted comes back, once, whatever happens on the way.
#include <doctest/doctest.h>

#include <random>

#include "double/archive_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

std::size_t messages_in(const returned_folders& all) {
  std::size_t out = 0;
  for (const auto& [name, messages] : all) out += messages.size();
  return out;
}

bool holds_no_more(const returned_folders& now, const returned_folders& than) {
  for (const auto& [name, messages] : now) {
    for (const auto& m : messages) {
      if (!than.contains(name) || messages.count(m) > than.at(name).count(m)) return false;
    }
  }
  return true;
}

/// Breaks the link again each time it was opened anew.
struct breaking_link final : observer {
  cutting_proxy& link;
  unsigned left;
  std::mt19937 random;

  breaking_link(observer, cutting_proxy& l, unsigned times, std::mt19937 r) : link(l), left(times), random(r) {}
  void arm() { link.cut_next_after(300 + random() % 1200, cutting_proxy::never); }
  void on_warning(const error&) noexcept override {
    if (left > 0) --left;
    if (left > 0) arm();
  }
};

result<restore_report> restore_with(archive_fixture& f, observer& watch) {
  account a(f.config, &watch);
  return a.restore({});
}

struct stopper final : observer {
  account* what;
  unsigned after;
  stopper(observer, account* a, unsigned n) : what(a), after(n) {}
  void on_progress(const progress& now) noexcept override {
    if (now.messages_done >= after) what->cancel();
  }
};

exchange::action refused(const exchange::command_seen& c, const char* text) {
  exchange::action out;
  out.instead = c.tag + " NO " + text + "\r\n";
  return out;
}

}  // namespace

TEST_CASE_FIXTURE(archive_fixture, "what was deleted on the server comes back with octets, flags, dates and folders") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  empty_server();
  REQUIRE(messages_in(on_server()) == 0);

  restore_options dry;
  dry.dry_run = true;
  const auto planned = restore_well(dry);
  CHECK(planned.pending == 28);
  CHECK(planned.folders_created == 3);
  CHECK(messages_in(on_server()) == 0);

  const auto report = restore_well();
  CHECK(report.appended == 28);
  CHECK(report.there == 0);
  CHECK(report.folders_created == 3);
  CHECK(report.recoded == 0);
  CHECK((on_server() == before));
  CHECK(mail().subscriptions() == std::vector<std::string>{"Archive/2023"});

  const auto again = restore_well();
  CHECK(again.appended == 0);
  CHECK(again.there == 28);
  CHECK(again.folders_created == 0);
  CHECK((on_server() == before));
  CHECK(restore_well(dry).pending == 0);
}

TEST_CASE_FIXTURE(archive_fixture, "of what is partly there only the rest is appended") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  mail().expunge("INBOX", 4);
  mail().expunge("Archive", 8);  // one of two that are alike
  mail().expunge("Drafts", 1);   // one of two versions
  const auto report = restore_well();
  CHECK(report.appended == 3);
  CHECK(report.there == 25);
  CHECK((on_server() == before));
}

TEST_CASE_FIXTURE(archive_fixture, "a link that breaks at ten places on the way loses and doubles nothing") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  for (unsigned seed = 1; seed <= 3; ++seed) {
    CAPTURE(seed);
    empty_server();
    breaking_link breaks{{}, *link, 10, std::mt19937(seed)};
    breaks.arm();
    std::uint64_t appended = 0;
    unsigned runs = 0;
    for (bool done = false; !done && ++runs < 40;) {
      const auto report = restore_with(*this, breaks);
      settle_server();
      if (report) appended += report->appended;
      done = report && !report->failure;
      CHECK(holds_no_more(on_server(), before));
    }
    CHECK(breaks.left == 0);
    CHECK(appended <= 28);
    CHECK((on_server() == before));
  }
}

TEST_CASE_FIXTURE(archive_fixture, "runs that are stopped ten times, and begun anew, lose and double nothing") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  empty_server();
  for (unsigned i = 0; i < 10; ++i) {
    stopper stop{{}, nullptr, 2};
    account a(config, &stop);
    stop.what = &a;
    const auto report = a.restore({});
    settle_server();
    REQUIRE(report);
    REQUIRE(report->failure);
    CHECK(report->failure->code == errc::cancelled);
    CHECK(holds_no_more(on_server(), before));
  }
  CHECK(messages_in(on_server()) >= 10);
  restore_well();
  CHECK((on_server() == before));
}

TEST_CASE_FIXTURE(archive_fixture, "an answer that is lost behind an APPEND is no second message") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  empty_server();
  link->cut_next_behind({"APPEND"}, 8);
  const auto report = restore_well();
  settle_server();
  CHECK(report.appended == 28);
  CHECK((on_server() == before));
  CHECK_FALSE(watch.lines.empty());
}

TEST_CASE_FIXTURE(archive_fixture, "what the server refuses is named and counted, and the rest is restored") {
  begin();
  fill();
  back_up_well();
  empty_server();
  exchange::hooks hooks;
  hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "APPEND" || c.target != "INBOX") return std::nullopt;
    if (c.line.find("\\Flagged") != std::string::npos) return refused(c, "[TOOBIG] message too large");
    if (c.line.find("\\Answered") != std::string::npos) return refused(c, "[OVERQUOTA] quota exceeded");
    return std::nullopt;
  };
  server->set_hooks(hooks);
  const auto report = restore();
  REQUIRE(report);
  REQUIRE(report->failure);
  CHECK(report->failure->code == errc::incomplete);
  CHECK(report->refused == 9);
  CHECK(report->appended == 19);
  REQUIRE(report->refusals.size() == 9);
  for (const auto& r : report->refusals) {
    CHECK(r.folder == "INBOX");
    CHECK(r.which.value != 0);
    CHECK(r.why.code == errc::command_refused);
    CHECK(!r.why.server_text.empty());
  }
  server->set_hooks({});
  const auto rest = restore_well();
  CHECK(rest.appended == 9);
  CHECK(rest.there == 19);
}

TEST_CASE_FIXTURE(
    archive_fixture,
    "a message on which the connection breaks each time is passed over, a folder that cannot be made, too") {
  begin();
  fill();
  back_up_well();
  empty_server();
  exchange::hooks hooks;
  hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name == "CREATE" && c.target == "Drafts") return refused(c, "no more folders");
    if (c.name != "APPEND" || c.line.find("\\Seen \\Answered \\Flagged)") == std::string::npos) return std::nullopt;
    exchange::action out;
    out.instead = "";
    out.close = true;
    return out;
  };
  server->set_hooks(hooks);
  const auto report = restore();
  REQUIRE_MESSAGE(report, report.error().message());
  CHECK(report->refused == 3);
  CHECK(report->appended == 24);
  REQUIRE(report->failure);
  CHECK(report->failure->code == errc::incomplete);
}

TEST_CASE_FIXTURE(archive_fixture, "a server that is throttling is waited for") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  empty_server();
  auto left = std::make_shared<std::atomic<int>>(3);
  exchange::hooks hooks;
  hooks.on_command = [left](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "APPEND" || --*left < 0) return std::nullopt;
    return refused(c, "Request is throttled. Suggested Backoff Time: 5 milliseconds");
  };
  server->set_hooks(hooks);
  CHECK(restore_well().appended == 28);
  CHECK((on_server() == before));
}

TEST_CASE_FIXTURE(archive_fixture, "below another folder, a choice of folders, and what came since") {
  begin();
  fill();
  const auto before = on_server();
  back_up_well();
  restore_options how;
  how.into = "Zurück";
  how.folders.include = {"Archive*"};
  how.since = 1'600'006'000;
  const auto report = restore_well(how);
  const auto now = on_server();
  CHECK(now.at("INBOX") == before.at("INBOX"));
  CHECK(now.at("Zurück/Archive").size() + now.at("Zurück/Archive/2023").size() == report.appended);
  CHECK(report.appended == 9);
  CHECK_FALSE(now.contains("Zurück/Drafts"));
  // Without it everything is there already.
  CHECK(restore_well().appended == 0);
}

TEST_CASE_FIXTURE(archive_fixture, "what was expunged before comes back on request, unless it is elsewhere") {
  begin();
  fill();
  back_up_well();
  const auto moved = mail().find_message("INBOX", 2);
  mail().add("Archive", *moved->octets, moved->flags, moved->date);
  mail().expunge("INBOX", 2);
  mail().expunge("INBOX", 3);
  back_up_well();
  CHECK(restore_well().appended == 0);
  restore_options how;
  how.expunged = true;
  const auto report = restore_well(how);
  CHECK(report.appended == 1);
  CHECK(mail().messages("INBOX").size() == 11);
  CHECK(restore_well(how).appended == 0);
}

TEST_CASE_FIXTURE(archive_fixture, "a rehearsal compares everything and leaves nothing behind") {
  begin();
  fill();
  back_up_well();
  const auto before = on_server();
  restore_options how;
  how.rehearse = true;
  const auto report = restore_well(how);
  CHECK(report.appended == 28);
  CHECK(report.compared == 28);
  CHECK(report.mismatches == 0);
  CHECK(report.rehearsed_in.empty());
  CHECK((on_server() == before));
}

TEST_CASE_FIXTURE(archive_fixture,
                  "a rehearsal removes the folders, too, that the server made above those it was asked for") {
  begin();
  mail().create_noselect("Projects");
  mail().create_noselect("Projects/2024");
  mail().create("Projects/2024/Bridge");
  mail().add("Projects/2024/Bridge", text_of_size(300, 1));
  back_up_well();
  const auto before = on_server();
  restore_options how;
  how.rehearse = true;
  const auto report = restore_well(how);
  CHECK(report.compared == 1);
  CHECK(report.rehearsed_in.empty());
  CHECK((on_server() == before));
}

TEST_CASE_FIXTURE(archive_fixture, "OIMAP-V0013 8-bit text goes out in 7 bits, is counted, and known again") {
  begin();
  mail().add("INBOX",
             "Message-ID: <8@example.com>\r\nSubject: Gr\xc3\xbc\xc3\x9f"
             "e\r\n\r\nSch\xc3\xb6n\r\n",
             flag_set(1), {1'600'000'000, 0});
  mail().add("INBOX", text_of_size(100, 1),
             [] {
               auto f = flag_set(1);
               f.add_keyword("Work");
               return f;
             }(),
             {1'600'000'500, 0});
  back_up_well();
  empty_server();
  const auto report = restore_well();
  CHECK(report.recoded == 1);
  CHECK(report.keywords_lost == 1);
  const auto there = mail().messages("INBOX");
  REQUIRE(there.size() == 2);
  CHECK(there.front().octets->find('\xc3') == std::string::npos);
  CHECK(restore_well().appended == 0);
}

TEST_CASE_FIXTURE(archive_fixture,
                  "a read-only account restores nothing, and a cache of another account may be the source") {
  begin();
  fill();
  back_up_well();
  config.read_only = true;
  CHECK(restore().error().code == errc::read_only);
  config.read_only = false;
  restore_options how;
  how.from = config.cache;
  config.cache = dir / "elsewhere.outmap";
  empty_server();
  CHECK(restore_well(how).appended == 28);
}

TEST_CASE("each Exchange gets its mail back once, whatever it does to the MIME") {
  for (const char* name : {"2003", "2007", "2010", "2013", "2019"}) {
    CAPTURE(name);
    archive_fixture f;
    const auto known = exchange::personality::by_name(name);
    REQUIRE(known);
    f.options.behaves = *known;
    f.begin();
    f.fill();
    const auto before = f.on_server();
    f.back_up_well();
    f.empty_server();
    const auto report = f.restore_well();
    CHECK(report.appended == 28);
    const auto after = f.on_server();
    for (const auto& [folder, messages] : before) {
      CAPTURE(folder);
      REQUIRE(after.contains(folder));
      std::multiset<std::pair<std::string, std::int64_t>> was;
      std::multiset<std::pair<std::string, std::int64_t>> is;
      for (const auto& [flags, date, octets] : messages) was.emplace(flags, date);
      for (const auto& [flags, date, octets] : after.at(folder)) is.emplace(flags, date);
      CHECK(was == is);
    }
    const auto again = f.restore_well();
    CHECK(again.appended == 0);
    CHECK(again.there == 28);
  }
}
