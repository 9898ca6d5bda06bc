// Idle sessions against a server on loopback.
#include "session/keep_alive.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>

#include "exchange/server.hpp"
#include "session/connector.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using namespace std::chrono_literals;

namespace {

struct idle_fixture {
  exchange::server_options options;
  std::unique_ptr<exchange::server> server;
  test::temp_dir dir;
  account_config account;
  asio::io_context loop{1};
  net::interrupter stop;
  session::machine_clock time{loop.get_executor()};
  session::keep_alive_options how;
  std::unique_ptr<session::keep_alive> alive;
  std::function<void(wire::response&)> on_data;
  result<void> outcome = fail(errc::internal, "did not end");
  bool still_usable = false;

  idle_fixture() {
    options.accounts = {{"anna", secret("s3cret")}};
    account.host = "localhost";
    account.user = "anna";
    account.password = secret("s3cret");
    account.timeout = 20s;
  }

  // From the threads of the server.
  void stop_soon() {
    asio::post(loop, [this] {
      if (alive) alive->stop();
    });
  }
  void stop_at(std::string name, std::size_t times) {
    options.hooks.on_command = [this, name = std::move(name), times,
                                seen = std::make_shared<std::atomic<std::size_t>>(0)](
                                   const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.name == name && ++*seen == times) stop_soon();
      return std::nullopt;
    };
  }

  asio::awaitable<void> work() {
    session::surroundings with{stop, nullptr, auth::system_random(), [] { return std::uint64_t{133500000000000000}; },
                               {},   {}};
    with.listen.data = on_data;
    session::connector connect(account, std::move(with));
    auto on = co_await connect.log_in();
    REQUIRE_MESSAGE(on, on.error().message());
    const profile::command open = profile::select_command{mailbox_name("INBOX")};
    CHECK(co_await (*on)->execute(open));
    alive = std::make_unique<session::keep_alive>(**on, time, loop.get_executor(), how);
    outcome = co_await alive->run();
    alive.reset();
    if (!outcome) co_return;
    const profile::command noop = profile::noop_command{};
    still_usable = (co_await (*on)->execute(noop)).has_value();
    co_await (*on)->logout();
  }

  void run() {
    server = std::make_unique<exchange::server>(options);
    REQUIRE(server->start());
    account.port = server->tls_port();
    account.ca_file = dir / "ca.pem";
    REQUIRE(server->write_ca(account.ca_file));
    asio::co_spawn(loop, work(), [](const std::exception_ptr& e) {
      if (e) std::rethrow_exception(e);
    });
    loop.run();
  }

  // What was sent after SELECT.
  std::vector<std::string> idle_lines() {
    const auto all = server->log().lines();
    const auto select = std::ranges::find(all, "SELECT INBOX");
    REQUIRE(select != all.end());
    return {select + 1, all.end()};
  }
};

}  // namespace

TEST_CASE("OIMAP-V0025 no more than 10 minutes pass between two commands") {
  const session::keep_alive_options usual;
  CHECK(usual.noop_interval < 10min);
  CHECK(usual.poll_interval <= usual.noop_interval);
}

TEST_CASE_FIXTURE(idle_fixture, "OIMAP-V0028 IDLE is ended by DONE for a NOOP, and begins again") {
  how.noop_interval = 1ms;
  stop_at("NOOP", 3);
  run();
  REQUIRE_MESSAGE(outcome, outcome.error().message());
  CHECK(still_usable);
  const auto lines = idle_lines();
  std::vector<std::string> expected;
  for (int i = 0; i < 3; ++i) expected.insert(expected.end(), {"IDLE", "DONE", "NOOP"});
  REQUIRE(lines.size() >= expected.size());
  CHECK(std::equal(expected.begin(), expected.end(), lines.begin()));
}

TEST_CASE_FIXTURE(idle_fixture,
                  "OIMAP-V0028 XIMAP-V0047 a server without IDLE is polled by NOOP, and no IDLE is sent") {
  std::erase(options.behaves.extensions, "IDLE");
  how.poll_interval = 1ms;
  stop_at("NOOP", 4);
  run();
  REQUIRE_MESSAGE(outcome, outcome.error().message());
  CHECK(still_usable);
  CHECK(server->log().count("IDLE") == 0);
  CHECK(server->log().count("NOOP") >= 4);
}

TEST_CASE_FIXTURE(idle_fixture, "OIMAP-V0028 a server that lists IDLE and refuses it is polled") {
  how.noop_interval = 1ms;
  options.hooks.on_command = [this, noops = std::make_shared<std::atomic<int>>(0)](
                                     const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name == "NOOP" && ++*noops == 2) stop_soon();
    if (c.name != "IDLE") return std::nullopt;
    exchange::action refuse;
    refuse.instead = c.tag + " NO not now\r\n";
    return refuse;
  };
  run();
  CHECK_MESSAGE(outcome, outcome.error().message());
  CHECK(server->log().count("IDLE") == 1);
}

TEST_CASE_FIXTURE(idle_fixture, "OIMAP-V0024 OIMAP-V0069 what comes while idle reaches the listener") {
  std::uint32_t exists = 0;
  on_data = [&](wire::response& data) {
    const auto* number = std::get_if<wire::exists_data>(&data);
    if (number == nullptr || number->count != 17) return;
    exists = number->count;
    alive->stop();
  };
  options.hooks.on_command = [this](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "IDLE") return std::nullopt;
    exchange::action push;
    push.before = "* 17 EXISTS\r\n* 3 RECENT\r\n";
    return push;
  };
  run();
  CHECK_MESSAGE(outcome, outcome.error().message());
  CHECK(exists == 17);
  CHECK(still_usable);
}

TEST_CASE_FIXTURE(idle_fixture, "a quiet IDLE outlives the timeout for answers, and a lost connection ends it") {
  account.timeout = 500ms;
  how.noop_interval = 800ms;
  stop_at("NOOP", 1);
  SUBCASE("quiet") {
    run();
    CHECK_MESSAGE(outcome, outcome.error().message());
  }
  SUBCASE("cut") {
    options.hooks.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
      if (c.name != "IDLE") return std::nullopt;
      exchange::action cut;
      cut.instead = "+ idling\r\n";
      cut.close = true;
      return cut;
    };
    run();
    REQUIRE_FALSE(outcome);
    CHECK(outcome.error().code == errc::connection_lost);
  }
}
