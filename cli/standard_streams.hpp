// The three descriptors that the program is started with.
#pragma once

namespace outmap::cli {

/// Once, first of all. A standard descriptor that the caller closed is taken by /dev/null, opened so that its use
/// fails: the next file or socket would get its number, and our output would land in the cache or on the wire. A
/// reader that goes away and a limit on the size of files (RLIMIT_FSIZE) become errors of the call that meets them,
/// not signals.
void prepare_standard_streams() noexcept;

/// For a child between fork and exec: undoes what was done to the signals. Async-signal-safe.
void restore_stream_signals() noexcept;

}  // namespace outmap::cli
