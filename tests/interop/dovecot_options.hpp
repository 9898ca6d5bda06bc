// What a private Dovecot shall be like.
#pragma once

#include <string>
#include <vector>

#include "support/certificates.hpp"

namespace outmap::interop {

/// How Dovecot keeps the messages.
enum class storage { maildir, sdbox, mdbox, mbox };

/// Made out to localhost and to both loopback addresses.
inline test::certificate_request good_certificate() {
  return {.subject_alt_names = {"DNS:localhost", "IP:127.0.0.1", "IP:127.0.0.2"}};
}

/// Loopback too, but clients reach it from 127.0.0.1, so Dovecot does not take them for itself. Linux only.
inline constexpr const char* foreign_address = "127.0.0.2";

struct dovecot_options {
  /// The one account. The NTLM acceptor of Samba knows a single password, so there is only one.
  std::string user = "alice";
  std::string password = "s3cret: pass";  ///< UTF-8, neither line break nor NUL
  std::string domain = "EXAMPLE";         ///< NTLM; upper case

  /// As in AUTH=, lower case. "ntlm" goes through Samba's ntlm_auth, which takes NTLMv1 and NTLMv2 alike.
  /// Dovecot has one ntlm_auth for all connections, so two NTLM exchanges at once can make each other fail.
  std::vector<std::string> mechanisms = {"ntlm", "digest-md5", "plain", "login"};
  /// Realms of DIGEST-MD5; with none the challenge names none.
  std::vector<std::string> realms = {};

  /// Where the server listens. On the default it takes every client for local, hence secure, and offers all mechanisms
  /// without TLS; on foreign_address it does not.
  std::string address = "127.0.0.1";
  /// False: no STARTTLS and no imaps listener.
  bool tls = true;
  /// True: LOGINDISABLED and no PLAIN before TLS, except for clients taken for local (see `address`).
  bool plaintext_needs_tls = true;
  test::certificate_request certificate = good_certificate();

  storage format = storage::maildir;
  char hierarchy_separator = '/';
  /// Keeps what each logged-in connection says and hears; see dovecot_server::rawlog().
  bool rawlog = false;
  /// Debug messages of Dovecot's auth process in log().
  bool auth_debug = false;
  /// More configuration, put at the end as it is.
  std::string extra = {};
};

}  // namespace outmap::interop
