// Sessions that share the work of one run.
#include <doctest/doctest.h>

#include <map>
#include <set>

#include "double_fixture.hpp"

using namespace outmap;
using namespace outmap::test;

namespace {

struct shared_work : double_fixture {
  std::map<std::string, unsigned> sizes;

  // Slow enough, one command at a time, that there is always work that nobody has taken.
  shared_work() {
    config.pipelining = false;
    config.patience = std::chrono::milliseconds(1);
    for (unsigned f = 0; f < 10; ++f) {
      const auto name = "Folder" + std::to_string(f);
      mail().create(name);
      for (unsigned i = 0; i < 4; ++i) mail().add(name, text_of_size(400, 10 * f + i));
      sizes[name] = 4;
    }
    slow_down({});
  }
  using hook = std::function<std::optional<exchange::action>(const exchange::command_seen&)>;
  void slow_down(hook more) {
    exchange::hooks slow;
    slow.on_command = [more = std::move(more)](const exchange::command_seen& c) -> std::optional<exchange::action> {
      auto what = more ? more(c) : std::nullopt;
      if (!what && (c.name == "SELECT" || c.name == "UID FETCH")) what.emplace();
      if (what && what->delay.count() == 0) what->delay = std::chrono::milliseconds(15);
      return what;
    };
    server->set_hooks(slow);
  }
  std::set<std::uint64_t> sessions_that_fetched() {
    std::set<std::uint64_t> out;
    for (const auto& c : server->log().commands()) {
      if (c.name == "UID FETCH") out.insert(c.connection);
    }
    return out;
  }
  void check_all() {
    for (const auto& [name, size] : sizes) check_equal(name);
  }
};

}  // namespace

TEST_CASE_FIXTURE(shared_work, "several sessions share the mailboxes, and each message is fetched once") {
  const auto report = run_well();
  CHECK(sessions_that_fetched().size() > 1);
  CHECK(sessions_that_fetched().size() <= config.connections);
  std::uint64_t bodies = 0;
  for (const auto& f : report.folders) bodies += f.bodies;
  CHECK(bodies == 40);
  CHECK(server->log().count("LOGOUT") >= sessions_that_fetched().size());
  check_all();
}

TEST_CASE_FIXTURE(shared_work, "several sessions share one mailbox by ranges of UIDs") {
  for (unsigned i = 0; i < 2500; ++i) mail().add("INBOX", text_of_size(200, 1000 + i));
  config.pipelining = true;
  // Listed so late that others have logged in by then, however busy the machine is.
  slow_down([](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "UID FETCH" || c.mailbox != "INBOX" || c.line.find("BODY") != std::string::npos) return std::nullopt;
    exchange::action late;
    late.delay = std::chrono::seconds(2);
    return late;
  });
  run_well();
  std::set<std::uint64_t> fetched;
  for (const auto& c : server->log().commands()) {
    if (c.name == "UID FETCH" && c.mailbox == "INBOX" && c.line.find("BODY") != std::string::npos)
      fetched.insert(c.connection);
  }
  CHECK(fetched.size() > 1);
  check_equal("INBOX");
  check_all();
}

TEST_CASE_FIXTURE(shared_work, "a session that is lost gives its work to the others") {
  slow_down([](const exchange::command_seen& c) -> std::optional<exchange::action> {
    // The second session is cut in the middle of a message.
    if (c.connection != 2 || c.name != "UID FETCH" || c.line.find("BODY.PEEK[]") == std::string::npos)
      return std::nullopt;
    exchange::action cut;
    cut.close_after = 300;
    return cut;
  });
  run_well();
  CHECK(sessions_that_fetched().size() > 1);
  CHECK_FALSE(watch.lines.empty());
  check_all();
}

TEST_CASE_FIXTURE(shared_work, "with the first session lost the others go on") {
  slow_down([](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.connection != 1 || c.number < 24) return std::nullopt;
    exchange::action cut;
    cut.instead = "";
    cut.close = true;
    return cut;
  });
  run_well();
  check_all();
}

TEST_CASE_FIXTURE(shared_work, "a server that grants no second session leaves the first at work") {
  exchange::hooks alone;
  alone.on_connect = [](std::uint64_t connection) -> std::optional<std::string> {
    if (connection == 1) return std::nullopt;
    return "* BYE too many connections";
  };
  alone.on_command = [](const exchange::command_seen& c) -> std::optional<exchange::action> {
    if (c.name != "SELECT" && c.name != "UID FETCH") return std::nullopt;
    exchange::action slow;
    slow.delay = std::chrono::milliseconds(15);
    return slow;
  };
  server->set_hooks(alone);
  run_well();
  CHECK(sessions_that_fetched().size() == 1);
  CHECK_FALSE(watch.lines.empty());
  check_all();
}

TEST_CASE_FIXTURE(shared_work, "one connection is one connection") {
  config.connections = 1;
  run_well();
  CHECK(sessions_that_fetched().size() == 1);
  check_all();
}
