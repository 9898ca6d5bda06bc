// Which queued changes wait for which.
#pragma once

#include "outmap/queued_change.hpp"

namespace outmap::sync {

/// Whether `later` must not be sent while `earlier`, recorded before it, has not been done:
///
///  * both are about the same messages (store, copy, move), or `later` is the purge of a mailbox whose messages
///    `earlier` flags or moves;
///  * `earlier` makes, removes or renames a mailbox that `later` names, or one above it;
///  * `later` removes or renames a mailbox, or one above it, that `earlier` names: what was to be done there must not
///    go down with it;
///  * both subscribe or unsubscribe the same name.
///
/// A mailbox counts as above another where the other's name goes on behind it with a character that can be a hierarchy
/// delimiter. Pure.
bool depends_on(const queued_change& later, const queued_change& earlier);

}  // namespace outmap::sync
