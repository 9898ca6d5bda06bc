#include "simulated_watch.hpp"

#include <doctest/doctest.h>
#include <asio/co_spawn.hpp>

#include <algorithm>

namespace outmap::test {

std::string mail_text(unsigned number) {
  const auto n = std::to_string(number);
  return "Subject: mail " + n + "\r\nMessage-ID: <" + n + "@example.com>\r\n\r\nthe text of " + n + "\r\n";
}

void watch_recorder::note(std::string event) {
  events.push_back(std::move(event));
  if (on_event) on_event();
}

bool watch_recorder::cached(uid which) const {
  const auto folder = from->folder(mailbox_name("INBOX"));
  return folder && from->message(folder->id, which).has_value();
}

void watch_recorder::on_message_new(std::string_view, uid which) noexcept {
  not_in_cache += cached(which) ? 0 : 1;
  held.insert(which.value);
  note("new " + std::to_string(which.value));
}

void watch_recorder::on_message_changed(std::string_view, uid which) noexcept {
  note("changed " + std::to_string(which.value));
}

void watch_recorder::on_message_expunged(std::string_view, uid which) noexcept {
  not_in_cache += cached(which) ? 1 : 0;
  held.erase(which.value);
  note("gone " + std::to_string(which.value));
}

void watch_recorder::on_unseen(std::string_view folder, std::uint32_t count) noexcept {
  note("unseen " + std::string(folder) + ' ' + std::to_string(count));
}

void watch_recorder::on_disconnected(const error& why, std::chrono::milliseconds next_try) noexcept {
  disconnections.push_back(why);
  waits.push_back(next_try);
  note("disconnected");
}

std::size_t watch_recorder::count(const std::string& event) const {
  return static_cast<std::size_t>(std::ranges::count(events, event));
}

std::size_t watch_recorder::index_of(const std::string& event) const {
  return static_cast<std::size_t>(std::ranges::find(events, event) - events.begin());
}

simulated_watch::simulated_watch(watch_options how, std::uint32_t seed) : how_(std::move(how)), random_(seed) {
  account.host = "localhost";
  account.user = "anna";
}

simulated_watch::~simulated_watch() {
  if (work_ && !outcome) stop();
  const auto against = trace.violations();
  CHECK_MESSAGE(against.empty(), against);
}

sync::watch& simulated_watch::work() {
  if (work_) return *work_;
  auto store = cache::store::open(dir_ / "cache", "anna@localhost", {});
  REQUIRE_MESSAGE(store, store.error().message());
  to_ = std::make_unique<cache::writer>(std::move(*store), cache::writer::options{});
  auto from = cache::reader::open(dir_ / "cache");
  REQUIRE_MESSAGE(from, from.error().message());
  from_ = std::move(*from);
  heard.from = from_.get();
  const auto now = [this] { return std::chrono::system_clock::to_time_t(time.wall()); };
  context_.reset(new sync::sync_context{*to_, *from_, account, heard, now});
  const auto random = [this](std::span<unsigned char> out) {
    for (auto& octet : out) octet = static_cast<unsigned char>(random_());
  };
  session_source& source = *this;
  work_ = std::make_unique<sync::watch>(*context_, source, time, loop.get_executor(), random, how_);
  asio::co_spawn(loop, work_->run(report), [this](const std::exception_ptr& problem, result<void> ended) {
    if (problem) std::rethrow_exception(problem);
    outcome = std::move(ended);
  });
  settle();
  return *work_;
}

// The loop is dry and the writer has nothing left to say to it: nothing happens any more unless time goes on.
void simulated_watch::settle() {
  for (bool busy = true; busy;) {
    loop.restart();
    while (loop.poll() != 0) loop.restart();
    REQUIRE(to_->flush_and_wait());
    loop.restart();
    busy = loop.poll() != 0;
  }
}

void simulated_watch::advance(std::chrono::milliseconds by) {
  work();
  const auto end = time.now() + by;
  settle();
  while (time.advance_to_next(end)) settle();
}

void simulated_watch::stop() {
  work().stop();
  settle();
  if (!outcome) advance(std::chrono::seconds(10));
  REQUIRE(outcome);
}

std::map<std::uint32_t, bool> simulated_watch::cached() {
  std::map<std::uint32_t, bool> out;
  const auto folder = from_->folder(mailbox_name("INBOX"));
  REQUIRE(folder);
  const auto states = from_->message_states(folder->id);
  REQUIRE(states);
  for (const auto& one : *states) {
    CHECK(one.has_header);
    CHECK(one.has_body);
    out[one.uid.value] = one.flags.has(system_flag::seen);
  }
  return out;
}

std::map<std::uint32_t, bool> simulated_watch::served() const {
  std::map<std::uint32_t, bool> out;
  for (const auto& m : server.messages()) out[m.uid] = m.seen;
  return out;
}

std::uint64_t simulated_watch::tombstones() {
  const auto folder = from_->folder(mailbox_name("INBOX"));
  REQUIRE(folder);
  return folder->tombstones;
}

asio::awaitable<result<std::unique_ptr<session::session>>> simulated_watch::open(std::size_t number) {
  if (login_error) co_return tl::unexpected(*login_error);
  auto* const sink = number == 0 ? static_cast<trace_sink*>(&trace) : trace.beside(number + 1);
  const auto random = [this](std::span<unsigned char> out) {
    for (auto& octet : out) octet = static_cast<unsigned char>(random_());
  };
  auto on = std::make_unique<session::session>(server.connect(), limits{}, random, sink);
  on->talk().trace().note("connected to simulated (simulated)");
  if (auto greeting = co_await on->greeting(); !greeting) co_return tl::unexpected(greeting.error());
  if (auto ok = co_await on->ask_capabilities(); !ok) co_return tl::unexpected(ok.error());
  on->talk().set_read_only(true);
  co_return result<std::unique_ptr<session::session>>(std::move(on));
}

}  // namespace outmap::test
