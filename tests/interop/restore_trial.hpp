// What a restore must do against any real server.
#pragma once

#include "interop/raw_imap.hpp"
#include "support/convergence.hpp"

namespace outmap::interop {

/// Folders with sample messages are backed up by `server.config()` and deleted, and come back over a link that is cut ten
/// times: with doctest, that octets, flags, dates and folders are what they were, each message once, and that a second
/// restore, and a rehearsal, change nothing. `where` is the same server without TLS.
void try_restore(test::changing_server& server, const plain_server& where);

}  // namespace outmap::interop
