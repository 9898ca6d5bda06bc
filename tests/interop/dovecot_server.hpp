// A Dovecot of our own for the length of a test: free ports on 127.0.0.1, one account, gone without a trace.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "interop/dovecot_config.hpp"
#include "interop/dovecot_options.hpp"
#include "support/certificates.hpp"
#include "support/process.hpp"
#include "support/temp_dir.hpp"

namespace outmap::interop {

/// Why the tests of this folder cannot run here; empty when they can. Names what to install.
std::string missing_programs();

/// Needs Dovecot 2.3 and Samba's ntlm_auth. Runs as root or as an ordinary user. Throws std::runtime_error with
/// Dovecot's log when it does not come up. Start and stop it from one thread, which must outlive it.
class dovecot_server {
 public:
  explicit dovecot_server(dovecot_options options = {});
  ~dovecot_server() = default;
  dovecot_server(dovecot_server&&) = delete;
  dovecot_server& operator=(dovecot_server&&) = delete;

  [[nodiscard]] const dovecot_options& options() const { return options_; }
  /// The name to connect to: the certificate of the default options is made out to it.
  [[nodiscard]] std::string host() const { return options_.address == "127.0.0.1" ? "localhost" : options_.address; }
  [[nodiscard]] std::uint16_t imap_port() const { return ports_.imap; }
  [[nodiscard]] std::uint16_t imaps_port() const { return ports_.imaps; }
  /// PEM file of the authority that signed the server's certificate.
  [[nodiscard]] std::filesystem::path ca_file() const { return folder_ / "ca.pem"; }
  [[nodiscard]] const test::certificate& certificate() const { return certificate_; }

  /// Breaks every connection, as a crash would; the mailboxes stay. start() brings it back on the same ports.
  void stop();
  void start();
  /// New certificate, same authority, from the next connection on.
  void replace_certificate(const test::certificate_request& what);
  /// Breaks the connections that are logged in and leaves the server up.
  void kick();

  /// `doveadm` with this server's configuration; throws std::runtime_error unless its exit code is 0.
  std::string doveadm(const std::vector<std::string>& arguments, std::string input = {}) const;

  /// Dovecot's log since the last start.
  [[nodiscard]] std::string log() const;
  /// Waits until Dovecot's log says so: its processes log on their own time. False when it does not.
  [[nodiscard]] bool logs(std::string_view text);
  /// What all clients said after login, connection after connection; needs options().rawlog. A connection still open
  /// may lack its last lines.
  [[nodiscard]] std::string rawlog() const;
  /// The folder of those logs: a pair of files a connection, x.in and x.out.
  [[nodiscard]] std::filesystem::path rawlog_folder() const { return folder_ / "rawlog"; }

 private:
  bool try_start();

  dovecot_options options_;
  test::temp_dir folder_;
  test::certificate_authority authority_;
  test::certificate certificate_;
  listeners ports_;
  std::optional<test::process> process_;
};

}  // namespace outmap::interop
