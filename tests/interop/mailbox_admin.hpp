// Changes to the mailboxes behind every client's back, through doveadm.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "interop/dovecot_server.hpp"

namespace outmap::interop {

/// Names of mailboxes are UTF-8 with the server's hierarchy separator. `which` is a doveadm search query in words:
/// {"all"}, {"uid", "3:5"}, {"header", "subject", "x"}. Every call is one run of doveadm, so done when it returns.
/// Errors throw std::runtime_error.
class mailbox_admin {
 public:
  using query = std::vector<std::string>;

  explicit mailbox_admin(const dovecot_server& server) : server_(server) {}

  void create(const std::string& mailbox) const;
  void remove(const std::string& mailbox) const;
  void rename(const std::string& from, const std::string& to) const;
  void subscribe(const std::string& mailbox) const;
  /// Every mailbox, sorted.
  [[nodiscard]] std::vector<std::string> list() const;

  /// One message with CRLF or LF line ends. For many, raw_imap::append_all is faster.
  void save(const std::string& mailbox, std::string octets) const;
  void add_flags(const std::string& mailbox, const query& which, const std::string& flags) const;
  void remove_flags(const std::string& mailbox, const query& which, const std::string& flags) const;
  void expunge(const std::string& mailbox, const query& which) const;
  void move(const std::string& from, const query& which, const std::string& to) const;

  [[nodiscard]] std::uint32_t uid_validity(const std::string& mailbox) const;
  /// The UIDs stay, only their validity changes.
  void set_uid_validity(const std::string& mailbox, std::uint32_t value) const;
  [[nodiscard]] std::uint32_t count(const std::string& mailbox) const;
  /// Ascending.
  [[nodiscard]] std::vector<std::uint32_t> uids(const std::string& mailbox) const;

 private:
  std::string run(std::vector<std::string> command, const std::vector<std::string>& arguments,
                  std::string input = {}) const;
  std::uint32_t status(const std::string& mailbox, const std::string& item) const;

  const dovecot_server& server_;
};

}  // namespace outmap::interop
