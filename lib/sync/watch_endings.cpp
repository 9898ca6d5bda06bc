#include "sync/watch_endings.hpp"

namespace outmap::sync {

bool ends_watch(const error& e) noexcept {
  if (e.reach == scope::store) return true;
  switch (e.code) {
    case errc::invalid_argument:
    case errc::config_invalid:
    case errc::no_such_mailbox:
    case errc::unsupported_mailbox:
    case errc::certificate_untrusted:
    case errc::certificate_expired:
    case errc::certificate_not_yet_valid:
    case errc::certificate_wrong_host:
    case errc::fingerprint_mismatch:
    case errc::starttls_unavailable:
    case errc::plaintext_after_starttls:
    case errc::preauth_before_tls:
    case errc::credentials_missing:
    case errc::no_usable_mechanism:
    case errc::login_disabled:
    case errc::plaintext_forbidden:
    case errc::guard_tripped:
    case errc::cancelled:
    case errc::internal: return true;
    default: return false;
  }
}

bool login_refusals::refused(const error& e) noexcept {
  if (e.code != errc::authentication_failed && e.code != errc::mechanism_failed) return false;
  return !worked_ || ++refused_ >= most;
}

}  // namespace outmap::sync
