#include "session/session.hpp"

#include <asio/this_coro.hpp>

#include <algorithm>
#include <exception>
#include <iterator>
#include <utility>

#include "net/operations.hpp"
#include "net/spawn.hpp"

namespace outmap::session {
namespace {

// Large enough for many TLS records; one such buffer a connection.
constexpr std::size_t read_size = 128 * 1024;

// What Exchange answers, to a good login or to any command after it, while the mailbox's own server is down.
constexpr std::string_view unavailable_texts[] = {"server unavailable", "user is authenticated but not connected"};

bool tells_unavailable(std::string_view text) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
  return std::any_of(std::begin(unavailable_texts), std::end(unavailable_texts), [&](std::string_view known) {
    const auto same = [&](char a, char b) { return lower(a) == b; };
    return std::search(text.begin(), text.end(), known.begin(), known.end(), same) != text.end();
  });
}

void tell_alert(const unsolicited& to, const wire::status_response& status) {
  if (status.code.kind == wire::code_kind::alert && status.condition != wire::condition::bye && to.alert)
    to.alert(status.text);
}

}  // namespace

bool is_refusal(const error& e) noexcept { return e.code == errc::command_refused || e.code == errc::command_rejected; }

class session::events final : public profile::conversation_events {
 public:
  explicit events(session& owner) : owner_(owner) {}

  void on_greeting(const wire::status_response& greeting) override {
    owner_.greeting_ = greeting;
    tell_alert(owner_.unsolicited_, greeting);
  }

  void on_data(profile::command_id owner, wire::response& data) override {
    if (const auto* status = std::get_if<wire::status_response>(&data)) {
      if (status->condition == wire::condition::bye) owner_.bye_ = status->text;
      tell_alert(owner_.unsolicited_, *status);
    }
    if (owner_.witness_) owner_.witness_(data);
    if (auto* to = responder_of(owner)) {
      to->on_data(data);
    } else {
      // SELECT, NOOP and the rest own no data but live on what comes with them (OIMAP-V0001).
      if (auto* at_work = responder_of(owner_.talk_.oldest())) at_work->on_data(data);
      if (owner_.unsolicited_.data) owner_.unsolicited_.data(data);
    }
  }

  void on_body_begin(profile::command_id owner, wire::body_section section, std::uint64_t size) override {
    body_to_ = responder_of(owner);
    if (body_to_ != nullptr) body_to_->on_body_begin(section, size);
  }
  void on_body_data(std::span<const char> octets) override {
    if (body_to_ != nullptr) body_to_->on_body_data(octets);
  }
  void on_body_end() override {
    if (body_to_ != nullptr) body_to_->on_body_end();
  }

  void on_continuation(profile::command_id owner, std::string_view text) override {
    auto* to = responder_of(owner);
    if (auto line = to != nullptr ? to->on_continuation(text) : "*") {
      owner_.talk_.answer(*line);
      wipe(*line);
    }
  }

  void on_complete(profile::command_id which, const wire::status_response& status) override {
    tell_alert(owner_.unsolicited_, status);
    if (const auto at = owner_.pending_.find(which); at != owner_.pending_.end()) {
      at->second.status = status;
      auto* const told = std::exchange(at->second.data, nullptr);
      if (told != nullptr) told->on_complete(status);
    }
  }

  void on_dropped(const error& why) override {
    if (owner_.unsolicited_.dropped) owner_.unsolicited_.dropped(why);
  }

 private:
  responder* responder_of(profile::command_id id) const {
    const auto at = owner_.pending_.find(id);
    return at != owner_.pending_.end() ? at->second.data : nullptr;
  }

  session& owner_;
  responder* body_to_ = nullptr;
};

session::session(std::unique_ptr<net::transport> over, const limits& bounds, profile::random_source random,
                 trace_sink* trace)
    : over_(std::move(over)),
      talk_(bounds, std::move(random), trace),
      events_(std::make_unique<events>(*this)),
      buffer_(read_size) {}

session::~session() = default;

asio::awaitable<result<void>> session::flush() {
  while (talk_.has_output()) {
    auto out = talk_.take_output();
    auto ok = co_await over_->write(out);
    wipe(out);
    if (!ok) co_return ok;
  }
  co_return result<void>{};
}

asio::awaitable<result<void>> session::step() {
  if (auto ok = co_await flush(); !ok) co_return ok;
  if (gate_) {
    if (auto ok = co_await gate_(); !ok) co_return ok;
  }
  auto got = co_await over_->read_some(buffer_);
  if (!got) {
    talk_.trace().note("closed: " + got.error().message());
    // A server that said BYE has told its reason; the closed socket is only the consequence.
    if (bye_ && got.error().code == errc::connection_lost) co_return fail(errc::server_bye, got.error().detail, *bye_);
    co_return tl::unexpected(got.error());
  }
  octets_read_ += *got;
  auto ok = talk_.receive(std::span<const char>(buffer_.data(), *got), *events_);
  if (!ok) over_->close();
  co_return ok;
}

// A link that breaks in the middle of a greeting, or behind a certificate that was accepted, was one to an IMAP server as
// far as anybody can tell; a server that hangs up without a word may be anything.
bool session::greeting_has_begun() const {
  constexpr std::string_view first = "* ";
  const auto came = talk_.partial_text().substr(0, first.size());
  return came.empty() ? over_->tls() != nullptr : first.starts_with(came);
}

asio::awaitable<result<wire::status_response>> session::greeting() {
  over_->set_one_deadline(true);
  while (!greeting_) {
    if (auto ok = co_await step(); !ok) {
      auto e = ok.error();
      if (e.code == errc::connection_lost && !greeting_has_begun())
        e = error(errc::not_imap, "the connection was closed before a greeting came: " + e.detail);
      co_return tl::unexpected(e);
    }
  }
  over_->set_one_deadline(false);
  if (greeting_->condition == wire::condition::bye) co_return fail(errc::greeting_bye, over_->peer(), greeting_->text);
  co_return *greeting_;
}

result<profile::command_id> session::start(const profile::command& what, responder* data) {
  auto id = talk_.submit(what);
  // "Not allowed in this state" would hide why.
  if (!id && bye_) return fail(errc::server_bye, std::string(profile::traits(what).name), *bye_);
  if (id) pending_[*id] = pending{data, std::string(profile::traits(what).name), std::nullopt};
  return id;
}

asio::awaitable<result<wire::status_response>> session::wait(profile::command_id which, std::string about) {
  const auto at = pending_.find(which);
  if (at == pending_.end()) co_return fail(errc::internal, "waiting for a command that was not started");
  auto what = at->second.name;
  if (!about.empty()) what += ' ' + about;
  // What is answered before a login is short.
  if (talk_.state() == profile::state::not_authenticated) over_->set_one_deadline(true);
  while (!at->second.status) {
    if (auto ok = co_await step(); !ok) {
      pending_.erase(at);
      auto e = ok.error();
      if (e.detail.find(what) == std::string::npos) e.detail += " (" + what + ")";
      co_return tl::unexpected(e);
    }
  }
  over_->set_one_deadline(false);
  const auto status = std::move(*at->second.status);
  pending_.erase(at);
  // What completing one command released for sending must not wait for the next read.
  if (auto ok = co_await flush(); !ok) co_return tl::unexpected(ok.error());
  if (status.condition != wire::condition::ok && tells_unavailable(status.text)) {
    co_return fail(errc::server_unavailable, what, status.text);
  }
  if (status.condition == wire::condition::no) co_return fail(errc::command_refused, what, status.text);
  if (status.condition != wire::condition::ok) co_return fail(errc::command_rejected, what, status.text);
  co_return status;
}

asio::awaitable<result<wire::status_response>> session::execute(const profile::command& what, responder* data,
                                                                std::string about) {
  auto id = start(what, data);
  if (!id) co_return tl::unexpected(id.error());
  co_return co_await wait(*id, std::move(about));
}

asio::awaitable<result<void>> session::idle(alarm& call, clock::time_point until) {
  struct silent final : responder {
    std::optional<std::string> on_continuation(std::string_view) override { return std::nullopt; }
  } listener;
  const profile::command begin = profile::idle_command{};
  const auto id = start(begin, &listener);
  if (!id) co_return tl::unexpected(id.error());

  const auto on = co_await asio::this_coro::executor;
  asio::steady_timer ended(on, asio::steady_timer::time_point::max());
  bool answered = false;
  bool asked = false;
  over_->set_idle(true);
  const auto end = [&]() -> asio::awaitable<void> {
    co_await call.wait_until(until);
    if (answered) co_return;
    over_->set_idle(false);
    talk_.done();
    const auto sent = co_await flush();
    // The one who waits for the answer sees what became of the connection.
    static_cast<void>(sent);
  };
  std::exception_ptr problem;
  net::spawn(on, end(), [&](const std::exception_ptr& thrown) {
    asked = true;
    ended.cancel();
    // Without the DONE there would be no answer either.
    if (thrown) over_->close();
  });
  result<wire::status_response> status = fail(errc::internal, "");
  try {
    status = co_await wait(*id);
  } catch (...) {
    problem = std::current_exception();
  }
  answered = true;
  over_->set_idle(false);
  // The other coroutine uses this one's variables; its write must not outlast a connection that has failed.
  const bool refused = !status && is_refusal(status.error());
  if (!status && !refused) over_->close();
  if (!asked) call.ring();
  while (!asked) co_await net::wait(ended);
  if (problem) std::rethrow_exception(problem);
  if (!status) co_return tl::unexpected(status.error());
  co_return result<void>{};
}

asio::awaitable<result<void>> session::start_tls(const net::tls_options& options) {
  auto ok = co_await over_->start_tls(options);
  talk_.trace().note(ok ? "TLS: " + over_->tls()->version + " " + over_->tls()->cipher
                        : "TLS: " + ok.error().message());
  if (ok) talk_.tls_started();
  co_return ok;
}

class session::capability_collector final : public responder {
 public:
  explicit capability_collector(profile::conversation& talk) : talk_(talk) {}
  void on_data(wire::response& data) override {
    if (auto* list = std::get_if<wire::capability_data>(&data)) names_ = std::move(list->names);
  }
  // Before anything that comes behind it: what is started then may depend on it.
  void on_complete(const wire::status_response& status) override {
    if (status.condition == wire::condition::ok) talk_.set_capabilities(profile::capabilities(std::move(names_)));
  }

 private:
  profile::conversation& talk_;
  std::vector<std::string> names_;
};

result<void> session::begin_capabilities() {
  capabilities_ = std::make_unique<capability_collector>(talk_);
  const profile::command capability = profile::capability_command{};
  const auto id = start(capability, capabilities_.get());
  if (!id) return tl::unexpected(id.error());
  asking_capabilities_ = *id;
  return {};
}

asio::awaitable<result<void>> session::finish_capabilities() {
  const auto asked = std::exchange(asking_capabilities_, std::nullopt);
  if (!asked) co_return result<void>{};
  auto status = co_await wait(*asked);
  if (!status) co_return tl::unexpected(status.error());
  co_return result<void>{};
}

asio::awaitable<result<void>> session::ask_capabilities() {
  if (auto ok = begin_capabilities(); !ok) co_return ok;
  co_return co_await finish_capabilities();
}

asio::awaitable<void> session::logout(bool wait) {
  if (talk_.state() != profile::state::logged_out) {
    const profile::command leave = profile::logout_command{};
    if (wait) {
      auto done = co_await execute(leave);
      static_cast<void>(done);
    } else if (start(leave)) {
      auto sent = co_await flush();
      static_cast<void>(sent);
    }
  }
  over_->close();
}

}  // namespace outmap::session
