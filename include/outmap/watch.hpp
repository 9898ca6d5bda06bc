// What a watch of an account is to do, and what it did.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "outmap/error.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Intervals are at least one second and at most one day.
struct watch_options {
  /// UTF-8, as the tree shows it; INBOX in any case. The folder that is kept up to date as the server speaks.
  std::string folder = "INBOX";
  /// Between two full listings of it: Exchange never tells that a flag was changed elsewhere (XIMAP-V0046).
  std::chrono::seconds rescan_interval = std::chrono::minutes(15);
  /// Between two rounds of STATUS (UNSEEN) over the other folders, on a connection of their own; 0: never.
  std::chrono::seconds unseen_interval = std::chrono::minutes(5);
  /// Between two looks at a server without IDLE; never more than nine minutes (OIMAP-V0025).
  std::chrono::seconds poll_interval = std::chrono::minutes(1);
};

/// config_invalid names what cannot be.
result<void> validate(const watch_options& options);

/// Of a watch from its begin to its end. Counts of connections are those of the watched folder; the connection of the
/// unread counts has its own two.
struct watch_report {
  std::uint64_t connections = 0;      ///< that were logged in
  std::uint64_t failed_attempts = 0;  ///< to connect or to log in
  std::uint64_t lost = 0;             ///< connections that ended before we wanted it
  std::uint64_t idles = 0;
  std::uint64_t noops = 0;
  std::uint64_t full_scans = 0;
  std::uint64_t quick_scans = 0;  ///< only what is new
  std::uint64_t doubts = 0;       ///< times that server and client were out of step, so that the folder was scanned
  std::uint64_t suspensions = 0;  ///< times that the wall clock had jumped, or the app gave a nudge
  std::uint64_t messages_new = 0;
  std::uint64_t messages_changed = 0;
  std::uint64_t messages_expunged = 0;
  std::uint64_t unseen_connections = 0;
  std::uint64_t unseen_rounds = 0;
};

}  // namespace outmap
