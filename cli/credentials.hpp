// An account that is ready to log in.
#pragma once

#include "cli/account_source.hpp"
#include "cli/command.hpp"

namespace outmap::cli {

/// Fetches the password into chosen.config and hides it in with.hidden.
/// errc::credentials_missing also for a missing user name.
result<void> complete_credentials(chosen_account& chosen, surroundings& with);

}  // namespace outmap::cli
