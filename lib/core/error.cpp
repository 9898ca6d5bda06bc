#include "outmap/error.hpp"

namespace outmap {
namespace {

struct row {
  errc code;
  scope reach;
  const char* text;
  const char* advice;
};

constexpr row table[] = {
    {errc::invalid_argument, scope::account, "invalid argument", ""},
    {errc::config_invalid, scope::account, "the configuration is not valid", "correct the named field and run again"},
    {errc::no_such_mailbox, scope::folder, "no such mailbox", "`outmap folders` shows the names"},
    {errc::no_such_message, scope::message, "no such message", "`outmap list FOLDER` shows the UIDs"},
    {errc::host_not_found, scope::account, "the host name cannot be resolved",
     "check the server's name and the network"},
    {errc::connection_refused, scope::account, "the server refuses connections on this port",
     "check the port and that IMAP is switched on"},
    {errc::connection_failed, scope::account, "the server cannot be reached", "check the network, then run again"},
    {errc::connection_lost, scope::connection, "the connection was lost", "run again: what was stored is kept"},
    {errc::timed_out, scope::connection, "the server did not answer in time", "run again, or raise --timeout"},
    {errc::server_unavailable, scope::account, "the mailbox is not available on the server right now",
     "run again later; the password was not what it refused"},
    {errc::throttled, scope::account, "the server asks for longer pauses than a run waits for",
     "run again later, or with fewer connections"},
    {errc::tls_failed, scope::account, "TLS could not be set up", "check that the port speaks TLS 1.2 or newer"},
    {errc::certificate_untrusted, scope::account, "the server's certificate is not trusted",
     "give its issuer with --ca-file, or pin it with --fingerprint after checking it by another way"},
    {errc::certificate_expired, scope::account, "the server's certificate has expired",
     "have the server's administrator renew it"},
    {errc::certificate_not_yet_valid, scope::account, "the server's certificate is not valid yet",
     "check this machine's clock"},
    {errc::certificate_wrong_host, scope::account, "the certificate belongs to another host",
     "use the host name that the certificate carries"},
    {errc::fingerprint_mismatch, scope::account, "the certificate is not the pinned one",
     "if the server changed its certificate on purpose, pin the new fingerprint"},
    {errc::starttls_unavailable, scope::account, "the server does not offer STARTTLS",
     "use imaps:// (port 993); imap+plain:// only on a trusted network"},
    {errc::plaintext_after_starttls, scope::account, "data came unprotected behind the STARTTLS answer",
     "somebody may be tampering with the connection: use imaps:// or another network"},
    {errc::preauth_before_tls, scope::account, "the server claims to be logged in before TLS",
     "somebody may be tampering with the connection: use imaps:// or another network"},
    {errc::credentials_missing, scope::account, "user name or password is missing",
     "give the user in the URL or file, the password by --password-command, --password-file or OUTMAP_PASSWORD"},
    {errc::no_usable_mechanism, scope::account, "no login method is both offered by the server and allowed here",
     "see `outmap probe` for what is offered and --auth for what is allowed"},
    {errc::authentication_failed, scope::account, "the server did not accept the login",
     "check user name and password; `outmap login` shows each step"},
    {errc::mechanism_failed, scope::connection, "the login method failed", "`outmap login` shows each step"},
    {errc::login_disabled, scope::account, "the server forbids LOGIN on this connection", "connect with TLS"},
    {errc::plaintext_forbidden, scope::account, "only plaintext login is possible and the connection has no TLS",
     "use imaps:// or imap:// (STARTTLS), or set plaintext = \"allowed\" on a trusted network"},
    {errc::not_imap, scope::account, "this is not an IMAP server", "check host and port"},
    {errc::greeting_bye, scope::account, "the server turned the connection away", "try again later"},
    {errc::server_bye, scope::connection, "the server closed the session", "run again: what was stored is kept"},
    {errc::malformed_response, scope::message, "the server's answer is malformed", "record a --trace and report it"},
    {errc::limit_exceeded, scope::connection, "the server's answer is beyond the limits",
     "record a --trace and report it; the limits are in outmap/limits.hpp"},
    {errc::unexpected_response, scope::connection, "the server's answer does not fit the conversation",
     "record a --trace and report it"},
    {errc::command_refused, scope::folder, "the server refused the command", ""},
    {errc::command_rejected, scope::folder, "the server does not understand the command",
     "record a --trace and report it"},
    {errc::unsupported_mailbox, scope::folder, "the mailbox cannot be used", "the server sent no UIDVALIDITY for it"},
    {errc::read_only, scope::account, "this run must not change the server", ""},
    {errc::unencodable, scope::message, "a value cannot be sent", ""},
    {errc::cache_locked, scope::store, "another run is using the cache", "wait for it to end, then run again"},
    {errc::cache_foreign, scope::store, "the file is not an outmap cache", "name another file with --cache"},
    {errc::cache_newer, scope::store, "the cache was written by a newer outmap",
     "update outmap, or name another file with --cache"},
    {errc::cache_other_account, scope::store, "the cache belongs to another account", "name another file with --cache"},
    {errc::cache_damaged, scope::store, "the cache is damaged",
     "keep a copy of the file, then sync into a new one with --cache"},
    {errc::cache_unavailable, scope::store, "the cache cannot be opened", "check path and permissions"},
    {errc::disk_full, scope::store, "the disk is full", "free some space and run again: what was stored is kept"},
    {errc::file_error, scope::store, "a file cannot be read or written", "check path and permissions"},
    {errc::cancelled, scope::connection, "interrupted", "run again to go on: what was stored is kept"},
    {errc::incomplete, scope::account, "not everything could be done",
     "run again; the messages above say what is missing"},
    {errc::guard_tripped, scope::folder, "more would be lost than a sync may lose",
     "look at the mailbox with another program; if the mail is meant to be gone, run again with --allow-mass-delete"},
    {errc::uid_validity_changed, scope::folder, "the server has given the mailbox another UIDVALIDITY",
     "if that was meant to be, a sync takes the new UIDs over and keeps the mail"},
    {errc::verification_failed, scope::account, "what is there is not what was stored",
     "the findings name each case; keep a copy of the files before anything else"},
    {errc::wrong_format, scope::message, "the file is not of the format that was named", "check --format and the file"},
    {errc::internal, scope::account, "internal error", "please report it with a --trace"},
};

const row* find(int value) noexcept {
  for (const auto& r : table) {
    if (static_cast<int>(r.code) == value) return &r;
  }
  return nullptr;
}

class category final : public std::error_category {
 public:
  const char* name() const noexcept override { return "outmap"; }
  std::string message(int value) const override {
    const auto* r = find(value);
    return r != nullptr ? r->text : "unknown error";
  }
};

}  // namespace

const std::error_category& outmap_category() noexcept {
  static const category instance;
  return instance;
}

std::error_code make_error_code(errc code) noexcept { return {static_cast<int>(code), outmap_category()}; }

scope default_scope(errc code) noexcept {
  const auto* r = find(static_cast<int>(code));
  return r != nullptr ? r->reach : scope::account;
}

std::string_view advice(errc code) noexcept {
  const auto* r = find(static_cast<int>(code));
  return r != nullptr ? r->advice : "";
}

std::string error::message() const {
  auto text = make_error_code(code).message();
  if (!detail.empty()) text += ": " + printable(detail);
  if (!server_text.empty()) text += " (server: " + printable(server_text, 256) + ")";
  return text;
}

}  // namespace outmap
