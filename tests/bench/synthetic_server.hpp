// An IMAP server whose mail is a formula: any number of messages at once, and answers at the speed of memory.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "bench/worker.hpp"

namespace outmap::bench {

/// The same for every mailbox.
struct synthetic_mail {
  std::vector<std::string> mailboxes = {"INBOX"};
  std::uint32_t messages = 0;     ///< UIDs 1 to this, in each mailbox
  std::size_t body_octets = 300;  ///< of a whole message; at least its header of some 200
};

/// Implicit TLS on 127.0.0.1 with a certificate for localhost; takes LOGIN with any words. IMAP4rev1 as far as a client
/// that reads needs it: CAPABILITY, LOGIN, LIST, LSUB, SELECT, UID FETCH, NOOP, STATUS, LOGOUT; anything else is BAD.
/// Commands are answered in order, however many come at once. Messages differ from each other and stay the same.
/// Threads of its own; the destructor breaks what is open. Throws std::system_error or std::runtime_error.
class synthetic_server {
 public:
  explicit synthetic_server(synthetic_mail mail);
  ~synthetic_server();
  synthetic_server(synthetic_server&&) = delete;
  synthetic_server& operator=(synthetic_server&&) = delete;

  [[nodiscard]] far_end end() const;

  /// Every tenth message of each mailbox goes away while clients look at it: SELECT still counts them, and a
  /// connection is told by EXPUNGE responses in its next UID FETCH or NOOP. Once. Gives how many there are a mailbox.
  std::uint32_t expunge_every_tenth();
  /// From now on SELECT does not count them any more.
  void settle();

 private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

}  // namespace outmap::bench
