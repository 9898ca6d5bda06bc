// Sending what is recorded.
#pragma once

#include "cli/account_source.hpp"
#include "cli/command.hpp"

namespace outmap::cli {

/// Logs in and sends what waits in the account's outbox, in order. Whatever goes wrong, what was recorded and not sent
/// stays recorded, and the outcome says so.
outcome send_changes(chosen_account& account, surroundings& with);

}  // namespace outmap::cli
