// What only the owner of a process may decide.
#pragma once

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// For a program in which this library is the only one that uses SQLite, called in main() before anything else of it:
/// SQLite keeps no account of the memory it has, which it does for the whole process and behind a lock, at every piece
/// of memory. That is up to a seventh of the CPU time of a sync that changes many rows. sqlite3_memory_used() gives 0
/// from then on and SQLite's heap limits have no effect. False, and nothing is changed, once SQLite has begun its work.
bool keep_no_memory_statistics() noexcept;

}  // namespace outmap
