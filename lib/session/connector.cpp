#include "session/connector.hpp"

#include <asio/this_coro.hpp>

#include <utility>

#include "auth/base64.hpp"
#include "auth/delegate_name.hpp"
#include "net/tcp_transport.hpp"
#include "session/meanwhile.hpp"

namespace outmap::session {
namespace {

constexpr int most_connections = 4;
// The mechanisms here have two or three.
constexpr int most_rounds = 16;

// Feeds the server's challenges to a mechanism and its responses back (NTLM-1.3-03).
class sasl_responder final : public responder {
 public:
  sasl_responder(auth::sasl_mechanism& mechanism, bool client_first, std::size_t longest)
      : mechanism_(mechanism), expect_empty_(client_first), longest_(longest) {}

  std::optional<std::string> on_continuation(std::string_view text) override {
    // A server that asks on and on, also behind a "*", is left to the deadline.
    if (++rounds_ > most_rounds) return std::nullopt;
    if (failure_) return "*";
    // What stands behind the first '+' of a client-first mechanism is for people (NTLM-2.2.1-04).
    if (std::exchange(expect_empty_, false)) text = {};
    if (text.size() / 4 * 3 > longest_) return cancel(error(errc::limit_exceeded, "the challenge is too long"));
    auto challenge = auth::decode_base64(text);
    if (!challenge) return cancel(challenge.error());
    auto response = mechanism_.step(*challenge);
    if (!response) return cancel(response.error());
    auto line = auth::encode_base64(*response);
    wipe(*response);
    return line;
  }

  [[nodiscard]] const std::optional<error>& failure() const { return failure_; }

 private:
  std::string cancel(error why) {
    failure_ = std::move(why);
    return "*";
  }

  auth::sasl_mechanism& mechanism_;
  bool expect_empty_;
  int rounds_ = 0;
  std::size_t longest_;
  std::optional<error> failure_;
};

// A server that hangs up on a wrong password has answered (XIMAP-V0061).
bool is_hang_up(const error& e) { return e.code == errc::connection_lost || e.code == errc::server_bye; }

// What to think of a text that came before TLS.
error overheard(error e) {
  if (!e.server_text.empty()) e.detail += " (said before TLS: anyone on the way may have said it)";
  return e;
}

}  // namespace

auth_policy policy_of(const account_config& account) {
  auto policy = account.auth;
  // The other mechanisms would open the delegate's own mailbox.
  if (!account.principal.empty()) std::erase_if(policy.allowed, [](mechanism m) { return m != mechanism::login; });
  return policy;
}

connector::connector(const account_config& account, surroundings with)
    : account_(account), with_(std::move(with)), ladder_(policy_of(account)) {}

net::tls_options connector::tls_options() const {
  // validate() has accepted the fingerprint before anything connects.
  const auto pinned =
      account_.fingerprint.empty() ? result<std::string>(std::string()) : normal_fingerprint(account_.fingerprint);
  return {account_.host, account_.ca_file, pinned.value_or(account_.fingerprint)};
}

void connector::begin_anew() {
  ladder_ = auth::ladder(policy_of(account_));
  reported_ = 0;
}

asio::awaitable<result<std::unique_ptr<session>>> connector::open() {
  auto on = co_await open_once();
  if (on || !refused_ || !with_.accept_certificate) co_return on;
  const bool accepted = with_.accept_certificate(on.error(), *refused_);
  if (accepted) on = co_await open_once();
  co_return on;
}

asio::awaitable<result<std::unique_ptr<session>>> connector::open_once() {
  refused_.reset();
  facts_ = {};
  auto over = co_await net::connect(account_.host, account_.effective_port(), account_.timeout, with_.stop);
  if (!over) co_return tl::unexpected(over.error());
  facts_.peer = (*over)->peer();
  auto on = std::make_unique<session>(std::move(*over), account_.limits, with_.random, with_.trace);
  on->talk().trace().note("connected to " + account_.host + " (" + facts_.peer + ")");

  // Destroyed before the session, whose wait it is done in.
  meanwhile spare(co_await asio::this_coro::executor, std::exchange(with_.meanwhile, {}));
  auto introduced = co_await introduce(*on);
  if (auto ok = spare.finish(); !ok) {
    // It would not be the certificate's fault.
    refused_.reset();
    co_return tl::unexpected(ok.error());
  }
  if (!introduced) co_return tl::unexpected(introduced.error());
  co_return result<std::unique_ptr<session>>(std::move(on));
}

asio::awaitable<result<void>> connector::introduce(session& on) {
  // What comes before TLS may be anybody's word, and nobody shall be told it as the server's.
  const bool raised = account_.tls == tls_mode::starttls;
  if (raised) {
    on.talk().await_tls();
  } else {
    on.set_unsolicited(with_.listen);
  }
  if (account_.tls == tls_mode::implicit) {
    if (auto ok = co_await start_tls(on); !ok) co_return ok;
  }
  auto greeting = co_await on.greeting();
  if (!greeting) co_return tl::unexpected(raised ? overheard(greeting.error()) : greeting.error());
  facts_.greeting = greeting->text;
  facts_.preauthenticated = greeting->condition == wire::condition::preauth;
  if (raised) {
    if (facts_.preauthenticated)
      co_return tl::unexpected(overheard(error(errc::preauth_before_tls, facts_.peer, facts_.greeting)));
    if (auto ok = co_await raise_to_tls(on); !ok) co_return tl::unexpected(overheard(ok.error()));
    on.set_unsolicited(with_.listen);
  }
  if (const auto* tls = on.over().tls()) facts_.tls = *tls;
  if (auto ok = co_await on.ask_capabilities(); !ok) co_return ok;
  facts_.capabilities = on.talk().known().names();
  co_return result<void>{};
}

asio::awaitable<result<void>> connector::raise_to_tls(session& on) {
  if (auto ok = co_await on.ask_capabilities(); !ok) co_return ok;
  facts_.capabilities_before_tls = on.talk().known().names();
  if (!on.talk().known().has("STARTTLS")) {
    co_await on.logout(account_.wait_for_logout);
    co_return fail(errc::starttls_unavailable, account_.host + " does not list it");
  }
  const profile::command starttls = profile::starttls_command{};
  auto answer = co_await on.execute(starttls);
  if (!answer) {
    if (is_refusal(answer.error()))
      co_return fail(errc::starttls_unavailable, "the server refused it", answer.error().server_text);
    co_return tl::unexpected(answer.error());
  }
  co_return co_await start_tls(on);
}

asio::awaitable<result<void>> connector::start_tls(session& on) {
  auto ok = co_await on.start_tls(tls_options());
  if (const auto* const refused = on.over().refused(); !ok && refused != nullptr) refused_ = *refused;
  co_return ok;
}

auth::credentials connector::credentials_for(session& on) const {
  auth::credentials who;
  who.user = account_.user;
  who.password = account_.password;
  who.host = account_.host;
  if (const auto* tls = on.over().tls()) who.channel_binding = tls->end_point_hash;
  who.filetime = with_.filetime();
  who.random = with_.random;
  return who;
}

asio::awaitable<connector::attempt_result> connector::attempt_sasl(session& on, mechanism which) {
  auto machine = auth::make_mechanism(which, account_.auth, credentials_for(on), account_.limits.challenge);
  sasl_responder answers(*machine, which != mechanism::digest_md5, account_.limits.challenge);
  const profile::command authenticate = profile::authenticate_command{std::string(machine->name())};
  attempt_result out;
  const auto sent = on.start(authenticate, &answers);
  if (!sent) {
    out.fatal = sent.error();
    out.sent = false;
    co_return out;
  }
  auto status = co_await on.wait(*sent);
  if (answers.failure()) out.detail = answers.failure()->detail;
  if (!status) {
    out.server_text = status.error().server_text;
    if (!is_refusal(status.error())) out.fatal = status.error();
  } else if (!machine->complete()) {
    out.fatal = error(errc::unexpected_response, "the server accepted " + std::string(machine->name()) +
                                                     " before it was complete (NTLM-2.2.1-09)");
  } else {
    out.outcome = auth::verdict::succeeded;
    out.server_text = status->text;
  }
  co_return out;
}

asio::awaitable<connector::attempt_result> connector::attempt_login(session& on) {
  attempt_result out;
  const auto sent =
      on.start(profile::login_command{auth::delegate_login_name(account_.user, account_.principal), account_.password});
  if (!sent && is_hang_up(sent.error())) {
    out.fatal = sent.error();
    out.sent = false;
    co_return out;
  }
  if (!sent) {
    out.detail = "user name or password cannot be sent by LOGIN: " + sent.error().detail;
    co_return out;
  }
  auto status = co_await on.wait(*sent);
  if (status) {
    out.outcome = auth::verdict::succeeded;
    out.server_text = status->text;
  } else {
    out.server_text = status.error().server_text;
    if (!is_refusal(status.error())) out.fatal = status.error();
  }
  co_return out;
}

asio::awaitable<connector::attempt_result> connector::attempt(session& on, mechanism which) {
  if (which == mechanism::login) co_return co_await attempt_login(on);
  co_return co_await attempt_sasl(on, which);
}

void connector::report_new_steps() {
  for (; reported_ < ladder_.steps().size(); ++reported_) {
    if (with_.on_step) with_.on_step(ladder_.steps()[reported_]);
  }
}

asio::awaitable<result<std::unique_ptr<session>>> connector::log_in() {
  auto on = co_await pass_ladder();
  if (!on) co_return on;
  if (auto ok = co_await (*on)->finish_capabilities(); !ok) co_return tl::unexpected(ok.error());
  co_return on;
}

asio::awaitable<result<std::unique_ptr<session>>> connector::pass_ladder() {
  if (account_.user.empty() || account_.password.empty()) co_return fail(errc::credentials_missing, account_.host);
  std::unique_ptr<session> on;
  int connections = 0;
  int attempts_here = 0;
  while (true) {
    if (!on) {
      if (++connections > most_connections) co_return tl::unexpected(ladder_.failure());
      auto opened = co_await open();
      // After a refused password a server that will not talk to us again has only repeated its answer.
      if (!opened)
        co_return tl::unexpected(connections > 1 && is_hang_up(opened.error()) ? ladder_.failure() : opened.error());
      on = std::move(*opened);
      ladder_.connection_opened();
      attempts_here = 0;
      if (facts_.preauthenticated) co_return result<std::unique_ptr<session>>(std::move(on));
    }
    const auto which = ladder_.next(offered());
    report_new_steps();
    if (!which) {
      co_await on->logout(account_.wait_for_logout);
      co_return tl::unexpected(ladder_.failure());
    }
    auto got = co_await attempt(*on, *which);
    if (got.fatal && !is_hang_up(*got.fatal)) co_return tl::unexpected(*got.fatal);
    // A mechanism that was never sent has not failed: a weaker one may not take its place.
    if (!got.sent) {
      if (attempts_here == 0) co_return tl::unexpected(connections > 1 ? ladder_.failure() : *got.fatal);
      on.reset();
      continue;
    }
    ++attempts_here;
    if (got.fatal) {
      got.outcome = auth::verdict::connection_lost;
      got.detail = got.fatal->detail;
    }
    ladder_.record(*which, got.outcome, got.server_text, got.detail);
    report_new_steps();
    if (got.outcome == auth::verdict::succeeded) {
      if (auto ok = on->begin_capabilities(); !ok) co_return tl::unexpected(ok.error());
      co_return result<std::unique_ptr<session>>(std::move(on));
    }
    if (got.fatal) {
      on.reset();
    } else if (ladder_.wants_fresh_connection()) {
      co_await on->logout(account_.wait_for_logout);
      on.reset();
    }
  }
}

}  // namespace outmap::session
