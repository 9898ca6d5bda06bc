// What a script learns from the program's end.
#pragma once

#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"

namespace outmap::cli {

/// The values are a promise: scripts compare with them.
enum class exit_code {
  complete = 0,
  internal = 1,
  usage = 2,
  partial = 3,
  changes_pending = 4,
  violation = 5,
  network = 10,
  tls = 11,
  authentication = 12,
  throttled = 13,
  protocol = 14,
  uid_validity = 20,
  guard_tripped = 21,
  cache_locked = 22,
  cache_damaged = 23,
  mismatch = 24,
  interrupted = 130,
};

/// One row of `outmap help exit-codes`.
struct exit_code_row {
  exit_code code;
  std::string_view name;     ///< for JSON
  std::string_view meaning;  ///< one sentence
};
std::span<const exit_code_row> exit_codes() noexcept;

/// The name of an error code as JSON output spells it, for example "authentication_failed".
std::string_view name_of(errc code) noexcept;

exit_code exit_code_of(errc code) noexcept;

/// All error codes that end the program with `code`, in the order of their values.
std::vector<errc> causes_of(exit_code code);

/// One exit code for several accounts: the common one; changes_pending where nothing is worse with any of them; otherwise
/// partial. An interruption outranks all, since the accounts behind it were not begun.
exit_code combined(std::span<const exit_code> of_accounts) noexcept;

}  // namespace outmap::cli
