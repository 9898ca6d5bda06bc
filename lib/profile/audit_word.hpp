// The command words a client can be heard to say: those of the profile, those RFC 3501 has besides, and others by name.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "profile/audit_rule.hpp"

namespace outmap::profile {

enum class audit_word : std::uint8_t {
  capability,
  noop,
  logout,
  starttls,
  authenticate,
  login,
  select,
  examine,
  create,
  delete_,
  rename,
  subscribe,
  unsubscribe,
  list,
  lsub,
  status,
  append,
  check,
  close,
  expunge,
  search,
  fetch,
  store,
  copy,
  uid,
  idle,
  compress,
  extension,  ///< a command of a known extension that outmap never uses
  unknown,
};

/// In any case of letters.
audit_word word_in(std::string_view text) noexcept;

/// Where and how a command may be sent.
struct audit_word_traits {
  std::string_view name;
  unsigned states = 0;                            ///< bits of profile::state
  std::optional<audit_rule> allowed;              ///< the row that has it; none: outside the profile
  audit_rule forbidden = audit_rule::closed_set;  ///< the row that bans it, if none allows it
};

const audit_word_traits& traits(audit_word word) noexcept;

}  // namespace outmap::profile
