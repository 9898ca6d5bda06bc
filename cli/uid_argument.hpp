// Messages as an argument names them.
#pragma once

#include <string>

#include "outmap/error.hpp"
#include "outmap/outbox.hpp"

namespace outmap::cli {

/// "17", "3:9", "3:*", "*" (the last one), several with commas between them; "all". A range means those of it that are
/// there; a number that stands alone has to be there. Errors: invalid_argument, no_such_message, and those of
/// outbox::known().
result<uid_set> chosen_uids(outbox& in, const mailbox_name& mailbox, const std::string& text);

/// The syntax alone.
result<void> check_uid_argument(const std::string& text);

}  // namespace outmap::cli
