// One entry of the record of a cache: a line of `<cache>.runs`.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// A writer opened a store that was sealed: from here on the database is no longer what the seal says.
struct opening_entry {};

/// Octets [from, to) of a segment: what was added to it since the seal before.
struct sealed_extent {
  std::int64_t segment = 0;
  std::uint64_t from = 0;
  std::uint64_t to = 0;
  digest sum{};
};

/// What a store looked like, octet by octet.
struct seal {
  std::uint64_t database_octets = 0;
  digest database{};
  std::vector<sealed_extent> mail;
};

/// `sum` is the SHA-256 of all else in the line, the sum of the entry before among it: whoever knows the last sum knows
/// whether anything in the chain was changed.
struct run_entry {
  std::uint64_t number = 1;
  std::int64_t at = 0;  ///< Unix seconds
  std::variant<opening_entry, backup_record, seal> what;
  digest previous{};  ///< of the first: zeros
  digest sum{};
};

/// One line, without its end; ASCII: `NUMBER AT KIND FIELDS… PREVIOUS SUM`, texts as hexadecimal digits.
result<std::string> line_of(const run_entry& what);
/// Nothing unless line_of() gives exactly this line.
std::optional<run_entry> entry_from(std::string_view line);

}  // namespace outmap::cache
