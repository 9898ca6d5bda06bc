// Work on many accounts at a time.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "cli/account_source.hpp"
#include "cli/command.hpp"

namespace outmap::cli {

/// The accounts that `names` pick, in their order; all of the file with `all`, and the only one without either.
/// errc::invalid_argument, with the nearest name.
result<std::vector<chosen_account>> named_accounts(surroundings& with, const std::vector<std::string>& names, bool all);

/// Calls work(index) for 0 to count - 1 on `jobs` threads, in that order as far as the threads are free, and returns
/// when all have ended. What is not begun when `stop` is requested is not begun any more. Says which were begun.
std::vector<bool> run_beside(std::size_t count, unsigned jobs, const interruption& stop,
                             const std::function<void(std::size_t)>& work);

}  // namespace outmap::cli
