// A loopback IMAP server that behaves like Exchange, for tests, demos and authors of mail apps.
//
//   outmap::exchange::server_options options;
//   options.accounts = {{"anna", outmap::secret("s3cret")}};
//   outmap::exchange::server server(std::move(options));
//   server.store().add("INBOX", "Subject: hello\r\n\r\nworld\r\n");
//   if (auto up = server.start(); !up) …
//   … connect to 127.0.0.1:server.tls_port(), trusting server.ca_pem() …
//   CHECK(server.log().totals().body_octets == 0);
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "activity.hpp"
#include "field_quirks.hpp"
#include "hooks.hpp"
#include "mailbox_store.hpp"
#include "outmap/error.hpp"
#include "outmap/secret.hpp"
#include "personality.hpp"

namespace outmap::exchange {

class sasl_acceptor;

/// Who may log in. A domain (DOMAIN\user) or realm that the client names is accepted as it is.
struct account {
  std::string user;  ///< UTF-8, compared without regard to ASCII case
  secret password;
  std::shared_ptr<mailbox_store> mailbox = {};  ///< their own mailboxes; nothing: those of the server
};

/// What is wrong with the server's certificate. It names DNS:localhost and IP:127.0.0.1 unless told otherwise.
enum class certificate_fault {
  none,
  expired,
  not_yet_valid,
  wrong_host,   ///< names another host
  self_signed,  ///< signed by itself and not by the CA that ca_pem() gives
};

struct ntlm_options {
  std::string domain = "EXAMPLE";  ///< NetBIOS name in the target information; as `computer`: a server without domain
  std::string computer = "EXCHANGE";
  std::string dns_domain = "example.test";
  std::string dns_computer = "exchange.example.test";
  std::uint8_t major = 6;  ///< of the VERSION structure
  std::uint8_t minor = 1;
  std::uint16_t build = 7601;
  bool timestamp = true;        ///< MsvAvTimestamp in the CHALLENGE; the client then must send a MIC
  std::string fixed_challenge;  ///< 8 octets; empty: random
  bool accept_v1 = true;        ///< NTLMv1 and NTLMv1 with extended session security
};

struct server_options {
  personality behaves = personality::generic();
  std::vector<account> accounts;
  std::shared_ptr<mailbox_store> store;  ///< nothing: a new one with an empty INBOX
  std::uint16_t port = 0;                ///< plain with STARTTLS; 0: a free one
  std::uint16_t tls_port = 0;            ///< TLS from the first octet; 0: a free one
  certificate_fault certificate = certificate_fault::none;
  ntlm_options ntlm;
  exchange::hooks hooks;
  std::shared_ptr<field_quirks> quirks;  ///< nothing: a new one with none switched on
  /// Takes the place of an acceptor for a mechanism that the personality lists, for tests; nothing: the built-in one.
  std::function<std::unique_ptr<sasl_acceptor>(std::string_view mechanism)> acceptor;
};

/// Listens on 127.0.0.1 only; one thread a connection. All member functions may be called from any thread except
/// start() and stop(), which belong to the owner. Certificates are made anew by every start().
class server {
 public:
  explicit server(server_options options);
  ~server();  ///< stop()
  server(const server&) = delete;
  server& operator=(const server&) = delete;

  /// Both listeners accept when it returns. Errors: tls_failed (keys), connection_failed (a port is taken).
  result<void> start();
  /// Closes the listeners and all connections and waits for their threads. Harmless when repeated.
  void stop();

  [[nodiscard]] std::uint16_t port() const;
  [[nodiscard]] std::uint16_t tls_port() const;
  /// The CA certificate to trust.
  [[nodiscard]] std::string ca_pem() const;
  result<void> write_ca(const std::filesystem::path& file) const;
  /// SHA-256 of the server certificate, 64 lower-case hexadecimal digits.
  [[nodiscard]] std::string fingerprint() const;

  [[nodiscard]] mailbox_store& store();
  [[nodiscard]] activity& log();
  /// Field quirks may be switched on and off at any time; commands that begin afterwards show them.
  [[nodiscard]] field_quirks& quirks();
  /// Replaces the hooks; commands that begin afterwards see the new ones.
  void set_hooks(exchange::hooks hooks);

  /// Sends raw octets on every open connection that waits for a command or sits in IDLE (XIMAP-V0014).
  void inject(std::string octets);
  /// Ends every open connection without a word, as a cut cable would.
  void drop_connections();
  [[nodiscard]] std::size_t open_connections() const;
  /// Puts the clock of the timers forward (XIMAP-E0002, XIMAP-V0015) without waiting.
  void advance_clock(std::chrono::milliseconds by);

 private:
  struct state;
  std::unique_ptr<state> state_;
};

}  // namespace outmap::exchange
