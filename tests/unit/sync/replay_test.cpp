// Recorded syncs against the real engine and a real cache: whole, split at every octet, and with the connection cut
// before every line.
#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "support/scripted_transport.hpp"
#include "support/temp_dir.hpp"
#include "support/trace_on_trial.hpp"
#include "sync/engine.hpp"

using namespace outmap;

namespace {

profile::random_source counting_random() {
  return [n = 0u](std::span<unsigned char> out) mutable {
    for (auto& octet : out) octet = static_cast<unsigned char>(n++ * 7 % 252);
  };
}

std::string file_text(const std::filesystem::path& p) {
  std::ifstream in(p, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

struct outcome {
  sync_report report;
  std::optional<error> early;
  std::string mismatch;
  bool to_end = false;
};

asio::awaitable<void> sync_once(std::unique_ptr<session::session> first, const std::filesystem::path& file,
                                received_date received, outcome& out) {
  auto& on = *first;
  if (auto greeting = co_await on.greeting(); !greeting) {
    out.early = greeting.error();
    co_return;
  }
  if (auto ok = co_await on.ask_capabilities(); !ok) {
    out.early = ok.error();
    co_return;
  }
  const profile::command login = profile::login_command{"anna", secret("pw")};
  if (auto ok = co_await on.execute(login); !ok) {
    out.early = ok.error();
    co_return;
  }
  if (auto ok = co_await on.ask_capabilities(); !ok) {
    out.early = ok.error();
    co_return;
  }
  cache::writer to(*cache::store::open(file, "anna@script", {}), {});
  auto from = *cache::reader::open(file);
  account_config account;
  account.received = received;
  observer silent;
  sync::sync_context context{to, *from, account, silent, [] { return std::int64_t{1700000000}; }};
  sync::engine work(context, std::move(first), nullptr, [](std::string_view) { return true; }, {});
  co_await work.run(out.report);
}

outcome play(const std::vector<test::transcript_line>& script, const std::filesystem::path& file,
             test::play_options how = {}, received_date received = received_date::internal) {
  outcome out;
  auto over = std::make_unique<test::scripted_transport>(script, how);
  const auto seam = over->watched();
  asio::io_context loop;
  auth_policy login_alone;
  login_alone.allowed = {mechanism::login};
  test::trace_on_trial audited(login_alone);
  auto on = std::make_unique<session::session>(std::move(over), limits{}, counting_random(), &audited);
  asio::co_spawn(loop, sync_once(std::move(on), file, received, out), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  out.mismatch = seam->mismatch;
  out.to_end = seam->to_end;
  return out;
}

// Everything a cache says, as text.
std::string contents(const std::filesystem::path& file) {
  auto from = *cache::reader::open(file);
  std::ostringstream out;
  const auto folders = *from->folders();
  for (const auto& f : folders) {
    out << f.listed.mailbox.wire() << ' ' << f.uid_validity.value << ' ' << f.exists << ' ' << f.tombstones << ' '
        << f.quarantined << '\n';
    const auto ok = from->for_each_message(f.id, [&](const cache::message_record& m) {
      out << "  " << m.uid.value << ' ' << m.flags.to_string() << ' '
          << (m.body_digest ? cache::to_hex(*m.body_digest) : "-") << ' '
          << (m.header_digest ? cache::to_hex(*m.header_digest) : "-") << '\n';
      return true;
    });
    REQUIRE(ok);
  }
  REQUIRE(from->check_integrity());
  return out.str();
}

// The digests of the bodies in such a text, sorted.
std::vector<std::string> bodies_in(const std::string& text) {
  std::vector<std::string> out;
  std::istringstream words(text);
  for (std::string line; std::getline(words, line);) {
    const auto last = line.rfind(' ');
    const auto digest = line.substr(0, last).substr(line.rfind(' ', last - 1) + 1);
    if (line.starts_with("  ") && digest.size() == 64) out.push_back(digest);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::vector<std::filesystem::path> transcripts() {
  std::vector<std::filesystem::path> out;
  for (const auto& e : std::filesystem::recursive_directory_iterator(OUTMAP_TRANSCRIPTS)) {
    if (e.path().extension() == ".txt") out.push_back(e.path());
  }
  std::sort(out.begin(), out.end());
  return out;
}

received_date received_of(const std::string& text) {
  return text.find("# received-date: header") != std::string::npos ? received_date::header : received_date::internal;
}

}  // namespace

TEST_CASE("every transcript syncs to its end, and the client says exactly what it says there") {
  REQUIRE_FALSE(transcripts().empty());
  for (const auto& path : transcripts()) {
    CAPTURE(path.filename().string());
    const auto text = file_text(path);
    test::temp_dir dir;
    const auto out = play(test::read_transcript(text), dir.path() / "cache", {}, received_of(text));
    CHECK(out.mismatch == "");
    CHECK(out.to_end);
    CHECK_FALSE(out.early);
    const bool partial = text.find("# ends: partial") != std::string::npos;
    CHECK(out.report.failure.has_value() == partial);
  }
}

TEST_CASE("split at every octet a transcript gives the same cache") {
  for (const auto& path : transcripts()) {
    CAPTURE(path.filename().string());
    const auto text = file_text(path);
    const auto script = test::read_transcript(text);
    test::temp_dir whole;
    test::temp_dir split;
    play(script, whole.path() / "cache", {}, received_of(text));
    const auto out = play(script, split.path() / "cache", {.chunk = 1}, received_of(text));
    CHECK(out.mismatch == "");
    CHECK(contents(split.path() / "cache") == contents(whole.path() / "cache"));
  }
}

TEST_CASE("cut before every line a sync leaves an intact cache that holds all that had come whole, and nothing else") {
  for (const auto& path : transcripts()) {
    const auto text = file_text(path);
    const auto script = test::read_transcript(text);
    test::temp_dir undisturbed;
    play(script, undisturbed.path() / "cache", {}, received_of(text));
    const auto whole = bodies_in(contents(undisturbed.path() / "cache"));
    std::size_t held_before = 0;
    for (std::size_t at = 0; at < script.size(); ++at) {
      CAPTURE(path.filename().string());
      CAPTURE(at);
      test::temp_dir dir;
      const auto file = dir.path() / "cache";
      const auto out = play(script, file, {.cut_before = at}, received_of(text));
      REQUIRE(out.mismatch == "");
      if (out.early) {
        const auto code = out.early->code;
        const bool expected = code == errc::connection_lost || code == errc::not_imap;
        CHECK(expected);
        continue;
      }
      const auto kept = bodies_in(contents(file));
      CHECK(std::includes(whole.begin(), whole.end(), kept.begin(), kept.end()));
      CHECK(kept.size() >= held_before);
      held_before = kept.size();
    }
    CHECK(held_before == whole.size());
  }
}
