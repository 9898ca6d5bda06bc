// What a dry run of sync or backup has found, for people, for programs and as an exit code.
#pragma once

#include <string>

#include "cli/command.hpp"
#include "outmap/report.hpp"

namespace outmap::cli {

/// Prints a line for each thing that would be done, each with the account's name in front of it if there are `several`,
/// and gives what the command ends with: as the run itself would where that would not come to its end, 4 where it would
/// change something. `told` as in outcome.
outcome tell_forecast(const std::string& account, const sync_report& report, bool several, output& out);

/// The last folder's failure is what ended the run: it was told with the folder.
bool told_by_a_folder(const sync_report& report);

}  // namespace outmap::cli
