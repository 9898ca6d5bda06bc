#include "scripted_session.hpp"

using namespace outmap;

TEST_CASE("OIMAP-2.1.2 LOGOUT waits for its answer, or closes at once where the account says so") {
  test::play_session("C: {e} LOGOUT\nS: * BYE see you\nS: {e} OK done\n",
                     [](session::session& on) -> asio::awaitable<void> { co_await on.logout(); });
  // The script holds no answer: reading one would lose the connection, and the line has been sent all the same.
  test::play_session("C: {e} LOGOUT\n", [](session::session& on) -> asio::awaitable<void> {
    co_await on.logout(false);
    CHECK(on.octets_read() > 0);
    char one = 0;
    const auto more = co_await on.over().read_some(std::span<char>(&one, 1));
    CHECK_FALSE(more);
  });
}

TEST_CASE("OIMAP-V0011 OIMAP-V0064 after BYE no LOGOUT is sent, and the text of BYE is only the detail of the error") {
  test::play_session("C: {e} NOOP\nS: * BYE Server Unavailable. 15\n",
                     [](session::session& on) -> asio::awaitable<void> {
                       session::unsolicited listen;
                       std::string alerts;
                       listen.alert = [&](std::string_view text) { alerts += text; };
                       on.set_unsolicited(listen);
                       const profile::command noop = profile::noop_command{};
                       const auto got = co_await on.execute(noop);
                       REQUIRE_FALSE(got);
                       CHECK(got.error().code == errc::server_bye);
                       CHECK(alerts == "");
                       co_await on.logout();
                     });
}
