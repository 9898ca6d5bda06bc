// A Cyrus IMAP server of our own for the length of a test: free ports on 127.0.0.1, one account, gone without a trace.
//
// Its packages cannot stand beside Dovecot's on one machine, so it need not be installed: OUTMAP_CYRUS names a folder
// into which they were unpacked (cmake/setup.sh does that). "/" is where they are installed.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "interop/raw_imap.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::interop {

/// Why the tests with Cyrus cannot run here; empty when they can. Names what to do about it.
std::string missing_cyrus();

/// Runs as root (the server is then "nobody") or as an ordinary user. Throws std::runtime_error when it does not come
/// up. Start it from one thread, which must outlive it. PLAIN and LOGIN, also without TLS; "/" between levels.
class cyrus_server {
 public:
  cyrus_server();
  ~cyrus_server();
  cyrus_server(cyrus_server&&) = delete;
  cyrus_server& operator=(cyrus_server&&) = delete;

  [[nodiscard]] const plain_server& plain() const { return where_; }
  [[nodiscard]] std::uint16_t imaps_port() const { return imaps_port_; }
  /// PEM file of the authority that signed the server's certificate, which is made out to localhost.
  [[nodiscard]] std::filesystem::path ca_file() const { return folder_ / "ca.pem"; }

  /// Until no process of it serves anybody. Throws when that takes longer than a minute.
  void wait_until_idle() const;

 private:
  bool try_start();
  void write_files();

  test::temp_dir folder_;
  plain_server where_;
  std::uint16_t imaps_port_ = 0;
  std::optional<test::process> process_;
};

}  // namespace outmap::interop
