// The messages of one folder that could not be had, and when each is asked for again.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/uid_set.hpp"
#include "sync/quarantine_judgement.hpp"
#include "sync/sync_context.hpp"

namespace outmap::sync {

/// A message that stands here and has a body all the same (a header, where bodies are not wanted) has a stand-in
/// (stand_in.hpp), which its own replaces, unless that body is unconfirmed. Belongs to one executor.
class folder_quarantine {
 public:
  using listing = quarantine_listing;
  using judgement = quarantine_judgement;

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
  sync_context& with_;
  cache::folder_id folder_;
  std::string name_;
  std::vector<cache::quarantine_record> records_;
  uid_set uids_;
};

}  // namespace outmap::sync
