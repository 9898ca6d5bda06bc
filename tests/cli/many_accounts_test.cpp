// Many accounts, backed up by one run of the program, some of which fail. OUTMAP_BACKUP_ACCOUNTS: how many (default 40).
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <thread>

#include "cli/bundled_server.hpp"
#include "support/loopback_port.hpp"

using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

constexpr std::size_t jobs = 8;

std::size_t account_count() {
  const char* const text = std::getenv("OUTMAP_BACKUP_ACCOUNTS");
  return text == nullptr ? 40 : std::strtoull(text, nullptr, 10);
}

std::string name_of(std::size_t i) { return "user" + std::to_string(i); }
// One in twenty fails: half of them cannot be reached, half cannot log in.
bool unreachable(std::size_t i) { return i % 40 == 7; }
bool locked_out(std::size_t i) { return i % 40 == 27; }

constexpr std::size_t messages_of_each = 4;

void add_account(bundled_server& s, std::size_t i) {
  const auto store = std::make_shared<outmap::exchange::mailbox_store>();
  store->create("Archive");
  for (std::size_t m = 0; m < messages_of_each; ++m) {
    const auto n = std::to_string(i) + "." + std::to_string(m);
    store->add(
        m % 2 == 0 ? "INBOX" : "Archive",
        "Message-ID: <" + n + "@example.com>\r\nSubject: " + n + "\r\n\r\n" + std::string(2000 + i % 50, 'x') + "\r\n",
        outmap::flag_set(static_cast<std::uint8_t>(m)), {1'709'292'600, 0});
  }
  s.options.accounts.push_back({name_of(i), outmap::secret(bundled_server::password), store});
}

std::string configuration(bundled_server& s, std::size_t count, bool with_failures) {
  const auto closed = free_loopback_port();
  std::ostringstream out;
  for (std::size_t i = 0; i < count; ++i) {
    const auto port = with_failures && unreachable(i) ? closed : s.server().tls_port();
    const std::string password = with_failures && locked_out(i) ? "wrong" : std::string(bundled_server::password);
    out << "[account." << name_of(i) << "]\nurl = 'imaps://" << name_of(i) << "@localhost:" << port
        << "'\nca_file = 'ca.pem'\ncache = '" << name_of(i) << ".outmap'\npassword_command = \"echo '" << password
        << "'\"\n";
  }
  return s.dir().write(with_failures ? "failing.toml" : "sound.toml", out.str()).string();
}

/// The most connections that a server had at a time.
class connection_watch {
 public:
  explicit connection_watch(outmap::exchange::server& server)
      : thread_([this, &server] {
          while (!done_) {
            most_ = std::max<std::size_t>(most_, server.open_connections());
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
          }
        }) {}
  ~connection_watch() { end(); }
  std::size_t end() {
    done_ = true;
    if (thread_.joinable()) thread_.join();
    return most_;
  }

 private:
  std::atomic<bool> done_{false};
  std::size_t most_ = 0;
  std::thread thread_;
};

std::size_t count_of(const std::vector<nlohmann::json>& events, const std::string& name) {
  return static_cast<std::size_t>(
      std::count_if(events.begin(), events.end(), [&](const auto& e) { return e["event"] == name; }));
}

}  // namespace

TEST_CASE("of many accounts those that fail are named and tried again, and all others are backed up: exit code 3") {
  const auto count = account_count();
  bundled_server s;
  for (std::size_t i = 0; i < count; ++i) add_account(s, i);
  s.account();
  s.environment.clear();
  std::size_t failing = 0;
  for (std::size_t i = 0; i < count; ++i) failing += unreachable(i) || locked_out(i) ? 1 : 0;
  REQUIRE(failing > 0);

  const auto failing_file = configuration(s, count, true);
  connection_watch watched(s.server());
  const auto began = std::chrono::steady_clock::now();
  const auto events = s.events({"backup", "--all", "--jobs", std::to_string(jobs), "--config", failing_file});
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  const auto most = watched.end();
  const auto& end = events.back();
  CHECK(end["exit_code"] == 3);
  CHECK(end["counts"]["accounts"] == count);
  CHECK(end["counts"]["failed_accounts"] == failing);
  CHECK(end["counts"]["bodies"] == (count - failing) * messages_of_each);
  CHECK(count_of(events, "backup") == count - failing);
  CHECK(count_of(events, "account") == count);
  for (const auto& e : events) {
    if (e["event"] != "account") continue;
    const std::string name = e["account"];
    const auto i = std::stoul(name.substr(4));
    CAPTURE(name);
    CHECK(e["exit_code"] == (unreachable(i) ? 10 : locked_out(i) ? 12 : 0));
    CHECK(e.contains("error") == (unreachable(i) || locked_out(i)));
  }
  const auto again = std::count_if(events.begin(), events.end(), [](const auto& e) { return e["event"] == "retry"; });
  std::size_t out_of_reach = 0;
  for (std::size_t i = 0; i < count; ++i) out_of_reach += unreachable(i) ? 1 : 0;
  CHECK(static_cast<std::size_t>(again) == out_of_reach);
  // Each account has at most as many connections as its configuration says (4 where it says nothing).
  CHECK(most <= jobs * 4);
  MESSAGE(count << " accounts in " << took.count() << " s, at most " << most << " connections at a time");

  const auto mended =
      s.events({"backup", "--all", "--jobs", std::to_string(jobs), "--config", configuration(s, count, false)}).back();
  CHECK(mended["exit_code"] == 0);
  CHECK(mended["counts"]["bodies"] == failing * messages_of_each);
}
