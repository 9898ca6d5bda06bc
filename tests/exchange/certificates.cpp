#include "certificates.hpp"

#include <stdexcept>
#include <vector>

#include "support/certificates.hpp"

namespace outmap::exchange {
namespace {

constexpr std::chrono::hours day{24};

test::certificate made(const test::certificate_authority& authority, certificate_fault fault) {
  test::certificate_request what;
  what.valid_from = -day;
  what.valid_to = 365 * day;
  switch (fault) {
    case certificate_fault::none: break;
    case certificate_fault::expired:
      what.valid_from = -30 * day;
      what.valid_to = -day;
      break;
    case certificate_fault::not_yet_valid:
      what.valid_from = day;
      what.valid_to = 30 * day;
      break;
    case certificate_fault::wrong_host:
      what.common_name = "mail.other.example";
      what.subject_alt_names = {"DNS:mail.other.example"};
      break;
    case certificate_fault::self_signed: return test::self_signed(what);
  }
  return authority.issue(what);
}

}  // namespace

result<server_identity> make_identity(certificate_fault fault, int max_tls_version) {
  try {
    const test::certificate_authority authority("outmap-exchange test CA");
    const auto own = made(authority, fault);
    server_identity identity;
    identity.context = test::server_context(own);
    if (SSL_CTX_set_max_proto_version(identity.context.get(), max_tls_version) != 1)
      return fail(errc::tls_failed, "OpenSSL does not know that version of TLS");
    SSL_CTX_set_mode(identity.context.get(), SSL_MODE_AUTO_RETRY);
    identity.ca_pem = authority.pem();
    identity.fingerprint = own.sha256;
    return identity;
  } catch (const std::runtime_error& problem) {
    return fail(errc::tls_failed, problem.what());
  }
}

}  // namespace outmap::exchange
