// The messages of one folder that could not be had, and when each is asked for again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/uid_set.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// A message that stands here and has a body all the same (a header, where bodies are not wanted) has a stand-in
/// (stand_in.hpp), which its own replaces, unless that body is unconfirmed. Belongs to one executor.
class folder_quarantine {
 public:
  /// What a listing says of the cached folder.
  struct listing {
    const uid_set& vanished;
    const uid_set& missing;  ///< listed, and not here as they are wanted: bodies, or headers where these are enough
    bool whole = true;       ///< false: only what is new was listed, or not all that there is
    bool bodies = true;      ///< bodies are wanted
    const uid_set& unconfirmed;
  };
  /// What follows for this run.
  struct judgement {
    uid_set ask;    ///< besides what is missing anyway
    uid_set leave;  ///< not to be asked for this time
    uid_set stand_ins;
  };

  folder_quarantine(sync_context& with, cache::folder_id folder, std::string name)
      : with_(with), folder_(folder), name_(std::move(name)) {}

  result<void> load();
  /// UIDs mean other messages from here on.
  void forget();
  /// Entries of messages that are not there any more are cleared.
  result<judgement> judge(const listing& seen);

  /// One more try has failed; the user is told.
  void put(uid which, std::string_view reason);
  /// As put(), for the message of a response that was too large: it is never asked for again. Gives that message;
  /// nothing if the response does not say which it is.
  std::optional<uid> blame(std::string_view partial_response, const error& why);
  /// It has come, or is not there any more.
  void clear(uid which);
  void clear(const uid_set& which);
  [[nodiscard]] bool contains(uid which) const { return uids_.contains(which); }

 private:
  [[nodiscard]] bool may_be_asked(const cache::quarantine_record& about) const;

  sync_context& with_;
  cache::folder_id folder_;
  std::string name_;
  std::vector<cache::quarantine_record> records_;
  uid_set uids_;
};

}  // namespace outmap::sync
