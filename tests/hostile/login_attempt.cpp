#include "hostile/login_attempt.hpp"

#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>

#include <algorithm>

#include "support/audit_report.hpp"
#include "support/base64.hpp"

namespace outmap::test {
namespace {

// The characters of base64 that depend on `octets` alone when `before` octets of something else stand before them.
std::string base64_core(const std::string& octets, std::size_t before) {
  const auto text = to_base64(std::string(before, 'x') + octets);
  const auto first = (before * 8 + 5) / 6;
  const auto last = (before + octets.size()) * 8 / 6;
  return text.substr(first, last - first);
}

}  // namespace

account_config careless_account(const hostile_peer& peer, tls_mode tls, const std::string& host) {
  account_config account;
  account.host = host;
  account.port = peer.port();
  account.tls = tls;
  account.user = secret_user;
  account.password = secret(secret_password);
  account.timeout = std::chrono::seconds(20);
  // A script that has come to its end does not answer it.
  account.wait_for_logout = false;
  account.auth.plaintext = plaintext_policy::allowed;
  account.auth.ntlm = ntlm_version::v1;
  return account;
}

login_attempt try_login(const account_config& account) {
  login_attempt out;
  audited_trace trace;
  asio::io_context loop;
  net::interrupter stop;
  session::unsolicited listen;
  listen.alert = [&](std::string_view text) { out.alerts.emplace_back(text); };
  listen.data = [&](wire::response&) { ++out.data; };
  session::connector with(
      account, {stop, &trace, auth::system_random(), [] { return std::uint64_t{133500000000000000}; }, listen, {}, {}});
  const auto work = [&]() -> asio::awaitable<void> {
    auto on = co_await with.log_in();
    out.ok = on.has_value();
    if (on) {
      co_await (*on)->logout(account.wait_for_logout);
    } else {
      out.why = on.error();
    }
  };
  asio::co_spawn(loop, work(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  out.steps = with.steps();
  out.facts = with.facts();
  out.trace = trace.text;
  return out;
}

std::string credentials_in(const std::string& octets) {
  std::vector<std::string> looked_for = {secret_user, secret_password, "LOGIN", "AUTHENTICATE", "TlRMTVNTU"};
  for (const auto& what : {secret_user, secret_password}) {
    for (const std::size_t before : {0U, 1U, 2U}) looked_for.push_back(base64_core(what, before));
  }
  const auto found = std::find_if(looked_for.begin(), looked_for.end(),
                                  [&](const auto& what) { return octets.find(what) != std::string::npos; });
  return found == looked_for.end() ? std::string() : *found;
}

}  // namespace outmap::test
