// Which mailboxes there are.
#pragma once

#include <asio/awaitable.hpp>
#include <vector>

#include "cache/records.hpp"
#include "outmap/limits.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// A mailbox of the tree. `doubtful`: LIST and LSUB disagree on whether it can be selected, so a refused SELECT is no failure.
struct listed_mailbox {
  cache::listed_folder folder;
  bool doubtful = false;
};

/// Merges LIST and LSUB data: the tree is what LIST shows (OIMAP-V0041), the attributes are those of the most recent answer for
/// a name (OIMAP-V0043), a name that only LSUB knows is no mailbox (XIMAP-V0029). Pure.
class folder_merger final : public session::responder {
 public:
  explicit folder_merger(const limits& bounds) : bounds_(bounds) {}
  void on_data(wire::response& data) override;
  /// Sorted by name, INBOX first.
  std::vector<listed_mailbox> take();
  /// True when the server named more mailboxes than limits::mailboxes.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  struct known {
    listed_mailbox mailbox;
    bool listed = false;
  };
  limits bounds_;
  std::map<mailbox_name, known> known_;
  bool overflowed_ = false;
};

/// LIST "" "*" and LSUB "" "*", one behind the other. LSUB refused is no error: then nothing counts as subscribed.
asio::awaitable<result<std::vector<listed_mailbox>>> list_folders(session::session& on, const limits& bounds);

}  // namespace outmap::sync
