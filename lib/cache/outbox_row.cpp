#include "cache/outbox_row.hpp"

namespace outmap::cache {
namespace {

constexpr std::size_t number_octets = 4;
constexpr std::size_t range_octets = 2 * number_octets;

void put_number(std::string& to, std::uint32_t number) {
  for (int shift = 24; shift >= 0; shift -= 8) to += static_cast<char>(number >> shift & 0xff);
}

std::uint32_t number_at(std::string_view octets) {
  std::uint32_t out = 0;
  for (std::size_t i = 0; i < number_octets; ++i) out = out << 8 | static_cast<unsigned char>(octets[i]);
  return out;
}

bool within(std::int64_t value, std::int64_t least, std::int64_t most) { return value >= least && value <= most; }

/// Whether each number of the row fits the field that it goes to.
bool sound(const statement& row) {
  constexpr std::int64_t most = UINT32_MAX;
  return within(row.integer(1), 1, static_cast<std::int64_t>(change_kind::unsubscribe)) &&
         within(row.integer(3), 0, most) && within(row.integer(5), 0, flag_set::all_bits) &&
         within(row.integer(6), 0, flag_set::all_bits) && within(row.integer(8), 0, flag_set::all_bits) &&
         within(row.integer(10), INT16_MIN, INT16_MAX) && row.integer(11) >= 0 &&
         within(row.integer(15), 1, static_cast<std::int64_t>(change_state::conflict)) &&
         within(row.integer(16), 0, most) && within(row.integer(17), 0, most) && within(row.integer(18), 0, most) &&
         within(row.integer(19), 0, most) && within(row.integer(20), 0, most);
}

std::uint32_t small(const statement& row, int column) { return static_cast<std::uint32_t>(row.integer(column)); }

std::uint8_t bits(const statement& row, int column) { return static_cast<std::uint8_t>(row.integer(column)); }

}  // namespace

std::string packed(const uid_set& uids) {
  std::string out;
  out.reserve(uids.ranges().size() * range_octets);
  for (const auto& range : uids.ranges()) {
    put_number(out, range.first.value);
    put_number(out, range.last.value);
  }
  return out;
}

std::optional<uid_set> unpacked(std::string_view octets) {
  if (octets.size() % range_octets != 0) return std::nullopt;
  uid_set out;
  std::uint64_t next = 1;
  for (; !octets.empty(); octets.remove_prefix(range_octets)) {
    const uid_range range{{number_at(octets)}, {number_at(octets.substr(number_octets))}};
    if (range.first.value < next || range.last < range.first) return std::nullopt;
    out.add(range);
    next = std::uint64_t{range.last.value} + 1;
  }
  if (out.size() > most_uids) return std::nullopt;
  return out;
}

std::optional<queued_change> change_at(const statement& row) {
  if (!sound(row)) return std::nullopt;
  auto uids = unpacked(row.view(4));
  if (!uids) return std::nullopt;
  queued_change out;
  out.id = row.integer(0);
  out.kind = static_cast<change_kind>(row.integer(1));
  out.mailbox = mailbox_name(std::string(row.view(2)));
  out.validity.value = small(row, 3);
  out.uids = std::move(*uids);
  out.flags = {bits(row, 5), bits(row, 6)};
  out.destination = mailbox_name(std::string(row.view(7)));
  out.appended_flags = bits(row, 8);
  if (!row.null(9)) out.date = internal_date{row.integer(9), static_cast<std::int16_t>(row.integer(10))};
  out.octets = static_cast<std::uint64_t>(row.integer(11));
  if (const auto sum = row.maybe_digest(12)) out.digest = to_hex(*sum);
  out.message_id = row.view(13);
  out.queued_at = row.integer(14);
  out.state = static_cast<change_state>(row.integer(15));
  out.step = small(row, 16);
  if (!row.null(17)) out.before = mailbox_mark{{small(row, 17)}, small(row, 18), {small(row, 19)}};
  out.attempts = small(row, 20);
  out.not_before = row.integer(21);
  out.server_text = row.view(22);
  out.reason = row.view(23);
  return out;
}

}  // namespace outmap::cache
