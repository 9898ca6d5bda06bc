// Recorded replays of an outbox: whole, split at every octet, and with the connection cut before every line.
#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/scripted_transport.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"
#include "sync/outbox_run.hpp"
#include "wire/modified_utf7.hpp"

using namespace outmap;

namespace {

constexpr const char* owner = "anna@script";
constexpr std::int64_t today = 1'700'000'000;

template <class T>
T need(result<T> got) {
  REQUIRE_MESSAGE(got, got.error().message());
  return std::move(*got);
}
void need(const result<void>& got) { REQUIRE_MESSAGE(got, got.error().message()); }

uid_set set_of(const std::string& text) {
  uid_set out;
  std::istringstream in(text);
  for (std::string one; std::getline(in, one, ',');) out.add(uid{static_cast<std::uint32_t>(std::stoul(one))});
  return out;
}

change_kind kind_of(const std::string& word) {
  for (int k = 1; k <= 10; ++k) {
    if (word == to_string(static_cast<change_kind>(k))) return static_cast<change_kind>(k);
  }
  FAIL("no kind of change: ", word);
  return change_kind::store;
}

// "store INBOX 1,2 +1 -8", "copy INBOX 1 Archive", "append Drafts Subject", "rename A B", "create A"; the UIDs belong to
// UIDVALIDITY 3.
change_id record(cache::outbox& to, std::istringstream words) {
  std::string kind;
  std::string mailbox;
  std::string third;
  std::string fourth;
  std::string fifth;
  words >> kind >> mailbox >> third >> fourth >> fifth;
  queued_change what;
  what.kind = kind_of(kind);
  what.mailbox = mailbox_name(mailbox);
  what.queued_at = today;
  if (what.kind == change_kind::append)
    return need(to.record_append(what, "Message-ID: <" + third + "@x>\r\nSubject: " + third + "\r\n\r\ntext\r\n"));
  if (what.kind == change_kind::rename) {
    what.destination = mailbox_name(third);
  } else if (!third.empty()) {
    what.uids = set_of(third);
    what.validity = uid_validity{3};
  }
  if (what.kind == change_kind::copy || what.kind == change_kind::move) what.destination = mailbox_name(fourth);
  if (what.kind == change_kind::store)
    what.flags = {static_cast<std::uint8_t>(std::stoul(fourth.substr(1))),
                  static_cast<std::uint8_t>(std::stoul(fifth.substr(1)))};
  return need(to.record(what)).front();
}

struct outcomes final : observer {
  std::vector<outbox_event> came;
  void on_outbox(const outbox_event& e) noexcept override { came.push_back(e); }
};

// INBOX with messages 1 to 3 under UIDVALIDITY 3, and the queue that the remarks of the transcript describe.
struct stage {
  test::temp_dir dir;
  account_config account;
  std::vector<change_id> ids;

  explicit stage(const std::string& transcript) {
    account.cache = dir / "cache";
    account.second_look = std::chrono::milliseconds(0);
    cache::writer to(need(cache::store::open(account.cache, owner, {})), {});
    to.post(1, [](cache::store& into) -> result<void> {
      cache::listed_folder inbox;
      inbox.mailbox = mailbox_name("INBOX");
      auto id = into.put_folder(inbox);
      if (!id) return tl::unexpected(id.error());
      if (auto ok = into.set_uid_validity(*id, uid_validity{3}); !ok) return ok;
      for (std::uint32_t u = 1; u <= 3; ++u) {
        const auto name = std::to_string(u);
        cache::header_arrival message{
            uid{u}, {}, {}, {}, "Message-ID: <" + name + "@x>\r\nSubject: " + name + "\r\n\r\n"};
        if (auto ok = into.put_header(*id, message); !ok) return tl::unexpected(ok.error());
      }
      return {};
    });
    need(to.flush_and_wait());
    auto box = need(cache::outbox::open(account.cache, owner));
    std::istringstream lines(transcript);
    for (std::string line; std::getline(lines, line);) {
      if (line.starts_with("# queue: ")) ids.push_back(record(*box, std::istringstream(line.substr(9))));
      if (line.starts_with("# in doubt: ")) {
        std::istringstream numbers(line.substr(12));
        std::size_t nth = 0;
        mailbox_mark before;
        numbers >> nth >> before.validity.value >> before.exists >> before.highest.value;
        need(box->mark_sending(ids.at(nth - 1), before.validity.value == 0 ? std::nullopt : std::optional(before)));
      }
    }
  }
  std::vector<queued_change> queue() const { return need(need(cache::outbox::open(account.cache, owner))->list()); }
};

struct played {
  outbox_report report;
  std::vector<outbox_event> events;
  std::optional<error> early;
  std::string mismatch;
  bool to_end = false;
};

asio::awaitable<void> replay(std::unique_ptr<session::session> on, const account_config& account, outcomes& watch,
                             played& out) {
  if (auto greeting = co_await on->greeting(); !greeting) {
    out.early = greeting.error();
    co_return;
  }
  if (auto ok = co_await on->ask_capabilities(); !ok) {
    out.early = ok.error();
    co_return;
  }
  const profile::command login = profile::login_command{"anna", secret("pw")};
  if (auto ok = co_await on->execute(login); !ok) {
    out.early = ok.error();
    co_return;
  }
  if (auto ok = co_await on->ask_capabilities(); !ok) {
    out.early = ok.error();
    co_return;
  }
  cache::writer to(*cache::store::open(account.cache, owner, {}), {});
  auto from = *cache::reader::open(account.cache);
  auto run = *sync::outbox_run::begin(account, owner);
  out.report = co_await run->replay(*on, to, *from, watch, [] { return today; });
}

played play(const stage& with, const std::vector<test::transcript_line>& script, test::play_options how = {}) {
  played out;
  outcomes watch;
  auto over = std::make_unique<test::scripted_transport>(script, how);
  const auto seam = over->watched();
  asio::io_context loop;
  auth_policy login_alone;
  login_alone.allowed = {mechanism::login};
  test::trace_on_trial audited(login_alone);
  profile::random_source random = [n = 0u](std::span<unsigned char> octets) mutable {
    for (auto& octet : octets) octet = static_cast<unsigned char>(n++ * 7 % 252);
  };
  auto on = std::make_unique<session::session>(std::move(over), limits{}, std::move(random), &audited);
  asio::co_spawn(loop, replay(std::move(on), with.account, watch, out), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  out.events = watch.came;
  out.mismatch = seam->mismatch;
  out.to_end = seam->to_end;
  return out;
}

std::string text_of(const std::filesystem::path& p) {
  std::ifstream in(p, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::vector<std::filesystem::path> transcripts() {
  std::vector<std::filesystem::path> out;
  for (const auto& e : std::filesystem::directory_iterator(OUTMAP_TRANSCRIPTS "/outbox")) out.push_back(e.path());
  std::sort(out.begin(), out.end());
  return out;
}

// "1 sent", "2 conflict", in the order in which they were told.
std::string told(const stage& with, const std::vector<outbox_event>& events) {
  std::string out;
  for (const auto& e : events) {
    const auto nth = std::find(with.ids.begin(), with.ids.end(), e.id) - with.ids.begin() + 1;
    out += (out.empty() ? "" : ", ") + std::to_string(nth) + ' ' + to_string(e.outcome);
  }
  return out;
}

std::string expected(const std::string& transcript) {
  const auto at = transcript.find("# outcome: ");
  REQUIRE(at != std::string::npos);
  return transcript.substr(at + 11, transcript.find('\n', at) - at - 11);
}

}  // namespace

TEST_CASE(
    "OIMAP-V0002 OIMAP-V0005 OIMAP-V0056 OIMAP-V0057 OIMAP-V0059 OIMAP-V0060 every outbox transcript is replayed to "
    "its "
    "end, and the client says exactly what it says there") {
  REQUIRE(transcripts().size() >= 6);
  for (const auto& path : transcripts()) {
    CAPTURE(path.filename().string());
    const auto text = text_of(path);
    const auto script = test::read_transcript(text);
    const stage whole(text);
    const auto out = play(whole, script);
    CHECK(out.mismatch == "");
    CHECK(out.to_end);
    CHECK_FALSE(out.report.failure);
    CHECK(told(whole, out.events) == expected(text));
    const stage split(text);
    const auto in_pieces = play(split, script, {.chunk = 1});
    CHECK(in_pieces.mismatch == "");
    CHECK(told(split, in_pieces.events) == expected(text));
  }
}

TEST_CASE(
    "cut before every line a replay leaves each change reported or still to be sent, and every message readable") {
  std::size_t points = 0;
  for (const auto& path : transcripts()) {
    const auto text = text_of(path);
    const auto script = test::read_transcript(text);
    for (std::size_t at = 0; at < script.size(); ++at) {
      CAPTURE(path.filename().string());
      CAPTURE(at);
      const stage with(text);
      const auto before = with.queue();
      const auto out = play(with, script, {.cut_before = at});
      REQUIRE(out.mismatch == "");
      CHECK((out.early || out.report.failure || out.events.size() > 0));
      CHECK(expected(text).starts_with(told(with, out.events)));
      const auto after = with.queue();
      for (const auto& change : before) {
        CAPTURE(change.id);
        const bool reported =
            std::any_of(out.events.begin(), out.events.end(), [&](const auto& e) { return e.id == change.id; });
        const auto now = std::find_if(after.begin(), after.end(), [&](const auto& c) { return c.id == change.id; });
        if (reported) continue;
        REQUIRE(now != after.end());
        CHECK((now->state == change_state::waiting || now->state == change_state::in_doubt));
        if (change.kind == change_kind::append)
          need(need(cache::outbox::open(with.account.cache, owner))->message(change.id, [](std::string_view) {
            return true;
          }));
      }
      ++points;
    }
  }
  MESSAGE(points << " points");
}
