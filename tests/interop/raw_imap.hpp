// A small blocking IMAP client that owes nothing to outmap: it loads mailboxes and says what is in them.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "interop/dovecot_server.hpp"
#include "interop/line_socket.hpp"

namespace outmap::interop {

enum class security { plain, starttls, implicit_tls };

/// One untagged response. In `text` a literal stands as "{n}"; its octets are in `literals`, in order.
struct raw_response {
  std::string text;
  std::vector<std::string> literals;
};

/// All that came for one command. `status` is the tagged line without the tag: "OK done".
struct raw_answer {
  std::string status;
  std::vector<raw_response> untagged;

  [[nodiscard]] bool ok() const { return status.starts_with("OK"); }
};

/// One message as the server has it.
struct stored_message {
  std::set<std::string> flags;  ///< without \Recent, which depends on who looks
  std::string internal_date;    ///< as sent
  std::string octets;           ///< BODY[]

  bool operator==(const stored_message&) const = default;
};

/// A whole mailbox: what a perfect copy must equal.
struct mailbox_snapshot {
  std::uint32_t uid_validity = 0;
  std::map<std::uint32_t, stored_message> messages;  ///< by UID

  bool operator==(const mailbox_snapshot&) const = default;
};

struct outgoing_message {
  std::string octets;
  std::string flags = {};          ///< "\\Seen \\Flagged"
  std::string internal_date = {};  ///< "01-Jan-2024 10:00:00 +0100"; empty: now
};

/// A server of whatever kind, without TLS, and who logs in.
struct plain_server {
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;
  std::string user;
  std::string password;
};

/// Names of mailboxes are as on the wire (modified UTF-7), unquoted. Failed commands of the named operations and all
/// network errors throw std::runtime_error; command() and authenticate() give a refusal back.
class raw_imap {
 public:
  /// Gives the decoded answer to a decoded challenge.
  using sasl_step = std::function<std::string(std::string_view challenge)>;

  /// Connects, reads the greeting, and is under TLS when it returns, unless plain was asked for.
  raw_imap(const dovecot_server& server, security how);
  explicit raw_imap(const plain_server& server);

  [[nodiscard]] const std::string& greeting() const { return greeting_; }
  /// Upper case.
  std::set<std::string> capabilities();

  raw_answer command(std::string_view text);
  /// Throws when it is refused.
  raw_answer expect_ok(std::string_view text);
  /// No initial response: the first challenge is the server's empty continuation.
  raw_answer authenticate(std::string_view mechanism, const sasl_step& step);
  raw_answer try_login(std::string_view user, std::string_view password);
  /// LOGIN as the account of the server; throws when refused.
  void login();

  void create(std::string_view mailbox);
  /// In batches that do not wait for each other's answers; needs LITERAL+ (Dovecot and Cyrus have it after login).
  void append_all(std::string_view mailbox, std::span<const outgoing_message> messages);
  mailbox_snapshot snapshot(std::string_view mailbox);
  /// Every mailbox that can be selected.
  std::map<std::string, mailbox_snapshot> snapshot_all();

 private:
  std::string next_tag();
  raw_response read_response();
  raw_answer read_answer(std::string_view tag);

  std::string user_;
  std::string password_;
  line_socket socket_;
  std::string greeting_;
  unsigned tags_ = 0;
};

}  // namespace outmap::interop
