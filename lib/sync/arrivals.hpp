// Which messages of a folder have come, and which of them are complete.
#pragma once

#include "cache/reader.hpp"
#include "cache/writer.hpp"
#include "outmap/error.hpp"
#include "outmap/uid_set.hpp"

namespace outmap::sync {

/// A message is complete with its whole literal and the tagged OK of the command that asked for it. What came by a
/// command that was refused, or that a link took with it, is kept, stands in the cache as unconfirmed and is asked for
/// again. Servers answer several commands in one, so a command confirms what it asked for, whichever of them brought it.
/// Belongs to one executor.
class arrivals {
 public:
  arrivals(cache::writer& to, cache::folder_id folder) : to_(to), folder_(folder) {}

  /// What earlier runs have left unconfirmed.
  result<void> load(cache::reader& from);
  /// UIDs mean other messages from here on.
  void forget() { doubtful_ = {}; }

  /// Whole, and the tagged answer is awaited.
  void add(const uid_set& whole) { whole_.add(whole); }
  /// Without a body to be confirmed: headers alone.
  void complete(const uid_set& whole) { complete_.add(whole); }
  /// The command that asked for these has its OK. Gives those of them that came.
  uid_set confirm(const uid_set& asked);
  /// The command that asked for these was refused, or its answer will not come. Gives those of them that came.
  uid_set doubt(const uid_set& asked);

  [[nodiscard]] const uid_set& complete() const { return complete_; }
  /// Came whole, without an OK so far.
  [[nodiscard]] const uid_set& doubtful() const { return doubtful_; }
  /// Was in doubt in this run at any time.
  [[nodiscard]] const uid_set& doubted() const { return doubted_; }

 private:
  cache::writer& to_;
  cache::folder_id folder_;
  uid_set whole_;  // of commands under way
  uid_set complete_;
  uid_set doubtful_;
  uid_set doubted_;
};

}  // namespace outmap::sync
