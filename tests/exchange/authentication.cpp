#include <algorithm>

#include "accounts.hpp"
#include "ascii.hpp"
#include "auth/base64.hpp"
#include "imap_session.hpp"

namespace outmap::exchange {

namespace {

constexpr std::size_t longest_response = std::size_t{64} << 10;

std::string opening(empty_continuation form) {
  switch (form) {
    case empty_continuation::plus: return "+\r\n";
    case empty_continuation::plus_text: return "+ Go ahead.\r\n";
    case empty_continuation::plus_space: break;
  }
  return "+ \r\n";
}

}  // namespace

void imap_session::authenticated(const login_name& who, std::string_view text) {
  if (const quirk_use* use = quirk(field_quirk::server_unavailable)) {
    return no(use->text.empty() ? "Server Unavailable. 15" : use->text);
  }
  state_ = state::authenticated;
  user_ = who.delegate->user;
  principal_ = who.principal;
  if (who.owner->mailbox != nullptr) store_ = who.owner->mailbox.get();
  shared_.log.count([](counters& c) { ++c.logins; });
  const quirk_use* code = quirk(field_quirk::error_in_ok);
  if (code == nullptr) return ok(text);
  ok((code->text.empty() ? R"([Error="ProxyNotAuthenticated" Proxy=mailbox.example.test:1993:SSL] )"
                         : "[" + code->text + "] ") +
     std::string(text));
}

void imap_session::login_failed(refusal how, std::string_view text) {
  ++failures_;
  shared_.log.count([](counters& c) { ++c.failed_logins; });
  const int most = behaves().failures_before_drop;
  const bool dropped = most != 0 && failures_ >= (behaves().drop_at_next_attempt ? most + 1 : most);
  // In the other reading the attempt after the last one is not even answered.
  if (!dropped || !behaves().drop_at_next_attempt) finish(how == refusal::no ? "NO" : "BAD", text);
  if (!dropped) return;
  channel_.flush();
  throw hung_up{};
}

std::optional<std::string> imap_session::read_sasl_response() {
  const auto line = reader_.next_line(longest_response);
  if (!line) {
    login_failed(refusal::bad, "AUTHENTICATE failed.");
    return std::nullopt;
  }
  if (*line == "*" || *line == "* ") {  // NTLM-2.2.1-12
    login_failed(behaves().cancelled, "AUTHENTICATE cancelled.");
    return std::nullopt;
  }
  auto octets = auth::decode_base64(*line);
  if (octets) return *std::move(octets);
  login_failed(refusal::bad, "AUTHENTICATE failed.");
  return std::nullopt;
}

void imap_session::do_authenticate(arguments& args) {
  args.space();
  const std::string name = upper_cased(args.atom());
  args.end();
  if (std::ranges::find(behaves().mechanisms, name) == behaves().mechanisms.end()) {
    return login_failed(behaves().unsupported_mechanism, "Unsupported authentication mechanism.");
  }
  if (name == "PLAIN" && !channel_.tls() && !behaves().allow_plaintext_insecure) {  // XIMAP-V0022
    return login_failed(refusal::no, "AUTHENTICATE failed: plaintext needs TLS.");
  }
  const auto acceptor = make_acceptor(name, shared_.setup);
  if (acceptor == nullptr) return login_failed(refusal::no, "AUTHENTICATE failed.");
  const auto first = acceptor->first_challenge();
  send(first ? "+ " + auth::encode_base64(*first) + "\r\n" : opening(behaves().first_continuation));
  for (;;) {
    const auto response = read_sasl_response();
    if (!response) return;
    const sasl_answer answer = acceptor->step(*response);
    switch (answer.outcome) {
      case sasl_outcome::challenge: send("+ " + auth::encode_base64(answer.text) + "\r\n"); break;
      case sasl_outcome::accepted: {
        const login_name who = find_login(shared_.setup.accounts, answer.text);
        if (who.delegate == nullptr) return login_failed(refusal::no, "AUTHENTICATE failed.");
        return authenticated(who, "AUTHENTICATE completed.");
      }
      case sasl_outcome::refused: return login_failed(behaves().wrong_password, "AUTHENTICATE failed.");
      case sasl_outcome::corrupt: return login_failed(refusal::bad, "AUTHENTICATE failed.");
    }
  }
}

void imap_session::do_login(arguments& args) {
  args.space();
  const std::string user = args.astring();
  args.space();
  const secret password(args.astring());
  args.end();
  const bool disabled = channel_.tls() ? behaves().login_disabled_tls : behaves().login_disabled_plain;
  if (disabled || (!channel_.tls() && !behaves().allow_plaintext_insecure)) {  // XIMAP-V0025
    return login_failed(refusal::no, "LOGIN failed: it is disabled on this connection.");
  }
  const login_name who = find_login(shared_.setup.accounts, user);
  if (who.delegate == nullptr || who.owner == nullptr ||
      !same_password(who.delegate->password.reveal(), password.reveal())) {
    return login_failed(refusal::no, "LOGIN failed.");
  }
  authenticated(who, "LOGIN completed.");
}

}  // namespace outmap::exchange
