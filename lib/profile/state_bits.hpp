// In which states of a connection something may be sent, as bits of `state`.
#pragma once

#include "profile/command.hpp"

namespace outmap::profile {

constexpr unsigned bit(state s) { return static_cast<unsigned>(s); }
inline constexpr unsigned before_login = bit(state::not_authenticated);
inline constexpr unsigned after_login = bit(state::authenticated) | bit(state::selected);
inline constexpr unsigned in_mailbox = bit(state::selected);
inline constexpr unsigned any_state = before_login | after_login;

}  // namespace outmap::profile
