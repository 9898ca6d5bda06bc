// Changes for the tests of the outbox.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cache/outbox.hpp"
#include "support.hpp"

namespace cache_test {

using outmap::change_id;
using outmap::change_kind;
using outmap::change_state;
using outmap::queued_change;

inline constexpr auto seen_bit = static_cast<std::uint8_t>(system_flag::seen);
inline constexpr auto flagged_bit = static_cast<std::uint8_t>(system_flag::flagged);
inline constexpr auto deleted_bit = static_cast<std::uint8_t>(system_flag::deleted);

inline std::unique_ptr<cache::outbox> open_outbox(const std::filesystem::path& file) {
  return need(cache::outbox::open(file, account));
}

inline uid_set uids(std::initializer_list<std::uint32_t> list) {
  uid_set out;
  for (const auto u : list) out.add(uid{u});
  return out;
}

inline queued_change of_kind(change_kind kind, std::string mailbox, uid_set which = {}, std::string destination = {}) {
  queued_change out;
  out.kind = kind;
  out.mailbox = mailbox_name(std::move(mailbox));
  if (!which.empty()) out.validity.value = 7;
  out.uids = std::move(which);
  out.destination = mailbox_name(std::move(destination));
  out.queued_at = 1'700'000'000;
  return out;
}

inline queued_change store_of(std::string mailbox, uid_set which, std::uint8_t add, std::uint8_t remove = 0) {
  auto out = of_kind(change_kind::store, std::move(mailbox), std::move(which));
  out.flags = {add, remove};
  return out;
}

inline change_id record(cache::outbox& to, const queued_change& what) {
  const auto ids = need(to.record(what));
  REQUIRE(ids.size() == 1);
  return ids.front();
}

inline std::string message_of(cache::outbox& from, change_id id) {
  std::string out;
  need(from.message(id, [&](std::string_view piece) {
    out += piece;
    return true;
  }));
  return out;
}

}  // namespace cache_test
