// Bounds on what a server may make us hold.
#pragma once

#include <cstddef>
#include <cstdint>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Each is checked before memory is taken. Sizes are octets.
struct limits {
  std::size_t line = std::size_t{1} << 20;            ///< one line of a response, without its literals
  std::size_t response = std::size_t{8} << 20;        ///< one response with the literals that are kept in memory
  std::size_t literals = 4096;                        ///< literals in one response
  std::uint64_t body = std::uint64_t{1} << 30;        ///< one streamed literal: a message or its header
  std::uint64_t header = std::uint64_t{16} << 20;     ///< one header that is kept in memory
  std::size_t depth = 64;                             ///< nested parentheses
  std::size_t items = 100'000;                        ///< elements of one list
  std::size_t mailboxes = 200'000;                    ///< mailboxes of one account
  std::size_t challenge = std::size_t{64} << 10;      ///< one SASL challenge, decoded
};

}  // namespace outmap
