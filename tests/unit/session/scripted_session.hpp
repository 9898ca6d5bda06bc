// A session that talks to a script.
#pragma once

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include <functional>
#include <random>
#include <string>
#include <utility>

#include "session/session.hpp"
#include "support/scripted_transport.hpp"

namespace outmap::test {

/// Greets, logs in, selects INBOX and then runs `work`; `rest` is the script from there on, with tags from {e}. Fails
/// the running test unless the script is played to its end.
inline void play_session(const std::string& rest, const std::function<asio::awaitable<void>(session::session&)>& work) {
  static const std::string opening =
      "S: * OK ready\nC: {a} CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: {a} OK done\nC: {b} LOGIN anna \"pw\"\nS: "
      "{b} OK done\n"
      "C: {c} CAPABILITY\nS: * CAPABILITY IMAP4rev1 IDLE\nS: {c} OK done\nC: {d} SELECT INBOX\nS: * 3 EXISTS\n"
      "S: * OK [UIDVALIDITY 7] ok\nS: {d} OK done\n";
  auto over = std::make_unique<scripted_transport>(read_transcript(opening + rest), play_options{});
  auto* seam = over.get();
  asio::io_context loop{1};
  const auto random = [source = std::mt19937(1)](std::span<unsigned char> out) mutable {
    for (auto& octet : out) octet = static_cast<unsigned char>(source());
  };
  session::session on(std::move(over), limits{}, random, nullptr);
  const auto run = [&]() -> asio::awaitable<void> {
    CHECK(co_await on.greeting());
    CHECK(co_await on.ask_capabilities());
    const profile::command login = profile::login_command{"anna", secret("pw")};
    CHECK(co_await on.execute(login));
    CHECK(co_await on.ask_capabilities());
    const profile::command open = profile::select_command{mailbox_name("INBOX")};
    CHECK(co_await on.execute(open));
    co_await work(on);
  };
  asio::co_spawn(loop, run(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  CHECK(seam->mismatch() == "");
  CHECK(seam->played_to_end());
}

}  // namespace outmap::test
