// What can go wrong, in outmap's own words, and how far the damage reaches.
#pragma once

#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Every failure the library reports. Values are stable within a major version.
enum class errc {
  // the caller or the configuration
  invalid_argument = 1,
  config_invalid,
  no_such_mailbox,
  no_such_message,
  // the network
  host_not_found = 20,
  connection_refused,
  connection_failed,
  connection_lost,
  timed_out,
  server_unavailable,
  throttled,
  // TLS
  tls_failed = 40,
  certificate_untrusted,
  certificate_expired,
  certificate_not_yet_valid,
  certificate_wrong_host,
  fingerprint_mismatch,
  starttls_unavailable,
  plaintext_after_starttls,
  preauth_before_tls,
  // authentication
  credentials_missing = 60,
  no_usable_mechanism,
  authentication_failed,
  mechanism_failed,
  login_disabled,
  plaintext_forbidden,
  // the protocol
  not_imap = 80,
  greeting_bye,
  server_bye,
  malformed_response,
  limit_exceeded,
  unexpected_response,
  command_refused,
  command_rejected,
  unsupported_mailbox,
  read_only,
  unencodable,
  // the store
  cache_locked = 100,
  cache_foreign,
  cache_newer,
  cache_other_account,
  cache_damaged,
  cache_unavailable,
  disk_full,
  file_error,
  // the run
  cancelled = 120,
  incomplete,
  internal,
  guard_tripped,
  uid_validity_changed,
  verification_failed,
  wrong_format,
};

/// How far the damage of an error reaches: everything outside the scope is still good.
enum class scope { message, folder, connection, account, store };

const std::error_category& outmap_category() noexcept;
std::error_code make_error_code(errc code) noexcept;

/// The scope an error has when nobody said otherwise.
scope default_scope(errc code) noexcept;

/// One sentence on what the user can do about it; empty where there is nothing to add.
std::string_view advice(errc code) noexcept;

/// One failure. `detail` is ours and may name hosts, mailboxes, files and row ids; it never holds a secret.
/// `server_text` is what the server said, exactly, hostile and unescaped: pass it through printable() before showing
/// it.
struct error {
  errc code = errc::internal;
  std::string detail;
  std::string server_text;
  scope reach = scope::connection;

  error() = default;
  explicit error(errc c, std::string what = {}, std::string server = {})
      : code(c), detail(std::move(what)), server_text(std::move(server)), reach(default_scope(c)) {}

  /// Text for a person: the kind, the detail and the server's text made printable. One line.
  [[nodiscard]] std::string message() const;
};

template <class T>
using result = tl::expected<T, error>;

/// `return fail(errc::x, "…");` from any function that returns a result.
inline tl::unexpected<error> fail(errc code, std::string detail = {}, std::string server_text = {}) {
  return tl::unexpected<error>(error(code, std::move(detail), std::move(server_text)));
}

/// Makes hostile text safe for a terminal or a log: control characters, invalid UTF-8, bidirectional and other
/// invisible formatting characters become \xNN or \u{N}. At most `max_octets` of the input are shown.
std::string printable(std::string_view text, std::size_t max_octets = 1024);

}  // namespace OUTMAP_PUBLIC

template <>
struct std::is_error_code_enum<outmap::errc> : std::true_type {};
