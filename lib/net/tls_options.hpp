// How a server proves who it is, and what came of it.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace outmap::net {

struct tls_options {
  std::string host;                 ///< name or address that the certificate must carry
  std::filesystem::path ca_file;    ///< PEM, besides the system's store; empty: none
  std::string fingerprint;          ///< 64 lower-case hexadecimal digits; not empty: replaces every other check
};

/// Of an established TLS connection.
struct tls_facts {
  std::string version;              ///< "TLSv1.3"
  std::string cipher;
  std::string subject;              ///< one line, hostile
  std::string issuer;
  std::vector<std::string> names;   ///< DNS and IP names of the certificate
  std::string not_before;           ///< "Nov 21 04:00:00 2026 GMT"
  std::string not_after;
  std::string fingerprint;          ///< SHA-256 of the certificate, hexadecimal
  std::string end_point_hash;       ///< octets: tls-server-end-point (RFC 5929), for channel binding
};

}  // namespace outmap::net
