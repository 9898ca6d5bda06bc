// The rules of the response grammar that have a file of their own. Each is named after the rule of RFC 3501 section
// 9, begins behind the space that follows the name of the response, and goes to the end of the frame.
#pragma once

#include "wire/response.hpp"
#include "wire/scanner.hpp"

namespace outmap::wire::rules {

/// Behind OK, NO, BAD, PREAUTH or BYE, the space included: code and text.
bool resp_text(scanner& in, status_response& out);

bool msg_att(scanner& in, fetch_data& out);

/// LIST and LSUB.
bool mailbox_list(scanner& in, list_data& out);

/// STATUS: the mailbox and its status-att-list.
bool status(scanner& in, status_data& out);

}  // namespace outmap::wire::rules
