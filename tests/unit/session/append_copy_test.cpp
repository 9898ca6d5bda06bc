// What the profile says of writing commands, as a session sends them.
#include "scripted_session.hpp"

using namespace outmap;

namespace {

profile::append_command draft() {
  return {mailbox_name("Drafts"), flag_set(static_cast<std::uint8_t>(system_flag::draft)), {}, "Subject: half\r\n\r\n"};
}

}  // namespace

TEST_CASE("OIMAP-V0046 a draft without To, From and Date is appended as it is") {
  test::play_session("C: {e} APPEND Drafts (\\Draft) {17}\nS: + go on\nC: Subject: half\nC: \nC: \nS: {e} OK done\n",
                     [](session::session& on) -> asio::awaitable<void> {
                       const profile::command append = draft();
                       CHECK(co_await on.execute(append));
                     });
}

TEST_CASE("OIMAP-V0047 a refused APPEND with TRYCREATE is an error with the server's text, and no CREATE follows") {
  test::play_session(
      "C: {e} APPEND Drafts (\\Draft) {17}\nS: {e} NO [TRYCREATE] no such mailbox\nC: {f} NOOP\nS: {f} OK done\n",
      [](session::session& on) -> asio::awaitable<void> {
        const profile::command append = draft();
        const auto got = co_await on.execute(append);
        REQUIRE_FALSE(got);
        CHECK(got.error().code == errc::command_refused);
        CHECK(got.error().server_text == "no such mailbox");
        const profile::command noop = profile::noop_command{};
        CHECK(co_await on.execute(noop));
      });
}

TEST_CASE("OIMAP-V0048 the same commands are sent after an APPEND with and without EXISTS, and no CHECK") {
  for (const std::string exists : {"", "S: * 4 EXISTS\n"}) {
    test::play_session("C: {e} APPEND Drafts (\\Draft) {17}\nS: + go on\nC: Subject: half\nC: \nC: \n" + exists +
                           "S: {e} OK done\nC: {f} NOOP\nS: {f} OK done\n",
                       [](session::session& on) -> asio::awaitable<void> {
                         const profile::command append = draft();
                         CHECK(co_await on.execute(append));
                         const profile::command noop = profile::noop_command{};
                         CHECK(co_await on.execute(noop));
                       });
  }
}

TEST_CASE("OIMAP-V0058 a refused COPY with TRYCREATE is an error, and no CREATE follows") {
  test::play_session("C: {e} UID COPY 3:5,9 Gone\nS: {e} NO [TRYCREATE] no such mailbox\nC: {f} NOOP\nS: {f} OK done\n",
                     [](session::session& on) -> asio::awaitable<void> {
                       const profile::command copy = profile::uid_copy_command{{"3:5,9"}, mailbox_name("Gone")};
                       const auto got = co_await on.execute(copy);
                       REQUIRE_FALSE(got);
                       CHECK(got.error().code == errc::command_refused);
                       const profile::command noop = profile::noop_command{};
                       CHECK(co_await on.execute(noop));
                     });
}

TEST_CASE("OIMAP-V0019 XIMAP-C0002 a refused CREATE reaches the user with the server's text, and the session goes on") {
  for (const std::string answer : {"NO", "BAD"}) {
    test::play_session(
        "C: {e} CREATE \"a%b*c\"\nS: {e} " + answer + " wildcards are not allowed\nC: {f} NOOP\nS: {f} OK done\n",
        [&](session::session& on) -> asio::awaitable<void> {
          const profile::command create = profile::create_command{mailbox_name("a%b*c")};
          const auto got = co_await on.execute(create);
          REQUIRE_FALSE(got);
          CHECK(got.error().code == (answer == "NO" ? errc::command_refused : errc::command_rejected));
          CHECK(got.error().server_text == "wildcards are not allowed");
          const profile::command noop = profile::noop_command{};
          CHECK(co_await on.execute(noop));
        });
  }
}

TEST_CASE("OIMAP-V0039 OIMAP-V0038 OIMAP-V0068 a STORE is tried whatever READ-ONLY, PERMANENTFLAGS and FLAGS say") {
  test::play_session(
      "C: {e} SELECT Box\nS: * FLAGS ()\nS: * 3 EXISTS\nS: * OK [UIDVALIDITY 3] ok\nS: * OK [PERMANENTFLAGS ()] none\n"
      "S: {e} OK [READ-ONLY] done\nC: {f} UID STORE 3 +FLAGS.SILENT (\\Seen)\nS: {f} NO it is read-only\n",
      [](session::session& on) -> asio::awaitable<void> {
        const profile::command open = profile::select_command{mailbox_name("Box")};
        CHECK(co_await on.execute(open));
        const profile::command store =
            profile::uid_store_command{{"3"}, profile::store_form::add_seen_silent, {}};
        const auto got = co_await on.execute(store);
        REQUIRE_FALSE(got);
        CHECK(got.error().code == errc::command_refused);
        CHECK(got.error().server_text == "it is read-only");
      });
}

TEST_CASE("OIMAP-V0057 a copy has the date and flags that the server gave it, and nothing is repaired") {
  for (const std::string recent : {"", "\\Recent "}) {
    test::play_session(
        "C: {e} UID COPY 3 Copies\nS: {e} OK done\nC: {f} SELECT Copies\nS: * 1 EXISTS\nS: * OK [UIDVALIDITY 3] ok\nS: "
        "{f} OK done\n"
        "C: {g} UID FETCH 1:* (UID FLAGS RFC822.SIZE BODY.PEEK[HEADER] INTERNALDATE)\n"
        "S: * 1 FETCH (UID 1 FLAGS (" +
            recent +
            "\\\\Seen) RFC822.SIZE 9 BODY[HEADER] \"A: b\" INTERNALDATE \"21-Nov-2026 07:00:00 +0000\")\n"
            "S: {g} OK done\nC: {h} LOGOUT\nS: * BYE\nS: {h} OK done\n",
        [](session::session& on) -> asio::awaitable<void> {
          const profile::command copy = profile::uid_copy_command{{"3"}, mailbox_name("Copies")};
          CHECK(co_await on.execute(copy));
          const profile::command open = profile::select_command{mailbox_name("Copies")};
          CHECK(co_await on.execute(open));
          struct keeper final : session::responder {
            std::optional<wire::fetch_data> message;
            void on_data(wire::response& data) override {
              if (auto* fetched = std::get_if<wire::fetch_data>(&data)) message = std::move(*fetched);
            }
          } answer;
          const profile::command look = profile::uid_fetch_command{
              profile::message_set::all(), profile::header_form(profile::dialect::imap4rev1, true)};
          CHECK(co_await on.execute(look, &answer));
          REQUIRE(answer.message);
          REQUIRE(answer.message->date);
          CHECK(answer.message->date->unix_seconds == 1795244400);
          REQUIRE(answer.message->flags);
          CHECK(answer.message->flags->to_string() == "\\Seen");
          co_await on.logout();
        });
  }
}
