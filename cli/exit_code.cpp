#include "cli/exit_code.hpp"

#include <algorithm>

namespace outmap::cli {
namespace {

constexpr exit_code_row rows[] = {
    {exit_code::complete, "complete", "Everything asked for was done."},
    {exit_code::internal, "internal", "A fault in outmap itself."},
    {exit_code::usage, "usage",
     "The command line, the configuration or a file named in it needs correction. Running again does not help."},
    {exit_code::partial, "partial", "Part of the work was done and is kept; the messages say what is missing."},
    {exit_code::changes_pending, "changes_pending",
     "A run with --dry-run found something to do; without the option it would be done."},
    {exit_code::violation, "violation", "audit: the client said what the profile does not allow; each case is named."},
    {exit_code::network, "network",
     "The server could not be reached, did not answer in time or hung up. Running again later may help."},
    {exit_code::tls, "tls", "The connection could not be protected: TLS, certificate, fingerprint or STARTTLS."},
    {exit_code::authentication, "authentication", "The login failed, or no login method was left to try."},
    {exit_code::throttled, "throttled",
     "The server wants to be left alone for longer than a run waits. Run again later."},
    {exit_code::protocol, "protocol", "The server's answers do not keep to IMAP, or exceed the limits."},
    {exit_code::uid_validity, "uid_validity",
     "The server has given a folder another UIDVALIDITY than the cache knows; what to make of it is for you to "
     "decide."},
    {exit_code::guard_tripped, "guard_tripped",
     "More messages or folders are missing on the server than a sync may take for deleted; nothing was removed."},
    {exit_code::cache_locked, "cache_locked", "Another run is using the cache."},
    {exit_code::cache_damaged, "cache_damaged", "The cache is damaged."},
    {exit_code::mismatch, "mismatch",
     "verify, restore --rehearse: what is there is not what was stored; each case is named."},
    {exit_code::interrupted, "interrupted",
     "Stopped by a signal; the cache is consistent and the next run goes on from there."},
};

struct cause {
  errc code;
  std::string_view name;
  exit_code ends_with;
};

constexpr cause causes[] = {
    {errc::invalid_argument, "invalid_argument", exit_code::usage},
    {errc::config_invalid, "config_invalid", exit_code::usage},
    {errc::no_such_mailbox, "no_such_mailbox", exit_code::usage},
    {errc::no_such_message, "no_such_message", exit_code::usage},
    {errc::host_not_found, "host_not_found", exit_code::network},
    {errc::connection_refused, "connection_refused", exit_code::network},
    {errc::connection_failed, "connection_failed", exit_code::network},
    {errc::connection_lost, "connection_lost", exit_code::network},
    {errc::timed_out, "timed_out", exit_code::network},
    {errc::server_unavailable, "server_unavailable", exit_code::network},
    {errc::throttled, "throttled", exit_code::throttled},
    {errc::tls_failed, "tls_failed", exit_code::tls},
    {errc::certificate_untrusted, "certificate_untrusted", exit_code::tls},
    {errc::certificate_expired, "certificate_expired", exit_code::tls},
    {errc::certificate_not_yet_valid, "certificate_not_yet_valid", exit_code::tls},
    {errc::certificate_wrong_host, "certificate_wrong_host", exit_code::tls},
    {errc::fingerprint_mismatch, "fingerprint_mismatch", exit_code::tls},
    {errc::starttls_unavailable, "starttls_unavailable", exit_code::tls},
    {errc::plaintext_after_starttls, "plaintext_after_starttls", exit_code::tls},
    {errc::preauth_before_tls, "preauth_before_tls", exit_code::tls},
    // Nothing was tried: the user's name or password has to be configured first.
    {errc::credentials_missing, "credentials_missing", exit_code::usage},
    {errc::no_usable_mechanism, "no_usable_mechanism", exit_code::authentication},
    {errc::authentication_failed, "authentication_failed", exit_code::authentication},
    {errc::mechanism_failed, "mechanism_failed", exit_code::authentication},
    {errc::login_disabled, "login_disabled", exit_code::authentication},
    {errc::plaintext_forbidden, "plaintext_forbidden", exit_code::authentication},
    {errc::not_imap, "not_imap", exit_code::protocol},
    // BYE is how a server says that it is busy or going down: the same remedy as for a network that is away.
    {errc::greeting_bye, "greeting_bye", exit_code::network},
    {errc::server_bye, "server_bye", exit_code::network},
    {errc::malformed_response, "malformed_response", exit_code::protocol},
    {errc::limit_exceeded, "limit_exceeded", exit_code::protocol},
    {errc::unexpected_response, "unexpected_response", exit_code::protocol},
    {errc::command_refused, "command_refused", exit_code::protocol},
    {errc::command_rejected, "command_rejected", exit_code::protocol},
    {errc::unsupported_mailbox, "unsupported_mailbox", exit_code::protocol},
    {errc::read_only, "read_only", exit_code::usage},
    {errc::unencodable, "unencodable", exit_code::usage},
    {errc::cache_locked, "cache_locked", exit_code::cache_locked},
    {errc::cache_foreign, "cache_foreign", exit_code::usage},
    {errc::cache_newer, "cache_newer", exit_code::usage},
    {errc::cache_other_account, "cache_other_account", exit_code::usage},
    {errc::cache_damaged, "cache_damaged", exit_code::cache_damaged},
    {errc::cache_unavailable, "cache_unavailable", exit_code::usage},
    {errc::disk_full, "disk_full", exit_code::partial},
    {errc::file_error, "file_error", exit_code::usage},
    {errc::cancelled, "cancelled", exit_code::interrupted},
    {errc::incomplete, "incomplete", exit_code::partial},
    {errc::guard_tripped, "guard_tripped", exit_code::guard_tripped},
    {errc::uid_validity_changed, "uid_validity_changed", exit_code::uid_validity},
    {errc::verification_failed, "verification_failed", exit_code::mismatch},
    {errc::wrong_format, "wrong_format", exit_code::partial},
    {errc::internal, "internal", exit_code::internal},
};

const cause* find(errc code) noexcept {
  const auto* const at =
      std::find_if(std::begin(causes), std::end(causes), [code](const cause& c) { return c.code == code; });
  return at == std::end(causes) ? nullptr : at;
}

}  // namespace

std::span<const exit_code_row> exit_codes() noexcept { return rows; }

std::string_view name_of(errc code) noexcept {
  const auto* const known = find(code);
  return known != nullptr ? known->name : "unknown";
}

exit_code exit_code_of(errc code) noexcept {
  const auto* const known = find(code);
  return known != nullptr ? known->ends_with : exit_code::internal;
}

std::vector<errc> causes_of(exit_code code) {
  std::vector<errc> out;
  for (const auto& c : causes) {
    if (c.ends_with == code) out.push_back(c.code);
  }
  return out;
}

exit_code combined(std::span<const exit_code> of_accounts) noexcept {
  const auto has = [&](exit_code c) {
    return std::find(of_accounts.begin(), of_accounts.end(), c) != of_accounts.end();
  };
  if (of_accounts.empty()) return exit_code::complete;
  if (has(exit_code::interrupted)) return exit_code::interrupted;
  const bool nothing_wrong = std::all_of(of_accounts.begin(), of_accounts.end(), [](exit_code c) {
    return c == exit_code::complete || c == exit_code::changes_pending;
  });
  if (nothing_wrong) return has(exit_code::changes_pending) ? exit_code::changes_pending : exit_code::complete;
  const auto first = of_accounts.front();
  const bool same = std::all_of(of_accounts.begin(), of_accounts.end(), [first](exit_code c) { return c == first; });
  return same ? first : exit_code::partial;
}

}  // namespace outmap::cli
