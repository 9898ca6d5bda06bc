// From nothing to a logged-in session: greeting, CAPABILITY, STARTTLS, CAPABILITY, ladder, CAPABILITY.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "auth/ladder.hpp"
#include "auth/sasl_mechanism.hpp"
#include "net/interrupter.hpp"
#include "net/tls_options.hpp"
#include "outmap/config.hpp"
#include "session/session.hpp"

namespace outmap::session {

/// What a connector needs besides the account; everything outlives it.
struct surroundings {
  net::interrupter& stop;
  trace_sink* trace = nullptr;
  auth::random_source random;
  std::function<std::uint64_t()> filetime;  ///< now, 100 ns since 1601
  unsolicited listen;                       ///< from the greeting on, with STARTTLS from TLS on
  std::function<void(const auth::ladder_step&)> on_step;
  /// May accept a certificate that was refused: true, and the account's fingerprint is now that certificate's.
  std::function<bool(const error& why, const net::tls_facts& refused)> accept_certificate = {};
  /// Work without the network that shall cost no time: done once, while the first connection waits for the server's
  /// first words. Nothing is said of the account before it; its error is that of the connection.
  std::function<result<void>()> meanwhile = {};
};

/// Of the last connection that was opened.
struct connection_facts {
  std::string peer;
  std::string greeting;  ///< hostile
  bool preauthenticated = false;
  std::optional<net::tls_facts> tls;
  std::vector<std::string> capabilities_before_tls;
  std::vector<std::string> capabilities;  ///< before login, on the connection as it is used
};

/// The account's policy; a delegate logs in by LOGIN only (NTLM-2.2.4-01).
auth_policy policy_of(const account_config& account);

class connector {
 public:
  connector(const account_config& account, surroundings with);

  /// A connection that is ready for the ladder. Errors: those of net::connect(), TLS, greeting_bye, not_imap,
  /// starttls_unavailable, plaintext_after_starttls, preauth_before_tls.
  asio::awaitable<result<std::unique_ptr<session>>> open();
  /// open() and the ladder, over as many connections as it takes (XIMAP-V0061), at most four; then CAPABILITY
  /// (OIMAP-V0033).
  asio::awaitable<result<std::unique_ptr<session>>> log_in();
  /// The same, but the answer to the last CAPABILITY is left to session::finish_capabilities().
  asio::awaitable<result<std::unique_ptr<session>>> pass_ladder();
  /// Before another password is tried.
  void begin_anew();

  [[nodiscard]] const connection_facts& facts() const { return facts_; }
  [[nodiscard]] const std::vector<auth::ladder_step>& steps() const { return ladder_.steps(); }
  [[nodiscard]] auth::offer offered() const { return {facts_.capabilities, facts_.tls.has_value()}; }

 private:
  asio::awaitable<result<std::unique_ptr<session>>> open_once();
  asio::awaitable<result<void>> introduce(session& on);

  struct attempt_result {
    auth::verdict outcome = auth::verdict::refused;
    std::string server_text;
    std::string detail;
    std::optional<error> fatal;
    bool sent = true;  ///< false: the server knows nothing of it; `fatal` says why
  };

  asio::awaitable<result<void>> raise_to_tls(session& on);
  asio::awaitable<result<void>> start_tls(session& on);
  asio::awaitable<attempt_result> attempt(session& on, mechanism which);
  asio::awaitable<attempt_result> attempt_sasl(session& on, mechanism which);
  asio::awaitable<attempt_result> attempt_login(session& on);
  [[nodiscard]] auth::credentials credentials_for(session& on) const;
  [[nodiscard]] net::tls_options tls_options() const;
  void report_new_steps();

  const account_config& account_;
  surroundings with_;
  auth::ladder ladder_;
  connection_facts facts_;
  std::optional<net::tls_facts> refused_;
  std::size_t reported_ = 0;
};

}  // namespace outmap::session
