// Certificates for one run of the tests: a certification authority of its own and what it signs.
#pragma once

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
  std::chrono::seconds valid_from = -std::chrono::hours(1);  ///< from now
  std::chrono::seconds valid_to = std::chrono::hours(24);    ///< from now
};

/// Signs with a P-256 key made in the constructor. Throws std::runtime_error with OpenSSL's words.
class certificate_authority {
 public:
  explicit certificate_authority(const std::string& common_name = "outmap test authority");
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

}  // namespace outmap::test
