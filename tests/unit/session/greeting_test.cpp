// What a link that breaks around the greeting is taken for.
#include <asio/detached.hpp>

#include <algorithm>
#include <optional>
#include <string>

#include "scripted_session.hpp"

using namespace outmap;

namespace {

/// The error of a session whose server says that much and hangs up; nothing: there was none.
std::optional<errc> greeted_by(const std::string& script) {
  asio::io_context loop;
  const auto zeros = [](std::span<unsigned char> out) { std::ranges::fill(out, static_cast<unsigned char>(0)); };
  session::session on(std::make_unique<test::scripted_transport>(test::read_transcript(script), test::play_options{}),
                      {}, zeros, nullptr);
  std::optional<errc> out;
  asio::co_spawn(
      loop,
      [&]() -> asio::awaitable<void> {
        const auto got = co_await on.greeting();
        if (!got) out = got.error().code;
      },
      asio::detached);
  loop.run();
  return out;
}

}  // namespace

TEST_CASE("a greeting that breaks off is a lost connection; what is no greeting, or nothing, is no IMAP server") {
  CHECK(greeted_by("S: * OK ready\n") == std::nullopt);
  CHECK(greeted_by("S- *\n") == errc::connection_lost);
  CHECK(greeted_by("S- * OK rea\n") == errc::connection_lost);
  CHECK(greeted_by("S- * OK ready\\r\n") == errc::connection_lost);
  CHECK(greeted_by("") == errc::not_imap);
  CHECK(greeted_by("S- 220 mail.exam\n") == errc::not_imap);
  CHECK(greeted_by("S: 220 mail.example.com ESMTP\n") == errc::not_imap);
}
