// A delegate opens somebody else's mailbox.
#include <asio/co_spawn.hpp>
#include <asio/io_context.hpp>
#include <doctest/doctest.h>

#include "auth/delegate_name.hpp"
#include "exchange/server.hpp"
#include "session/connector.hpp"
#include "support/temp_dir.hpp"

using namespace outmap;
using auth::delegate_login_name;

TEST_CASE("NTLM-2.2.4-02 NTLM-2.2.4-03 a delegate with a domain, and the principal as alias or UPN") {
  for (const auto* delegate : {"CORP\\anna", "CORP/anna"}) {
    CHECK(delegate_login_name(delegate, "bob") == "CORP/anna/bob");
    CHECK(delegate_login_name(delegate, "bob@example.com") == "CORP/anna/bob@example.com");
  }
}

TEST_CASE("NTLM-2.2.4-04 NTLM-2.2.4-05 a delegate with a UPN, and the principal as alias or UPN") {
  CHECK(delegate_login_name("anna@example.com", "bob") == "anna@example.com/bob");
  CHECK(delegate_login_name("anna@example.com", "bob@example.com") == "anna@example.com/bob@example.com");
}

TEST_CASE("one's own mailbox needs no other name") { CHECK(delegate_login_name("CORP\\anna", "") == "CORP\\anna"); }

TEST_CASE(
    "NTLM-2.2.4-01 NTLM-2.2-01 a delegate logs in by LOGIN with the delegate's password, and by nothing that would "
    "open the wrong mailbox") {
  exchange::server_options options;
  options.accounts = {{"CORP/anna/bob", secret("s3cret")}};
  exchange::server server(options);
  REQUIRE(server.start());
  test::temp_dir dir;
  account_config account;
  account.host = "localhost";
  account.port = server.tls_port();
  account.user = "CORP\\anna";
  account.password = secret("s3cret");
  account.principal = "bob";
  account.ca_file = dir / "ca.pem";
  REQUIRE(server.write_ca(account.ca_file));
  REQUIRE(validate(account));

  asio::io_context loop{1};
  net::interrupter stop;
  session::connector with(
      account, {stop, nullptr, auth::system_random(), [] { return std::uint64_t{133500000000000000}; }, {}, {}});
  bool logged_in = false;
  const auto work = [&]() -> asio::awaitable<void> {
    auto on = co_await with.log_in();
    logged_in = on.has_value();
    if (on) co_await (*on)->logout();
  };
  asio::co_spawn(loop, work(), [](const std::exception_ptr& e) {
    if (e) std::rethrow_exception(e);
  });
  loop.run();
  CHECK(logged_in);
  for (const auto& step : with.steps()) {
    CHECK((step.outcome == auth::verdict::succeeded) == (step.which == mechanism::login));
    if (step.which != mechanism::login) CHECK(step.outcome == auth::verdict::not_allowed);
  }
}

TEST_CASE(
    "NTLM-2.2.4-01 an account whose policy leaves out LOGIN cannot be a delegate's, and a principal holds no '/'") {
  account_config account;
  account.host = "localhost";
  account.principal = "bob";
  account.auth.allowed = {mechanism::ntlm};
  REQUIRE_FALSE(validate(account));
  CHECK(validate(account).error().code == errc::config_invalid);
  account.auth.allowed = {mechanism::login};
  CHECK(validate(account));
  account.principal = "bob/carol";
  CHECK_FALSE(validate(account));
}
