// The bare read: what a sync is measured against.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace outmap::bench {

/// Where to log in: implicit TLS. No quote and no backslash in `user` and `password`.
struct drain_account {
  std::string host;
  std::uint16_t port = 0;
  std::string user;
  std::string password;
};

inline constexpr const char* fetch_bodies = "UID FETCH 1:* (UID FLAGS BODY.PEEK[])";
inline constexpr const char* fetch_flags = "UID FETCH 1:* (UID FLAGS)";

/// How the commands of several mailboxes go out.
enum class pacing {
  one_by_one,  ///< SELECT, its answer, FETCH, its answer, the next mailbox
  pipelined,   ///< all SELECT and FETCH commands at once, while the answers are read
};

/// All of these log in over TLS, read to the tagged answer of the last command, and give the octets read. Blocking
/// OpenSSL on one thread, no verification of the certificate, no parsing but for the end of an answer. They throw
/// std::runtime_error when the server refuses or closes. No LOGOUT.

/// SELECTs `mailbox`, sends each of `fetches` (what follows the tag) when the one before is answered, and throws all
/// away.
std::uint64_t drain(const drain_account& from, const std::string& mailbox, const std::vector<std::string>& fetches);

/// The same; what follows the SELECT is appended to a new file, which is synced once at the end.
std::uint64_t drain_to_file(const drain_account& from, const std::string& mailbox, const std::string& fetch,
                            const std::filesystem::path& to);

/// Mailbox after mailbox on one connection. Pipelined, only the last answer is looked at: compare the octets.
std::uint64_t drain_mailboxes(const drain_account& from, const std::vector<std::string>& mailboxes,
                              const std::string& fetch, pacing how);

/// Cipher suite and protocol of a connection: "TLS_AES_256_GCM_SHA384, TLSv1.3".
std::string negotiated_cipher(const drain_account& with);

}  // namespace outmap::bench
