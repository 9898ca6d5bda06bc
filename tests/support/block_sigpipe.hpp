// For the threads of servers that tests run.
#pragma once

#include <csignal>

namespace outmap::test {

/// A client that is gone makes OpenSSL's write raise SIGPIPE; here it shall be an error of that write. The signal is
/// directed at the writing thread, so blocking it there leaves the rest of the process alone.
inline void block_sigpipe() {
  sigset_t pipe_only;
  sigemptyset(&pipe_only);
  sigaddset(&pipe_only, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe_only, nullptr);
}

}  // namespace outmap::test
