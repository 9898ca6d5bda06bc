// Sending what is recorded.
#pragma once

#include <optional>

#include "cli/account_source.hpp"
#include "cli/command.hpp"
#include "outmap/report.hpp"

namespace outmap::cli {

/// Logs in and sends what waits in the account's outbox, in order. Whatever goes wrong, what was recorded and not sent
/// stays recorded, and the outcome says so.
outcome send_changes(chosen_account& account, surroundings& with);

/// What of the outbox has not reached the server, as the outcome of a command that should have sent it: exit code 3.
/// Nothing where all has.
std::optional<outcome> changes_left(const outbox_report& report);

}  // namespace outmap::cli
