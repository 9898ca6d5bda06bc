// One login by the library, and all that it told of it.
#pragma once

#include <string>
#include <vector>

#include "hostile/hostile_peer.hpp"
#include "session/connector.hpp"

namespace outmap::test {

struct login_attempt {
  bool ok = false;
  error why;
  std::vector<auth::ladder_step> steps;
  session::connection_facts facts;
  std::vector<std::string> alerts;  ///< what the user would have been told
  std::size_t data = 0;             ///< untagged responses that nobody had asked for
  std::string trace;
};

/// What no server may learn before it has proved who it is.
inline const std::string secret_user = "zq7user";
inline const std::string secret_password = "zq7-s3cret";

/// secret_user at `host`, where `peer` listens; every mechanism, NTLM from v1 on, in doubt also without TLS: nothing
/// but the rules of TLS stands between the server and the password.
account_config careless_account(const hostile_peer& peer, tls_mode tls, const std::string& host = "localhost");

login_attempt try_login(const account_config& account);

/// What of user and password stands in `octets`, plain or in base64 at any place, or a command that would carry them;
/// empty: nothing.
std::string credentials_in(const std::string& octets);

}  // namespace outmap::test
