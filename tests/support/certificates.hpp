// Certificates for one run of the tests: a certification authority of its own and what it signs.
#pragma once

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

namespace outmap::test {

struct certificate {
  std::string pem;      ///< certificate only
  std::string key_pem;  ///< its private key, not encrypted
  std::string sha256;   ///< of the DER form, 64 lower-case hexadecimal digits
};

/// What a server certificate says. Names are "DNS:localhost" or "IP:127.0.0.1".
struct certificate_request {
  std::string common_name = "localhost";
  std::vector<std::string> subject_alt_names = {"DNS:localhost", "IP:127.0.0.1"};
  /// DNS names besides those, octet for octet: also with what no name may hold.
  std::vector<std::string> raw_dns_names = {};
  std::string purpose = "serverAuth";                        ///< the extended key usage
  std::chrono::seconds valid_from = -std::chrono::hours(1);  ///< from now
  std::chrono::seconds valid_to = std::chrono::hours(24);    ///< from now
};

/// Signs with a P-256 key made in the constructor. Throws std::runtime_error with OpenSSL's words.
class certificate_authority {
 public:
  explicit certificate_authority(const std::string& common_name = "outmap test authority");
  /// Signs with the key of any certificate, whether it may or not.
  explicit certificate_authority(const certificate& impostor);
  ~certificate_authority();
  certificate_authority(certificate_authority&&) noexcept;
  certificate_authority& operator=(certificate_authority&&) noexcept;

  /// For a CA file.
  [[nodiscard]] const std::string& pem() const;
  [[nodiscard]] certificate issue(const certificate_request& what = {}) const;

 private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Signed by itself, and no authority. Throws as above.
certificate self_signed(const certificate_request& what = {});

struct free_context {
  void operator()(SSL_CTX* p) const { SSL_CTX_free(p); }
};

/// A TLS server that shows `own` and then `chain` (PEM each). Throws as above.
std::unique_ptr<SSL_CTX, free_context> server_context(const certificate& own,
                                                      const std::vector<std::string>& chain = {});

}  // namespace outmap::test
