// The STORE forms, and no other (OIMAP-V0056).
#pragma once

#include <string_view>

namespace outmap::profile {

enum class store_form {
  replace,                 ///< FLAGS (any of the five system flags)
  add_deleted_seen,        ///< +FLAGS (\Deleted \Seen)
  remove_deleted,          ///< -FLAGS (\Deleted)
  add_seen,
  remove_seen,
  add_deleted_silent,      ///< +FLAGS.SILENT (\Deleted)
  remove_deleted_silent,
  add_seen_silent,
  remove_seen_silent,
  add_flagged_silent,
  remove_flagged_silent,
  add_answered_silent,
  remove_answered_silent,
};

/// What stands behind the set, in full; for `replace` only "FLAGS", the list follows.
std::string_view text(store_form form) noexcept;

}  // namespace outmap::profile
