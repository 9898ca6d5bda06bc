// A server's words in place of a message that it cannot render.
#pragma once

#include <string_view>

namespace outmap::sync {

/// Exchange answers for a message that it cannot turn into MIME with a short text of its own, which looks like a
/// message. Only what has the sender, the subject and the size of these is taken for one; a message that has travelled
/// (Received) never is.
bool is_stand_in(std::string_view message);

}  // namespace outmap::sync
