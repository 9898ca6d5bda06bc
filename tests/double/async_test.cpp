// The requests of a background_account by Asio's completion tokens.
#include "outmap/async.hpp"

#include <doctest/doctest.h>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/bind_executor.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/use_awaitable.hpp>
#include <asio/use_future.hpp>

#include <future>
#include <memory>
#include <optional>

#include "double_fixture.hpp"
#include "outmap/outbox.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct asio_app : double_fixture {
  asio_app() {
    for (unsigned i = 0; i < 5; ++i) mail().add("INBOX", text_of_size(300, i));
  }
};

asio::awaitable<void> both(background_account& on, std::optional<sync_report>& out) {
  const auto folders = co_await async_folders(on, false, asio::use_awaitable);
  REQUIRE(folders);
  auto how = sync_options{};
  auto done = co_await async_sync(on, std::move(how), asio::use_awaitable);
  REQUIRE(done);
  out = std::move(*done);
}

// Counts new messages, on the account's thread, and says when there are enough.
struct arrivals final : observer {
  explicit arrivals(std::size_t wanted) : missing(wanted) {}
  void on_message_new(std::string_view /*folder*/, uid) noexcept override {
    if (missing != 0 && --missing == 0) enough.set_value();
  }
  std::size_t missing;
  std::promise<void> enough;
};

}  // namespace

TEST_CASE_FIXTURE(asio_app, "a coroutine awaits requests on its own executor") {
  asio::io_context loop;
  background_account on(config);
  std::optional<sync_report> report;
  asio::co_spawn(loop, both(on, report), asio::detached);
  loop.run();
  REQUIRE(report);
  CHECK_FALSE(report->failure);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(asio_app, "a future is waited for") {
  background_account on(config);
  auto probed = async_probe(on, asio::use_future);
  auto logged_in = async_login(on, asio::use_future);
  CHECK(logged_in.get());
  CHECK(probed.get());
}

TEST_CASE_FIXTURE(asio_app, "what the user changes is sent, and bodies come when they are wanted") {
  config.bodies = body_mode::none;
  background_account on(config);
  const auto headers = async_sync(on, {}, asio::use_future).get();
  REQUIRE(headers);
  auto box = outbox::open(config.cache);
  REQUIRE(box);
  uid_set first;
  first.add(uid{1});
  const mailbox_name inbox("INBOX");
  REQUIRE(box->mark(inbox, first, {std::uint8_t(system_flag::flagged), 0}));
  const auto sent = async_send_outbox(on, asio::use_future).get();
  REQUIRE(sent);
  CHECK(sent->sent == 1);
  CHECK(served("INBOX").at(1).first.find("\\Flagged") != std::string::npos);
  const auto fetched = async_fetch(on, inbox, first, asio::use_future).get();
  REQUIRE(fetched);
  CHECK(fetched->fetched.to_string() == "1");
}

TEST_CASE_FIXTURE(asio_app, "a callback that can only be moved is called once, on its executor") {
  asio::io_context loop;
  background_account on(config);
  int calls = 0;
  std::thread::id where;
  async_login(on, asio::bind_executor(loop, [&, only = std::make_unique<int>(1)](const result<login_report>& got) {
                calls += *only;
                where = std::this_thread::get_id();
                CHECK(got);
              }));
  loop.run();
  CHECK(calls == 1);
  CHECK((where == std::this_thread::get_id()));
}

TEST_CASE_FIXTURE(asio_app, "a cancellation slot cancels the request") {
  std::promise<void> reached;
  std::promise<void> go_on;
  auto released = go_on.get_future().share();
  exchange::hooks hooks;
  hooks.on_command = [&, told = false](const exchange::command_seen& c) mutable -> std::optional<exchange::action> {
    if (c.name != "UID FETCH" || std::exchange(told, true)) return std::nullopt;
    reached.set_value();
    released.wait();
    return std::nullopt;
  };
  server->set_hooks(hooks);
  asio::io_context loop;
  background_account on(config);
  asio::cancellation_signal stop;
  std::optional<result<sync_report>> ended;
  async_sync(on, {}, asio::bind_cancellation_slot(stop.slot(), asio::bind_executor(loop, [&](result<sync_report> got) {
                                                    ended = std::move(got);
                                                  })));
  reached.get_future().wait();
  stop.emit(asio::cancellation_type::terminal);
  go_on.set_value();
  loop.run();
  REQUIRE(ended);
  REQUIRE(*ended);
  REQUIRE((*ended)->failure);
  CHECK((*ended)->failure->code == errc::cancelled);
  // Too late for anything.
  stop.emit(asio::cancellation_type::terminal);
}

TEST_CASE_FIXTURE(asio_app, "a watch gives way to requests, is cancelled by its slot and gives its report") {
  arrivals first(5);
  asio::io_context loop;
  background_account on(config, &first);
  asio::cancellation_signal stop;
  std::optional<result<watch_report>> ended;
  async_watch(on, {},
              asio::bind_cancellation_slot(
                  stop.slot(), asio::bind_executor(loop, [&](result<watch_report> got) { ended = std::move(got); })));
  first.enough.get_future().wait();
  const auto second = async_watch(on, {}, asio::use_future).get();
  REQUIRE_FALSE(second);
  CHECK(second.error().code == errc::invalid_argument);
  CHECK(async_sync(on, {}, asio::use_future).get());
  CHECK_FALSE(ended);
  stop.emit(asio::cancellation_type::terminal);
  loop.run();
  REQUIRE(ended);
  CHECK(*ended);
  // Too late for anything.
  stop.emit(asio::cancellation_type::terminal);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(asio_app,
                  "a watch that is cancelled before it began completes, too, and so does one that cannot work") {
  config.password = secret("wrong");
  asio::io_context loop;
  background_account on(config);
  const auto refused = async_watch(on, {}, asio::use_future).get();
  REQUIRE_FALSE(refused);
  CHECK(refused.error().code == errc::authentication_failed);
  watch_options nowhere;
  nowhere.folder = "";
  CHECK_FALSE(async_watch(on, nowhere, asio::use_future).get());

  asio::cancellation_signal stop;
  int calls = 0;
  async_watch(on, {},
              asio::bind_cancellation_slot(stop.slot(),
                                           asio::bind_executor(loop, [&](const result<watch_report>&) { ++calls; })));
  stop.emit(asio::cancellation_type::total);
  loop.run();
  CHECK(calls == 1);
}
