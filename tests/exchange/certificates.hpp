// A certification authority and one server certificate, made on the spot.
#pragma once

#include <memory>
#include <string>

#include <openssl/ssl.h>

#include "outmap/error.hpp"
#include "server.hpp"
#include "support/certificates.hpp"

namespace outmap::exchange {

/// What a TLS server needs, EC P-256 throughout.
struct server_identity {
  std::unique_ptr<SSL_CTX, test::free_context> context;
  std::string ca_pem;
  std::string fingerprint;  ///< SHA-256 of the DER form, lower-case hexadecimal
};

/// `max_tls_version` is a constant of OpenSSL or 0. Error: tls_failed with OpenSSL's words.
result<server_identity> make_identity(certificate_fault fault, int max_tls_version);

}  // namespace outmap::exchange
