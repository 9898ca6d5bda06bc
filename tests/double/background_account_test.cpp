// An account on a thread of its own, as an app with an event loop uses it.
#include "outmap/background_account.hpp"

#include <doctest/doctest.h>

#include <future>
#include <optional>
#include <set>
#include <thread>

#include "app_thread.hpp"
#include "double_fixture.hpp"
#include "outmap/store.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct noting final : observer {
  std::set<std::thread::id> threads;
  std::vector<std::string> folders;
  std::size_t progresses = 0;
  progress last;
  void on_folder_done(const folder_report& r) noexcept override {
    threads.insert(std::this_thread::get_id());
    folders.push_back(r.name);
  }
  std::size_t connections = 0;
  std::vector<std::uint32_t> fresh;
  void on_connected() noexcept override { ++connections; }
  void on_message_new(std::string_view, uid which) noexcept override { fresh.push_back(which.value); }
  void on_progress(const progress& p) noexcept override {
    threads.insert(std::this_thread::get_id());
    ++progresses;
    last = p;
    last.folder = {};
  }
};

struct app : double_fixture {
  app_thread loop;
  noting seen;
  app() {
    for (unsigned i = 0; i < 20; ++i) mail().add("INBOX", text_of_size(3000, i));
  }
  // Answers one command of the name and no further one until the promise is kept.
  void hold(const std::string& command, std::promise<void>& reached, std::shared_future<void> go_on) {
    exchange::hooks hooks;
    hooks.on_command = [=, &reached,
                        told = false](const exchange::command_seen& c) mutable -> std::optional<exchange::action> {
      if (c.name != command || told) return std::nullopt;
      told = true;
      reached.set_value();
      go_on.wait();
      return std::nullopt;
    };
    server->set_hooks(hooks);
  }
};

}  // namespace

TEST_CASE_FIXTURE(app, "requests run in order, and everything is told on the app's thread") {
  std::optional<result<std::vector<folder_info>>> folders;
  std::optional<result<sync_report>> synced;
  std::set<std::thread::id> threads;
  background_account on(config, &seen, loop.to());
  on.folders(false, [&](result<std::vector<folder_info>> got) {
    threads.insert(std::this_thread::get_id());
    CHECK_FALSE(synced);
    folders = std::move(got);
  });
  on.sync({}, [&](result<sync_report> got) {
    threads.insert(std::this_thread::get_id());
    synced = std::move(got);
  });
  loop.run_until([&] { return synced.has_value(); });
  REQUIRE(folders);
  REQUIRE(*folders);
  REQUIRE(*synced);
  CHECK_FALSE((*synced)->failure);
  CHECK((threads == std::set{std::this_thread::get_id()}));
  CHECK(seen.threads == threads);
  CHECK(seen.folders.size() == (*synced)->folders.size());
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(app, "of progress only the latest waits for an app that is busy") {
  std::optional<result<sync_report>> synced;
  background_account on(config, &seen, loop.to());
  on.sync({}, [&](result<sync_report> got) { synced = std::move(got); });
  // A probe behind it that nobody has asked the loop to tell of yet: the sync has ended.
  std::promise<void> ended;
  on.probe([&](result<probe_report>) { ended.set_value(); });
  loop.run_until([&] { return synced.has_value(); });
  REQUIRE(*synced);
  CHECK(seen.progresses >= 1);
  CHECK(seen.last.messages_done == 20);
  CHECK(seen.last.folders_done == seen.last.folders_total);
  loop.run_until(
      [&, told = ended.get_future()] { return told.wait_for(std::chrono::seconds(0)) == std::future_status::ready; });
}

TEST_CASE_FIXTURE(app, "a request that waits is cancelled without having begun, a running one soon") {
  std::promise<void> reached;
  std::promise<void> go_on;
  hold("UID FETCH", reached, go_on.get_future().share());
  std::optional<result<sync_report>> first;
  std::optional<result<sync_report>> second;
  std::optional<result<login_report>> third;
  background_account on(config, &seen, loop.to());
  const auto running = on.sync({}, [&](result<sync_report> got) { first = std::move(got); });
  const auto queued = on.sync({}, [&](result<sync_report> got) { second = std::move(got); });
  on.login([&](result<login_report> got) { third = std::move(got); });
  reached.get_future().wait();
  on.cancel(queued);
  loop.run_until([&] { return second.has_value(); });
  CHECK(second->error().code == errc::cancelled);
  CHECK_FALSE(first);
  on.cancel(running);
  go_on.set_value();
  loop.run_until([&] { return third.has_value(); });
  REQUIRE(first);
  REQUIRE(*first);
  REQUIRE((*first)->failure);
  CHECK((*first)->failure->code == errc::cancelled);
  // The end of one request is no end of the next.
  CHECK(*third);
  on.cancel(running);
  on.cancel(request_id::none);
}

TEST_CASE_FIXTURE(app, "whoever is destroyed while it works calls nobody any more, and keeps what has come") {
  std::promise<void> reached;
  std::promise<void> go_on;
  hold("UID FETCH", reached, go_on.get_future().share());
  bool called = false;
  {
    background_account on(config, &seen, loop.to());
    on.sync({}, [&](result<sync_report>) { called = true; });
    on.sync({}, [&](result<sync_report>) { called = true; });
    reached.get_future().wait();
    go_on.set_value();
  }
  const auto told = seen.progresses;
  loop.run_all();
  CHECK_FALSE(called);
  CHECK(seen.progresses == told);
  CHECK(store::open(config.cache));
}

TEST_CASE_FIXTURE(app, "cancel_all leaves an object that takes further requests") {
  std::vector<errc> ends;
  background_account on(config, &seen, loop.to());
  for (int i = 0; i < 5; ++i) {
    on.sync({}, [&](result<sync_report> got) {
      ends.push_back(!got ? got.error().code : got->failure ? got->failure->code : errc::internal);
    });
  }
  on.cancel_all();
  std::optional<result<sync_report>> last;
  on.sync({}, [&](result<sync_report> got) { last = std::move(got); });
  loop.run_until([&] { return last.has_value(); });
  CHECK(ends == std::vector<errc>(5, errc::cancelled));
  REQUIRE(*last);
  CHECK_FALSE((*last)->failure);
}

TEST_CASE_FIXTURE(app, "without a dispatcher the own thread tells") {
  std::promise<std::thread::id> told;
  background_account on(config, nullptr);
  on.sync({}, [&](result<sync_report> got) {
    CHECK(got);
    told.set_value(std::this_thread::get_id());
  });
  CHECK((told.get_future().get() != std::this_thread::get_id()));
}

TEST_CASE_FIXTURE(app, "what cannot begin says why, and a done may ask for more") {
  config.password = secret("wrong");
  std::optional<result<login_report>> again;
  background_account on(config, nullptr, loop.to());
  on.sync({}, [&](result<sync_report> got) {
    REQUIRE_FALSE(got);
    CHECK(got.error().code == errc::authentication_failed);
    on.login([&](result<login_report> more) { again = std::move(more); });
  });
  loop.run_until([&] { return again.has_value(); });
  CHECK_FALSE(*again);
}

TEST_CASE_FIXTURE(app, "a watch gives way to requests, goes on behind them, and ends when it is cancelled") {
  std::optional<result<watch_report>> watched;
  std::optional<result<watch_report>> second;
  std::optional<result<sync_report>> synced;
  background_account on(config, &seen, loop.to());
  const auto watch = on.watch({}, [&](result<watch_report> got) { watched = std::move(got); });
  loop.run_until([&] { return seen.fresh.size() == 20; });
  CHECK(seen.connections == 1);
  on.watch({}, [&](result<watch_report> got) { second = std::move(got); });
  loop.run_until([&] { return second.has_value(); });
  CHECK(second->error().code == errc::invalid_argument);

  on.sync({}, [&](result<sync_report> got) { synced = std::move(got); });
  loop.run_until([&] { return synced.has_value(); });
  REQUIRE(*synced);
  CHECK_FALSE((*synced)->failure);
  CHECK_FALSE(watched);
  mail().add("INBOX", text_of_size(200, 99));
  loop.run_until([&] { return seen.fresh.size() == 21; });
  CHECK(seen.connections == 2);
  on.nudge();

  on.cancel(watch);
  loop.run_until([&] { return watched.has_value(); });
  REQUIRE(*watched);
  CHECK((*watched)->connections == 1);
  CHECK((*watched)->messages_new == 1);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(app, "a watch that cannot work says why, and leaves room for another") {
  config.password = secret("wrong");
  std::optional<result<watch_report>> watched;
  background_account on(config, &seen, loop.to());
  for (int i = 0; i < 2; ++i) {
    on.watch({}, [&](result<watch_report> got) { watched = std::move(got); });
    loop.run_until([&] { return watched.has_value(); });
    CHECK(watched->error().code == errc::authentication_failed);
    watched.reset();
  }
}
