#include <doctest/doctest.h>

#include <set>

#include "client.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;
using q = field_quirk;

/// Two messages in INBOX, and one quirk.
struct quirky {
  explicit quirky(quirk_use use, bool selected = true) : server(personality::exchange_2016()) {
    server.store().add("INBOX", "Subject: one\r\n\r\ntext\r\n");
    server.store().add("INBOX", "Subject: two\r\n\r\ntext\r\n");
    c = std::make_unique<client>(server.login());
    if (selected) c->command("SELECT INBOX");
    server->quirks().on(std::move(use));
  }
  explicit quirky(field_quirk which, bool selected = true) : quirky(quirk_use{which}, selected) {}

  running_server server;
  std::unique_ptr<client> c;
};

answer log_in(running_server& server) {
  client c = server.connect_tls();
  const auto by = mechanism_for(mechanism::plain, test_user, test_password);
  return c.authenticate(*by);
}

}  // namespace

TEST_CASE("every field quirk has a name and a line of explanation") {
  std::set<std::string_view> names;
  int number = 0;
  for (const field_quirk_entry& entry : field_quirk_table()) {
    CHECK(static_cast<int>(entry.id) == number++);
    CHECK(names.insert(entry.name).second);
    CHECK(field_quirk_named(entry.name) == entry.id);
    CHECK_FALSE(entry.what.empty());
  }
  CHECK(number == static_cast<int>(q::placeholder) + 1);
  CHECK_FALSE(field_quirk_named("nonsense"));
}

TEST_CASE("stray-text, blank-lines, trailing-spaces: between and behind responses") {
  {
    quirky s(q::stray_text);
    CHECK(s.c->raw_lines("FETCH 1:2 UID") == list{"Microsoft.Exchange.Imap4", "* 1 FETCH (UID 1)",
                                                  "Microsoft.Exchange.Imap4", "* 2 FETCH (UID 2)",
                                                  "Microsoft.Exchange.Imap4", "t3 OK FETCH completed."});
    s.server->quirks().off();
    CHECK(s.c->raw_lines("NOOP") == list{"t4 OK NOOP completed."});
  }
  {
    quirk_use use{q::stray_text};
    use.text = "550 5.2.0 odd";
    quirky s(use);
    CHECK(s.c->raw_lines("NOOP").at(0) == "550 5.2.0 odd");
  }
  {
    quirky s(q::blank_lines);
    CHECK(s.c->raw_lines("FETCH 1 UID") == list{"", "* 1 FETCH (UID 1)", "", "t3 OK FETCH completed."});
  }
  quirky s(q::trailing_spaces);
  CHECK(s.c->raw_lines("FETCH 1 UID") == list{"* 1 FETCH (UID 1)  ", "t3 OK FETCH completed.  "});
}

TEST_CASE("line-after-ok, missing-text, stray-continuation: around the tagged response") {
  {
    quirky s(q::line_after_ok);
    CHECK(s.c->raw_lines("NOOP") == list{"t3 OK NOOP completed."});
    CHECK(s.c->read_line() == "Success.");
    CHECK(s.c->raw_lines("NONSENSE").size() == 1);  // no OK
    CHECK(s.c->raw_lines("NOOP").size() == 1);
  }
  {
    quirky s(q::missing_text);
    CHECK(s.c->raw_lines("NOOP") == list{"t3 OK"});
    CHECK(s.c->raw_lines("SELECT INBOX").back() == "t4 OK [READ-WRITE]");
    CHECK(s.c->raw_lines("NONSENSE").at(0).starts_with("t5 BAD "));
  }
  quirky s(q::stray_continuation);
  CHECK(s.c->raw_lines("NOOP") == list{"+ ", "t3 OK NOOP completed."});
}

TEST_CASE("tabs-in-names: a TAB in a name stands there bare, and the name can be selected") {
  quirky s(q::tabs_in_names);
  s.server.store().create("with\ttab");
  CHECK(s.c->command(R"(LIST "" w*)").untagged == list{"LIST () \"/\" with\ttab"});
  CHECK(s.c->command("SELECT \"with\ttab\"").tagged.starts_with("OK"));
  CHECK(s.c->command("SELECT \"no\tsuch\"").tagged.starts_with("BAD"));
}

TEST_CASE("fetch-no-data and listing-no-data: OK and no word of the messages") {
  {
    quirk_use use{q::fetch_no_data};
    use.uids = {2};
    quirky s(use);
    CHECK(s.c->command("UID FETCH 1:2 (UID FLAGS)").untagged.size() == 2);
    const answer got = s.c->command("UID FETCH 1:2 (UID BODY.PEEK[])");
    CHECK(got.untagged.size() == 1);
    CHECK(got.tagged == "OK FETCH completed.");
    CHECK(s.c->command("UID FETCH 2 (UID BODY.PEEK[HEADER])").untagged.empty());
  }
  quirky s(q::listing_no_data);
  CHECK(s.c->command("UID FETCH 1:* (UID FLAGS)").untagged.empty());
  CHECK(s.c->command("UID FETCH 1:* (UID FLAGS)").tagged == "OK FETCH completed.");
}

TEST_CASE("stale-star: n:* gives the old last message although EXISTS grew") {
  quirk_use use{q::stale_star};
  use.times = 1;
  quirky s(use);
  CHECK(s.c->command("UID FETCH 3:* (UID)").untagged == list{"2 FETCH (UID 2)"});  // as RFC 3501 has it
  s.server.store().add("INBOX", "Subject: three\r\n\r\n");
  CHECK(s.c->command("NOOP").has("3 EXISTS"));
  CHECK(s.c->command("UID FETCH 3:* (UID)").untagged == list{"2 FETCH (UID 2)"});
  CHECK(s.c->command("UID FETCH 3:* (UID)").untagged == list{"3 FETCH (UID 3)"});
}

TEST_CASE("numbers-above-exists and shrinking-exists: numbers that do not fit") {
  {
    quirky s(q::numbers_above_exists);
    CHECK(s.c->command("UID FETCH 1:2 (UID)").untagged == list{"3 FETCH (UID 1)", "4 FETCH (UID 2)"});
  }
  quirky s(q::shrinking_exists);
  s.server.store().expunge("INBOX", 1);
  CHECK(s.c->command("NOOP").untagged == list{"1 EXISTS"});
  CHECK(s.c->command("FETCH 1 (UID)").untagged == list{"1 FETCH (UID 2)"});
}

TEST_CASE("server-unavailable, not-connected and error-in-ok: after a good password") {
  {
    quirk_use use{q::server_unavailable};
    use.times = 2;
    quirky s(use, false);
    CHECK(log_in(s.server).tagged == "NO Server Unavailable. 15");
    CHECK(log_in(s.server).tagged == "NO Server Unavailable. 15");
    CHECK(log_in(s.server).tagged == "OK AUTHENTICATE completed.");
    CHECK(s.server->log().totals().failed_logins == 0);
  }
  {
    quirky s(q::not_connected);
    CHECK(s.c->command("SELECT INBOX").tagged == "BAD User is authenticated but not connected.");
    CHECK(s.c->command("UID FETCH 1 (UID)").tagged == "BAD User is authenticated but not connected.");
    CHECK(s.c->command("CAPABILITY").tagged.starts_with("OK"));
    CHECK(s.c->command("LOGOUT").tagged.starts_with("OK"));
  }
  quirky s(q::error_in_ok, false);
  CHECK(log_in(s.server).tagged ==
        R"(OK [Error="ProxyNotAuthenticated" Proxy=mailbox.example.test:1993:SSL] AUTHENTICATE completed.)");
  s.server->quirks().off(q::error_in_ok);
  CHECK(log_in(s.server).tagged == "OK AUTHENTICATE completed.");
}

TEST_CASE("bye-before, bye-between and bye-after: the end at any point") {
  {
    quirk_use use{q::bye_before};
    use.command = "NOOP";
    quirky s(use);
    CHECK(s.c->command("CHECK").tagged.starts_with("OK"));
    s.c->write("x NOOP\r\n");
    CHECK(s.c->read_line() == "* BYE Server shutting down.");
    CHECK(s.c->ended());
  }
  {
    quirk_use use{q::bye_between};
    use.text = "Connection closed. 14";
    quirky s(use);
    s.c->write("x UID FETCH 1:2 (UID)\r\n");
    CHECK(s.c->read_line() == "* 1 FETCH (UID 1)");
    CHECK(s.c->read_line() == "* BYE Connection closed. 14");
    CHECK(s.c->ended());
  }
  quirky s(q::bye_after);
  s.c->write("x NOOP\r\ny NOOP\r\n");
  CHECK(s.c->read_line() == "x OK NOOP completed.");
  CHECK(s.c->read_line() == "* BYE Server shutting down.");
  CHECK(s.c->ended());
}

TEST_CASE("bye-at-greeting and cut-literal: the end before the first word and in the middle of one") {
  {
    quirk_use use{q::bye_at_greeting};
    use.times = 2;
    quirky s(use);
    CHECK(s.c->command("NOOP").tagged.starts_with("OK"));  // who is in stays in
    for (int i = 0; i < 2; ++i) {
      client turned_away = s.server.connect();
      CHECK(turned_away.greeting() == "* BYE Server shutting down.");
      CHECK(turned_away.ended());
    }
    CHECK(s.server.connect().greeting().starts_with("* OK"));
  }
  quirk_use use{q::cut_literal};
  use.uids = {2};
  quirky s(use);
  CHECK(s.c->command("UID FETCH 1:2 (UID FLAGS)").untagged.size() == 2);
  s.c->write("x UID FETCH 1:2 (BODY.PEEK[])\r\n");
  CHECK(s.c->read_response().starts_with("* 1 FETCH (UID 1 BODY[] {22}"));
  CHECK(s.c->read_line() == "* 2 FETCH (UID 2 BODY[] {22}");
  CHECK(s.c->read_exactly(11) == "Subject: tw");
  CHECK(s.c->ended());
}

TEST_CASE("throttled: a time to wait instead of an answer, as often as asked for") {
  quirk_use use{q::throttled};
  use.command = "UID FETCH";
  use.times = 2;
  use.back_off = std::chrono::milliseconds(1500);
  quirky s(use);
  CHECK(s.c->command("CHECK").tagged.starts_with("OK"));
  for (int i = 0; i < 2; ++i) {
    CHECK(s.c->command("UID FETCH 1 (UID)").tagged ==
          "BAD Request is throttled. Suggested Backoff Time: 1500 milliseconds");
  }
  CHECK(s.c->command("UID FETCH 1 (UID)").tagged.starts_with("OK"));
}

TEST_CASE("placeholder: a text in place of a message that cannot be rendered") {
  quirk_use use{q::placeholder};
  use.uids = {2};
  quirky s(use);
  CHECK(s.c->command("UID FETCH 1 (BODY.PEEK[])").untagged.at(0).find("Subject: one") != std::string::npos);
  const std::string got = s.c->command("UID FETCH 2 (BODY.PEEK[])").untagged.at(0);
  CHECK(got.find("Subject: Retrieval using the IMAP4 protocol failed for the following message: 2\r\n") !=
        std::string::npos);
  CHECK(got.find("\r\nSubject: two\r\n") != std::string::npos);
  CHECK(s.c->command("UID FETCH 2 (ENVELOPE)").untagged.at(0).find("\"Retrieval using") != std::string::npos);
}

TEST_CASE("a quirk can be bound to a mailbox, and a hook can switch it on for the command it sees") {
  quirk_use use{q::blank_lines};
  use.mailbox = "other";
  quirky s(use);
  s.server.store().create("other");
  CHECK(s.c->raw_lines("NOOP").size() == 1);
  s.c->command("SELECT other");
  CHECK(s.c->raw_lines("NOOP").size() == 2);
  s.server->quirks().off(q::blank_lines);
  CHECK_FALSE(s.server->quirks().any(q::blank_lines));

  const auto quirks = std::make_shared<field_quirks>();
  running_server server(personality::generic(), [&](server_options& o) {
    o.quirks = quirks;
    o.hooks.on_command = [quirks](const command_seen& seen) -> std::optional<action> {
      quirk_use once{q::blank_lines};
      once.times = 1;
      if (seen.number == 2) quirks->on(once);
      return std::nullopt;
    };
  });
  client c = server.connect();
  CHECK(c.raw_lines("NOOP").size() == 1);
  CHECK(c.raw_lines("NOOP").size() == 2);
  CHECK(c.raw_lines("NOOP").size() == 1);
}

}  // namespace outmap::exchange::test
