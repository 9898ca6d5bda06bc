// What the outbox must do against any real server.
#pragma once

#include <set>
#include <string>

#include "interop/raw_imap.hpp"
#include "outmap/types.hpp"
#include "support/convergence.hpp"

namespace outmap::interop {

/// The account as it is on a server that a client of our own is logged in to, in the terms of a history.
test::held_account account_of(raw_imap& logged_in);

/// Each kind of change is queued and sent at once; with doctest, that the server has it then.
void try_each_kind(test::changing_server& server);
/// APPEND, COPY and move, the link cut at every OUTMAP_FAULT_STEP-th (else `step`-th) octet behind the command: done once.
void try_lost_answers(test::changing_server& server, unsigned step);
/// A folder with mail is renamed: what the cache has of it goes with it, and nothing is fetched again.
void try_rename(test::changing_server& server);
/// OUTMAP_INTEROP_HISTORIES histories (else `count`) from seed OUTMAP_HISTORY_SEED (else 1).
void try_histories(test::changing_server& server, unsigned count);

}  // namespace outmap::interop
