// What an account is made of.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/limits.hpp"
#include "outmap/secret.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// How the connection is protected. Default ports: 993 for implicit, 143 for the others (OIMAP-2.1.1).
enum class tls_mode { implicit, starttls, none };

/// In the order of the ladder, strongest first (OIMAP-V0034). `login` is the LOGIN command.
enum class mechanism { ntlm, digest_md5, plain, login };

/// Lower-case name as options and files spell it: "ntlm", "digest-md5", "plain", "login".
std::string_view to_string(mechanism m) noexcept;
std::optional<mechanism> mechanism_from(std::string_view name) noexcept;

enum class ntlm_version {
  v2,                   ///< the default
  v1_extended_session,  ///< NTLMv1 with extended session security; by policy only
  v1,                   ///< NTLMv1 without it; by policy only
};

/// Whether PLAIN and LOGIN may run on a connection without TLS (OIMAP-V0031).
enum class plaintext_policy { tls_only, allowed };

struct auth_policy {
  std::vector<mechanism> allowed = {mechanism::ntlm, mechanism::digest_md5, mechanism::plain, mechanism::login};
  plaintext_policy plaintext = plaintext_policy::tls_only;
  ntlm_version ntlm = ntlm_version::v2;
};

/// Which date is the received date; it also selects the header form (OIMAP-V0006).
enum class received_date { internal, header };

/// Which mailboxes make up the folder tree: all that LIST shows, or those that LSUB shows (OIMAP-V0041). INBOX counts
/// always.
enum class folder_mode { all, subscribed };

/// `all`: everything is here after a sync. `none`: headers alone; bodies come by account::fetch().
enum class body_mode { all, none };

/// How much of a folder one sync may take for expunged. Of more nothing is, and the folder fails (errc::guard_tripped): a
/// server that was restored, emptied or confused is not to empty the cache, too. New mail and flags still come, unless
/// UIDVALIDITY is new. It trips where both are exceeded.
struct deletion_limit {
  std::uint64_t messages = 20;  ///< so many may always go
  unsigned percent = 50;        ///< of the messages that are held; 0: the number alone counts; 100: any share may go

  static constexpr deletion_limit none() { return {UINT64_MAX, 100}; }
  friend bool operator==(const deletion_limit&, const deletion_limit&) = default;
};

struct account_config {
  std::string name;  ///< for people; defaults to user@host
  std::string host;
  std::uint16_t port = 0;  ///< 0: the default of the TLS mode
  tls_mode tls = tls_mode::implicit;
  std::string user;  ///< UTF-8; DOMAIN\user for NTLM with a domain
  secret password;
  std::string principal;  ///< whose mailbox a delegate opens by LOGIN (NTLM-2.2.4-01); empty: one's own
  auth_policy auth;
  std::filesystem::path ca_file;  ///< PEM, in addition to the system's store; empty: none
  std::string fingerprint;        ///< SHA-256 of the certificate (hex, colons allowed); replaces verification
  std::chrono::milliseconds timeout{60'000};  ///< longest wait for any answer
  received_date received = received_date::internal;
  folder_mode folders = folder_mode::all;
  body_mode bodies = body_mode::all;
  deletion_limit deletions;
  /// How long what the server has expunged stays in the cache, in days; none: for ever; 0: until the end of the sync.
  std::optional<std::uint32_t> keep_expunged;
  std::string root_folder;  ///< UTF-8; what is not at or below it is left out but INBOX (OIMAP-V0022)
  static constexpr unsigned most_connections = 16;
  unsigned connections = 4;                  ///< most sessions at a time; more than one only for long work
  std::chrono::milliseconds patience{1000};  ///< after so long another session joins, if there is work nobody has taken
  /// After a lost connection the server may still carry out what it was sent: so long the outbox waits before it takes
  /// what is not to be found for undone.
  std::chrono::milliseconds second_look{2000};
  bool read_only = false;       ///< nothing that changes the server is sent; the outbox keeps what is in it
  bool pipelining = true;       ///< false: one command at a time, for servers that lose count (OIMAP-V0026)
  bool wait_for_logout = true;  ///< false: LOGOUT is sent and the connection closed at once (OIMAP-2.1.2)
  std::filesystem::path cache;  ///< the account's cache file
  outmap::limits limits;

  [[nodiscard]] std::uint16_t effective_port() const {
    return port != 0 ? port : tls == tls_mode::implicit ? 993 : 143;
  }
};

/// 64 lower-case hexadecimal digits of a SHA-256 fingerprint written with or without colons.
result<std::string> normal_fingerprint(std::string_view text);

/// Checks what can be checked without the network: names, ports, fingerprint form. The detail names the field.
result<void> validate(const account_config& config);

/// `imaps://user@host[:port]`, `imap://…` (STARTTLS) or `imap+plain://…` (no TLS). Percent-encoding is decoded in the
/// user part. A password in the URL is an error: it would show in the process list.
result<account_config> account_from_url(std::string_view url);

}  // namespace OUTMAP_PUBLIC
