// A message is complete with its whole literal and the tagged OK: what comes without it is kept and asked for again.
#include <doctest/doctest.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

#include "double/linked_fixture.hpp"
#include "double/spoken_bodies.hpp"
#include "outmap/store.hpp"
#include "outmap/verify.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

namespace fs = std::filesystem;
using exchange::command_seen;

/// How a command that asks for bodies ends, and with what octets; nothing: the server answers as ever.
struct ending {
  std::string tagged;      ///< behind the tag; empty: the link ends there
  std::string bye;         ///< before that
  std::string appendix{};  ///< to each message
};

struct unconfirmed_fixture : double_fixture {
  /// Called with what each command asks for; on the server's threads, one at a time.
  std::function<std::optional<ending>(const std::vector<std::uint32_t>& uids)> end;
  std::vector<std::vector<std::uint32_t>> asked;
  std::mutex one_at_a_time;

  unconfirmed_fixture() {
    config.connections = 1;
    options.hooks.on_command = [this](const command_seen& c) -> std::optional<exchange::action> {
      if (!asks_for_bodies(c)) return std::nullopt;
      const std::lock_guard lock(one_at_a_time);
      asked.push_back(asked_uids(c, server->store()));
      const auto how = end ? end(asked.back()) : std::nullopt;
      return how ? std::optional(answer(c, *how)) : std::nullopt;
    };
  }

  exchange::action answer(const command_seen& c, const ending& how) {
    exchange::action out;
    out.instead =
        spoken_bodies(c, server->store(), [&](const exchange::message& m) { return *m.octets + how.appendix; }) +
        how.bye;
    if (how.tagged.empty())
      out.close = true;
    else
      *out.instead += c.tag + ' ' + how.tagged + "\r\n";
    return out;
  }
  void fill(unsigned count) {
    for (unsigned i = 1; i <= count; ++i) mail().add("INBOX", text_of_size(300, i));
  }
  /// The first `times` of them end so, the others well.
  void end_first(int times, ending how) {
    end = [left = times, how](const auto&) mutable { return left-- > 0 ? std::optional(how) : std::nullopt; };
  }
  [[nodiscard]] stored_folder inbox() const {
    auto opened = store::open(config.cache);
    REQUIRE(opened);
    auto folder = opened->folder("INBOX");
    REQUIRE(folder);
    return *folder;
  }
  /// What stands in the segments: a second copy of a body would be seen.
  [[nodiscard]] std::uintmax_t mail_octets() const {
    std::uintmax_t out = 0;
    for (const auto& f : fs::directory_iterator(config.cache.native() + ".mail")) out += f.file_size();
    return out;
  }
  void check_confirmed(unsigned messages) {
    CHECK(inbox().unconfirmed == 0);
    CHECK(inbox().quarantined == 0);
    CHECK(inbox().bodies == messages);
    check_equal("INBOX");
    asked.clear();
    run_well();
    CHECK(asked.empty());
  }
};

const ending refused{"NO Some of the messages could not be fetched.", ""};
const ending rejected{"BAD Command is not valid.", ""};
const ending bye{"", "* BYE Server is shutting down.\r\n"};
const ending cut{"", ""};

}  // namespace

TEST_CASE_FIXTURE(unconfirmed_fixture,
                  "OIMAP-V0070 a NO or BAD behind bodies: all are asked for once more, and stored once") {
  fill(40);
  for (const auto& how : {refused, rejected}) {
    CAPTURE(how.tagged);
    fs::remove(config.cache);
    fs::remove_all(config.cache.native() + ".mail");
    asked.clear();
    end_first(1, how);
    const auto report = run_well();
    CHECK(report.folders.at(0).bodies == 40);
    // The one that was refused, and small ones.
    REQUIRE(asked.size() == 3);
    CHECK(asked[0].size() == 40);
    CHECK(asked[1].size() + asked[2].size() == 40);
    CHECK(asked[1].size() <= 32);
    CHECK(asked[2].size() <= 32);
    const auto octets = mail_octets();
    check_confirmed(40);
    CHECK(octets < 40 * 600);
  }
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "a server that has no word for one message, and says NO, costs that one alone") {
  fill(40);
  options.hooks.on_command = nullptr;
  server->set_hooks({{}, {}, [](std::string_view, std::uint32_t uid) {
                       return uid == 7 ? exchange::fetch_fault::refused : exchange::fetch_fault::none;
                     }});
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::incomplete);
  CHECK(report.folders.at(0).quarantined == 1);
  CHECK(inbox().unconfirmed == 0);
  CHECK(inbox().quarantined == 1);
  CHECK(inbox().bodies == 39);
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "NTLM-PB9 other octets with an OK win over those of a refused command") {
  fill(5);
  end_first(1, {refused.tagged, "", "half rendered\r\n"});
  run_well();
  check_confirmed(5);
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "a second refusal: quarantine, and what the server sent is kept") {
  fill(6);
  end = [](const std::vector<std::uint32_t>& uids) {
    return uids.front() <= 3 && 3 <= uids.back() ? std::optional(refused) : std::nullopt;
  };
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::incomplete);
  CHECK(report.folders.at(0).quarantined == 1);
  CHECK(report.folders.at(0).bodies == 6);
  CHECK(inbox().quarantined == 1);
  CHECK(inbox().unconfirmed == 1);
  check_equal("INBOX");
  REQUIRE_FALSE(watch.lines.empty());
  CHECK(watch.lines.back().find("what it sent is kept") != std::string::npos);

  // It is in nobody's way, and a new UIDVALIDITY costs no mail either.
  run();
  check_equal("INBOX");
  mail().change_uid_validity("INBOX");
  run();
  check_equal("INBOX");
  CHECK(inbox().unconfirmed >= 1);

  end = nullptr;
  sync_options again;
  again.retry_quarantined = true;
  run_well(again);
  check_confirmed(6);
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "a server that says NO behind all bodies: the run ends, and they are all kept") {
  fill(60);
  end = [](const auto&) { return std::optional(refused); };
  const auto report = run();
  REQUIRE(report.failure);
  CHECK(report.failure->code == errc::incomplete);
  CHECK(report.folders.at(0).quarantined == 60);
  CHECK(inbox().quarantined == 60);
  CHECK(inbox().unconfirmed == 60);
  check_equal("INBOX");
  // All, in two halves, one by one.
  CHECK(asked.size() <= 1 + 2 + 60);
  const auto octets = mail_octets();
  CHECK(octets < 60 * 600);
  const auto checked = verify_store(config.cache, std::atomic<bool>(false));
  REQUIRE(checked);
  CHECK(checked->mismatches == 0);

  end = nullptr;
  sync_options again;
  again.retry_quarantined = true;
  run_well(again);
  CHECK(mail_octets() == octets);
  check_confirmed(60);
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "a BYE, or a link that ends, between the last body and the OK") {
  fill(12);
  for (const auto& how : {bye, cut}) {
    CAPTURE(how.bye);
    fs::remove(config.cache);
    fs::remove_all(config.cache.native() + ".mail");
    end_first(1, how);
    asked.clear();
    const auto report = run();
    REQUIRE(report.failure);
    CHECK(report.failure->code == (how.bye.empty() ? errc::connection_lost : errc::server_bye));
    check_equal("INBOX");
    CHECK(inbox().unconfirmed == 12);
    const auto octets = mail_octets();
    asked.clear();
    run_well();
    // One by one: the link may be cut again.
    CHECK(asked.size() == 12);
    CHECK(mail_octets() == octets);
    check_confirmed(12);
  }
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "NTLM-PB9 what a lost link has brought makes way for what comes with an OK") {
  fill(5);
  end_first(1, {"", "", "half rendered\r\n"});
  CHECK(run().failure);
  CHECK_FALSE((held("INBOX") == served("INBOX")));
  CHECK(inbox().unconfirmed == 5);
  sync_options quick;
  quick.depth = sync_depth::quick;
  run_well(quick);
  check_confirmed(5);
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "what was expunged before its OK came is kept as any other expunged message") {
  fill(3);
  end_first(1, cut);
  CHECK(run().failure);
  mail().expunge("INBOX", 2);
  run_well();
  CHECK(inbox().unconfirmed == 0);
  CHECK(inbox().expunged == 1);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(unconfirmed_fixture, "a message that is fetched on demand is confirmed in the same way") {
  fill(4);
  config.bodies = body_mode::none;
  run_well();
  const auto fetch = [&] {
    uid_set wanted;
    wanted.add({uid{2}, uid{3}});
    auto got = account(config, &watch).fetch(mailbox_name("INBOX"), wanted);
    REQUIRE(got);
    return *got;
  };
  end = [](const auto&) { return std::optional(ending{refused.tagged, "", "half rendered\r\n"}); };
  auto got = fetch();
  REQUIRE(got.failure);
  CHECK(got.quarantined.size() == 2);
  CHECK(got.fetched.empty());
  CHECK(inbox().bodies == 2);
  CHECK(inbox().unconfirmed == 2);
  end = nullptr;
  got = fetch();
  CHECK_FALSE(got.failure);
  CHECK(got.fetched.size() == 2);
  CHECK(inbox().unconfirmed == 0);
  CHECK(inbox().quarantined == 0);
  CHECK(held("INBOX").at(2).second == served("INBOX").at(2).second);
  asked.clear();
  CHECK(fetch().here.size() == 2);
  CHECK(asked.empty());
}

TEST_CASE_FIXTURE(linked_fixture,
                  "cut at the octets from the first body to the OK, nothing is lost and all is confirmed") {
  if (std::getenv("OUTMAP_PERSONALITY") != nullptr) return;
  begin();
  for (unsigned i = 1; i <= 3; ++i) mail().add("INBOX", text_of_size(90, i));
  config.wait_for_logout = true;
  const auto whole = [&] {
    run_well();
    return link->last().of_server;
  }();
  const auto texts = 3 * text_of_size(90, 1).size();
  std::uint64_t unconfirmed_seen = 0;
  // Each takes two syncs: every octet where it is asked for.
  const std::uint64_t step = std::getenv("OUTMAP_EVERY_OCTET") != nullptr ? 1
                             : std::getenv("OUTMAP_CUT_STEP") != nullptr  ? 19
                                                                          : 3;
  // Behind the answers: those to LOGOUT.
  for (auto at = whole - texts - 400; at < whole; at += step) {
    CAPTURE(at);
    fs::remove(config.cache);
    fs::remove_all(config.cache.native() + ".mail");
    link->cut_next_after(cutting_proxy::never, at);
    static_cast<void>(run());
    {
      auto opened = store::open(config.cache);
      REQUIRE(opened);
      unconfirmed_seen += opened->folder("INBOX")->unconfirmed;
      for (const auto& [uid, message] : held("INBOX")) {
        if (!message.second.empty()) CHECK(message.second == served("INBOX").at(uid).second);
      }
    }
    run_well();
    check_equal("INBOX");
    CHECK(store::open(config.cache)->folder("INBOX")->unconfirmed == 0);
  }
  CHECK(unconfirmed_seen > 100 / step);
}

TEST_CASE_FIXTURE(linked_fixture, "a link that is cut again and again carries some messages to the end each time") {
  if (std::getenv("OUTMAP_PERSONALITY") != nullptr) return;
  begin();
  constexpr unsigned messages = 120;
  for (unsigned i = 1; i <= messages; ++i) mail().add("INBOX", text_of_size(2000, i));
  config.received = received_date::header;
  // Some ten messages behind login and listing.
  constexpr std::uint64_t a_link_lasts = 30'000;
  unsigned runs = 0;
  std::uint64_t octets = 0;
  bool complete = false;
  while (!complete && runs < 60) {
    ++runs;
    link->cut_next_after(cutting_proxy::never, a_link_lasts);
    const auto report = run();
    complete = !report.failure;
    octets += report.octets_read;
    // What is lost is never more than what one link carries.
    CHECK(store::open(config.cache)->folder("INBOX")->unconfirmed <= a_link_lasts / 2000);
  }
  CHECK(complete);
  check_equal("INBOX");
  CHECK(store::open(config.cache)->folder("INBOX")->unconfirmed == 0);
  CAPTURE(octets);
  CHECK(runs <= 2 * messages * 2000 / a_link_lasts + 12);
}
