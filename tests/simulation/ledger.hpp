// What must hold of the messages that a history has made, each known by its Subject.
#pragma once

#include <cstdint>
#include <map>
#include <string>

#include "outmap/outbox.hpp"
#include "outmap/types.hpp"

namespace outmap::simulation {

struct message_facts {
  std::uint64_t most = 1;    ///< copies that were asked for
  bool may_be_gone = false;  ///< somebody expunges it, or its copies
};

using ledger = std::map<std::string, message_facts>;

/// The Subject.
std::string token_of(const std::string& octets);

struct held_message {
  std::string flags;
  std::string octets;
  internal_date date;
  friend bool operator==(const held_message&, const held_message&) = default;
};
/// UID → message, of each mailbox.
using held_mailbox = std::map<std::uint32_t, held_message>;
using held_account = std::map<std::string, held_mailbox>;

/// Where they differ, in words.
std::string difference(const held_account& ours, const held_account& server);

}  // namespace outmap::simulation
