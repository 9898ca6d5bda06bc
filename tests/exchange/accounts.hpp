// Who may log in, and under which spellings of the name.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "server.hpp"

namespace outmap::exchange {

/// The account of "user", "DOMAIN\user" or "user@realm"; nothing if there is none.
const account* find_account(const std::vector<account>& accounts, std::string_view name);

/// Who logs on by the LOGIN command, and whose mailbox is meant.
struct login_name {
  const account* delegate = nullptr;
  std::string principal;           ///< as it was written; empty: their own
  const account* owner = nullptr;  ///< of the mailboxes that are meant; nothing when nobody is called that
};

/// The user string of LOGIN: besides the spellings above "domain/user", and what follows the last '/' is the principal
/// when what precedes it is a user (NTLM-2.2.4-01 to -05).
login_name find_login(const std::vector<account>& accounts, std::string_view user_string);

/// In constant time.
bool same_password(std::string_view a, std::string_view b);

}  // namespace outmap::exchange
