// The link breaks or stands still at every octet of a session with each Exchange. OUTMAP_CUT_STEP: at every so manyth
// octet (default 500; 1: at every one), or OUTMAP_CUT_AT: at this one alone; OUTMAP_CUT_ROUNDS: so many times (default
// 1); OUTMAP_CUT_ONLY: only sessions whose name holds this; OUTMAP_CUT_THREADS: so many at a time (default 4).
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "cli/exit_code.hpp"
#include "faults/account_under_test.hpp"
#include "faults/asked.hpp"
#include "faults/tally.hpp"
#include "outmap/account.hpp"
#include "outmap/outbox.hpp"
#include "support/cutting_proxy.hpp"

using namespace outmap;
using namespace outmap::test;
namespace fs = std::filesystem;

namespace {

tally cuts("the connection cut or stalled at each octet, either way, of sessions with each Exchange",
           "OUTMAP_CUT_STEP=1 build/tests/faults/test_cut");

// The server is in this program: on a machine that has no time for it, it looks as if it were silent for a long time.
// What hangs shows all the same.
constexpr std::chrono::minutes patience(10);

std::string mail_text(const std::string& name) {
  return "Message-ID: <" + name + "@example.com>\r\nSubject: " + name + "\r\n\r\nbody of " + name + "\r\n";
}

struct session_kind {
  std::string personality;
  std::string scheme;
  bool later;  ///< with a cache, news on the server and changes in the outbox
  [[nodiscard]] std::string name() const {
    return personality + ' ' + scheme + (later ? ", later sync" : ", first sync");
  }
};

/// A session that can be had again and again, and what must come of it.
class recorded_session {
 public:
  explicit recorded_session(session_kind kind) : kind_(std::move(kind)) {
    how_.personality = kind_.personality;
    how_.url_scheme = kind_.scheme;
    how_.mail = [](exchange::mailbox_store& s) {
      s.create("Work");
      s.add("INBOX", mail_text("one"), {}, {1700000000, 0});
      s.add("INBOX", mail_text("two"), {}, {1700000100, 0});
      s.add("Work", mail_text("three"), {}, {1700000200, 0});
    };
    if (kind_.later) prepare();
    auto account = fresh();
    cutting_proxy link(port_of(account));
    const auto error = sync(account, link.port(), patience);
    if (error) throw std::runtime_error(kind_.name() + ": " + error->message());
    whole_ = link.last();
    account.come_to_rest();
    expected_ = account.served();
  }

  [[nodiscard]] const cutting_proxy::passed& whole() const { return whole_; }
  [[nodiscard]] std::string name() const { return kind_.name(); }

  /// What is wrong, or nothing.
  [[nodiscard]] std::string disturb(bool stalls, bool of_client, std::uint64_t at) const {
    auto account = fresh();
    {
      cutting_proxy link(port_of(account));
      const auto client = of_client ? at : cutting_proxy::never;
      const auto server = of_client ? cutting_proxy::never : at;
      stalls ? link.stall_next_after(client, server) : link.cut_next_after(client, server);
      constexpr std::chrono::milliseconds soon(100);
      const auto error = sync(account, link.port(), stalls ? soon : patience);
      // Cut before the first octet of the client, the link may have gone before the server's greeting.
      const bool in_greeting = at < (of_client ? 1 : greeting);
      if (const auto wrong = judge(error, stalls, in_greeting); !wrong.empty()) return wrong;
    }
    account.come_to_rest();
    if (const auto wrong = account.unsound(); !wrong.empty()) return "right after: " + wrong;
    std::optional<error> left;
    constexpr int most_runs = 3;
    for (int i = 0; i < most_runs; ++i) {
      left = sync(account, port_of(account), patience);
      if (!left) break;
    }
    if (left) return "the next run: " + left->message();
    return compare(account);
  }

 private:
  static constexpr std::uint64_t greeting = 60;

  void prepare() {
    account_under_test a(how_);
    if (const auto problem = sync(a, port_of(a), patience)) throw std::runtime_error(problem->message());
    auto box = outbox::open(a.cache());
    if (!box) throw std::runtime_error(box.error().message());
    uid_set one, two;
    one.add(uid{1});
    two.add(uid{2});
    const mailbox_name inbox("INBOX"), work("Work");
    const bool recorded = box->mark(inbox, one, {static_cast<std::uint8_t>(system_flag::flagged), 0}) &&
                          box->move(inbox, two, work) &&
                          box->append(work, mail_text("draft"), {}, internal_date{1700000000, 0});
    if (!recorded) throw std::runtime_error("not recorded");
    home_ = std::make_unique<temp_dir>();
    fs::copy(a.dir().path(), home_->path(), fs::copy_options::recursive | fs::copy_options::overwrite_existing);
  }

  [[nodiscard]] account_under_test fresh() const {
    if (!home_) return account_under_test(how_);
    account_under_test out(how_, home_->path());
    out.mail().add("INBOX", mail_text("new"), {}, {1700001000, 0});
    out.mail().expunge("Work", 1);
    return out;
  }

  [[nodiscard]] std::uint16_t port_of(account_under_test& a) const {
    return kind_.scheme == "imaps" ? a.server().tls_port() : a.server().port();
  }

  /// What the run failed with, if it did.
  [[nodiscard]] std::optional<error> sync(account_under_test& a, std::uint16_t port,
                                          std::chrono::milliseconds timeout) const {
    auto config = a.config();
    config.port = port;
    config.timeout = timeout;
    account with(config);
    const auto report = with.sync();
    if (!report) return report.error();
    if (report->failure) return report->failure;
    return report->outbox.failure;
  }

  [[nodiscard]] static std::string judge(const std::optional<error>& got, bool stalls, bool in_greeting) {
    // The answer to LOGOUT may be missing.
    if (!got) return {};
    using cli::exit_code;
    const auto code = cli::exit_code_of(got->code);
    if (stalls && got->code == errc::timed_out && code == exit_code::network) return {};
    if (!stalls && got->code == errc::connection_lost && code == exit_code::network) return {};
    // Nobody knows what it was that did not say its first line to the end.
    if (!stalls && in_greeting && got->code == errc::not_imap && code == exit_code::protocol) return {};
    // And a handshake that is broken off is TLS that could not be set up.
    if (!stalls && got->code == errc::tls_failed && code == exit_code::tls) return {};
    return std::string("it failed with: ") + std::string(cli::name_of(got->code)) + ": " + got->message();
  }

  [[nodiscard]] std::string compare(account_under_test& a) const {
    if (const auto wrong = a.unsound(); !wrong.empty()) return wrong;
    const auto served = a.served();
    if (const auto wrong = difference(expected_, served); !wrong.empty()) return "on the server: " + wrong;
    std::string problem;
    const auto held = a.held(problem);
    if (!held) return problem;
    if (const auto wrong = difference(served, *held); !wrong.empty()) return "in the cache: " + wrong;
    const auto left = a.queued(problem);
    return left == 0 ? problem : std::to_string(left) + " changes are left in the outbox";
  }

  session_kind kind_;
  account_under_test::settings how_;
  std::unique_ptr<temp_dir> home_;
  cutting_proxy::passed whole_;
  held_account expected_;
};

struct point {
  bool stalls = false;
  bool of_client = false;
  std::uint64_t at = 0;
  [[nodiscard]] std::string text() const {
    return std::string(stalls ? ", stalled" : ", cut") + " at octet " + std::to_string(at) +
           (of_client ? " of the client: " : " of the server: ");
  }
};

std::vector<point> points_of(const recorded_session& session, std::uint64_t step, std::uint64_t first) {
  std::vector<point> out;
  const auto rounds = asked("OUTMAP_CUT_ROUNDS", 1);
  const auto alone = asked("OUTMAP_CUT_AT", UINT64_MAX);
  if (alone != UINT64_MAX) {
    first = alone;
    step = UINT64_MAX / 2;
  }
  for (const bool stalls : {false, true}) {
    for (const bool of_client : {false, true}) {
      const auto end = of_client ? session.whole().of_client : session.whole().of_server;
      // 0: the connection is taken and nothing is passed on.
      for (auto at = first % step; at <= end; at += step) {
        for (std::uint64_t i = 0; i < rounds; ++i) out.push_back({stalls, of_client, at});
      }
    }
  }
  return out;
}

void disturb_all(const recorded_session& session, const std::vector<point>& points) {
  std::atomic<std::size_t> next{0};
  std::vector<std::thread> workers;
  const auto count = std::max<std::uint64_t>(1, asked("OUTMAP_CUT_THREADS", 4));
  for (std::uint64_t i = 0; i < count; ++i) {
    workers.emplace_back([&] {
      for (auto which = next++; which < points.size(); which = next++) {
        const auto& p = points[which];
        const auto wrong = session.disturb(p.stalls, p.of_client, p.at);
        cuts.point(wrong.empty() ? wrong : session.name() + p.text() + wrong);
      }
    });
  }
  for (auto& w : workers) w.join();
}

}  // namespace

TEST_CASE("cut off or left waiting at any octet, a run ends with a clean error and the next one completes the work") {
  prefer_memory_for_files();
  const auto step = std::max<std::uint64_t>(1, asked("OUTMAP_CUT_STEP", 500));
  const char* const only = std::getenv("OUTMAP_CUT_ONLY");
  std::vector<session_kind> kinds;
  for (const char* const p : {"2003", "2007", "2010", "2010SP2", "2013", "2016", "2019"}) {
    for (const bool later : {false, true}) kinds.push_back({p, "imap+plain", later});
  }
  kinds.push_back({"2010", "imaps", false});
  kinds.push_back({"2016", "imaps", true});
  kinds.push_back({"2010SP2", "imap", false});
  std::uint64_t first = 0;
  for (const auto& kind : kinds) {
    first += 37;
    if (only != nullptr && kind.name().find(only) == std::string::npos) continue;
    const recorded_session session(kind);
    CHECK(session.whole().of_server > 1000);
    disturb_all(session, points_of(session, step, first));
  }
}
