// Who hears what a sync does to a folder of the cache.
#pragma once

#include "outmap/uid_set.hpp"

namespace outmap::sync {

/// Called on the sync's executor when a change was queued for the writer: it is not committed yet.
class change_listener {
 public:
  virtual ~change_listener() = default;
  /// The server said OK to the SELECT; what it lists comes behind this.
  virtual void on_opened() {}
  /// Messages that were not in the cache.
  virtual void on_added(const uid_set&) {}
  virtual void on_flags_changed(const uid_set&) {}
  virtual void on_vanished(const uid_set&) {}
};

}  // namespace outmap::sync
