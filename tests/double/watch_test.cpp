// A watch against the bundled server, over TLS, in real time: nothing here waits for a clock.
#include <doctest/doctest.h>

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>

#include "double_fixture.hpp"
#include "outmap/store.hpp"
#include "support/trace_on_trial.hpp"

using namespace outmap;
using namespace outmap::test;
using namespace std::chrono_literals;

namespace {

// Events as lines, for another thread to wait for.
struct event_log final : observer {
  std::mutex mutex;
  std::condition_variable more;
  std::vector<std::string> lines;

  void note(std::string line) {
    const std::lock_guard lock(mutex);
    lines.push_back(std::move(line));
    more.notify_all();
  }
  bool wait_for(const std::string& line, std::size_t times = 1) {
    std::unique_lock lock(mutex);
    return more.wait_for(
        lock, 60s, [&] { return static_cast<std::size_t>(std::count(lines.begin(), lines.end(), line)) >= times; });
  }
  void on_message_new(std::string_view f, uid u) noexcept override { note("new " + std::string(f) + line_of(u)); }
  void on_message_changed(std::string_view f, uid u) noexcept override {
    note("changed " + std::string(f) + line_of(u));
  }
  void on_message_expunged(std::string_view f, uid u) noexcept override { note("gone " + std::string(f) + line_of(u)); }
  void on_unseen(std::string_view f, std::uint32_t n) noexcept override {
    note("unseen " + std::string(f) + ' ' + std::to_string(n));
  }
  void on_connected() noexcept override { note("connected"); }
  void on_disconnected(const error&, std::chrono::milliseconds) noexcept override { note("disconnected"); }

  static std::string line_of(uid u) { return ' ' + std::to_string(u.value); }
};

struct watch_fixture : double_fixture {
  event_log heard;
  std::optional<trace_on_trial> audited;
  std::optional<account> on;
  result<watch_report> outcome = fail(errc::internal, "did not end");
  std::thread running;

  void begin(const watch_options& how = {}) {
    mail();
    audited.emplace(config.auth);
    on.emplace(config, &heard, &*audited);
    running = std::thread([this, how] { outcome = on->watch(how); });
  }
  void end() {
    on->cancel();
    running.join();
    REQUIRE_MESSAGE(outcome, outcome.error().message());
  }
  ~watch_fixture() {
    if (running.joinable()) {
      on->cancel();
      running.join();
    }
  }
};

}  // namespace

TEST_CASE_FIXTURE(watch_fixture,
                  "XIMAP-V0014 a watch follows new mail, EXPUNGE and a lost connection, and logs out in the end") {
  mail().create("News");
  mail().add("News", text_of_size(200, 90));
  mail().add("INBOX", text_of_size(200, 1));
  begin();
  CHECK(heard.wait_for("new INBOX 1"));
  CHECK(heard.wait_for("unseen News 1"));
  for (unsigned i = 2; i <= 4; ++i) {
    mail().add("INBOX", text_of_size(200, i));
    CHECK(heard.wait_for("new INBOX " + std::to_string(i)));
    CHECK(store::open(config.cache)->folder("INBOX")->messages == i);
  }
  mail().expunge("INBOX", 2);
  CHECK(heard.wait_for("gone INBOX 2"));
  server->drop_connections();
  CHECK(heard.wait_for("connected", 2));
  mail().add("INBOX", text_of_size(200, 5));
  CHECK(heard.wait_for("new INBOX 5"));
  end();
  CHECK(outcome->connections == 2);
  CHECK(outcome->messages_new == 5);
  CHECK(outcome->messages_expunged == 1);
  CHECK(server->log().count("LOGOUT") >= 1);
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(watch_fixture, "OIMAP-V0028 a server without IDLE is watched by NOOP") {
  std::erase(options.behaves.extensions, "IDLE");
  mail().add("INBOX", text_of_size(200, 1));
  watch_options how;
  how.poll_interval = 1s;
  how.unseen_interval = 0s;
  begin(how);
  CHECK(heard.wait_for("new INBOX 1"));
  mail().add("INBOX", text_of_size(200, 2));
  CHECK(heard.wait_for("new INBOX 2"));
  end();
  CHECK(server->log().count("IDLE") == 0);
  CHECK(server->log().count("NOOP") >= 1);
}

TEST_CASE_FIXTURE(watch_fixture, "XIMAP-V0046 flags changed elsewhere are found by the next full listing") {
  mail().add("INBOX", text_of_size(200, 1));
  watch_options how;
  how.rescan_interval = 1s;
  how.unseen_interval = 0s;
  begin(how);
  CHECK(heard.wait_for("new INBOX 1"));
  flag_set seen;
  seen.set(system_flag::seen);
  mail().set_flags("INBOX", 1, seen);
  CHECK(heard.wait_for("changed INBOX 1"));
  end();
  check_equal("INBOX");
}

TEST_CASE_FIXTURE(watch_fixture, "a nudge has the connection prove itself, from any thread") {
  begin();
  CHECK(heard.wait_for("connected"));
  REQUIRE(server->log().wait_for("IDLE"));
  on->nudge();
  CHECK(server->log().wait_for("NOOP"));
  end();
  CHECK(outcome->suspensions == 1);
  CHECK(outcome->connections == 1);
}

TEST_CASE_FIXTURE(watch_fixture, "a wrong password ends a watch at once, and a cancelled account does not begin one") {
  mail();
  config.password = secret("wrong");
  account refused(config, &heard);
  const auto ended = refused.watch();
  REQUIRE_FALSE(ended);
  CHECK(ended.error().code == errc::authentication_failed);
  account cancelled(config, &heard);
  cancelled.cancel();
  const auto never = cancelled.watch();
  REQUIRE_FALSE(never);
  CHECK(never.error().code == errc::cancelled);
}

TEST_CASE("each Exchange is watched") {
  for (const auto& name : exchange::personality::names()) {
    CAPTURE(name);
    watch_fixture f;
    f.options.behaves = *exchange::personality::by_name(name);
    f.mail().add("INBOX", text_of_size(300, 1));
    f.begin();
    CHECK(f.heard.wait_for("new INBOX 1"));
    REQUIRE(f.server->log().wait_for("IDLE"));
    const auto second = f.mail().add("INBOX", text_of_size(300, 2));
    CHECK(f.heard.wait_for("new INBOX " + std::to_string(second)));
    f.mail().expunge("INBOX", 1);
    CHECK(f.heard.wait_for("gone INBOX 1"));
    f.end();
  }
}
