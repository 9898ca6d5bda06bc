// A row of an outbox as a value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cache/database.hpp"
#include "outmap/queued_change.hpp"

namespace outmap::cache {

/// The columns of table change in the order in which change_at() reads them, after "SELECT ".
constexpr std::string_view change_columns =
    "id, kind, mailbox, uid_validity, uids, add_flags, remove_flags, destination, appended_flags, date, zone, octets,"
    " digest, message_id, queued_at, state, step, before_validity, before_exists, before_highest, attempts, not_before,"
    " server_text, reason";

/// Messages of one change: more than any mailbox has. A set of a few octets must not become a list of four thousand
/// million numbers.
inline constexpr std::uint64_t most_uids = std::uint64_t{1} << 24;

/// Nothing where the row cannot be one of ours.
std::optional<queued_change> change_at(const statement& row);

/// Ranges of two numbers of four octets each, the high octet first.
std::string packed(const uid_set& uids);
std::optional<uid_set> unpacked(std::string_view octets);

}  // namespace outmap::cache
