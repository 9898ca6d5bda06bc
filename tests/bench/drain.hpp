// The bare read: what a sync is measured against.
#pragma once

#include <cstdint>
#include <string>

namespace outmap::bench {

struct drain_target {
  std::string host;
  std::uint16_t port = 0;
  std::string user;
  std::string password;   ///< no quote, no backslash
  std::string mailbox;
  std::string fetch;      ///< what follows the tag: "UID FETCH 1:* (UID FLAGS BODY.PEEK[])"
};

/// Logs in over TLS, SELECTs, sends one FETCH, reads to its tagged answer and throws everything away. Gives the octets
/// read. Blocking OpenSSL on one thread, no verification, no parsing but for the end. Throws std::runtime_error.
std::uint64_t drain(const drain_target& from);

}  // namespace outmap::bench
