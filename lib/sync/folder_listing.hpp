// Which mailboxes there are.
#pragma once

#include <asio/awaitable.hpp>
#include <functional>
#include <map>
#include <optional>
#include <string_view>
#include <vector>

#include "cache/records.hpp"
#include "outmap/config.hpp"
#include "outmap/limits.hpp"
#include "session/session.hpp"

namespace outmap::sync {

/// Chooses folders by decoded name.
using folder_filter = std::function<bool(std::string_view name)>;

/// A mailbox of the tree. `doubtful`: LIST and LSUB disagree on whether it can be selected, or LIST does not know it,
/// so a refused SELECT is no failure. `shown`: the account's folder_mode takes it.
struct listed_mailbox {
  cache::listed_folder folder;
  bool doubtful = false;
  bool shown = true;
};

/// Merges LIST and LSUB data. Showing all folders, the tree is what LIST shows (OIMAP-V0041) and a name that only LSUB
/// knows is no mailbox (XIMAP-V0029); showing subscribed ones, LSUB drives the tree. The attributes are those of the
/// most recent answer for a name (OIMAP-V0043). Pure.
class folder_merger final : public session::responder {
 public:
  /// `root`: wire form of the mailbox above which nothing counts but INBOX; empty: everything counts.
  folder_merger(const limits& bounds, folder_mode mode, std::string root)
      : bounds_(bounds), mode_(mode), root_(std::move(root)) {}
  void on_data(wire::response& data) override;
  /// Sorted by name, INBOX first.
  std::vector<listed_mailbox> take();
  /// True when the server named more mailboxes than limits::mailboxes, or names of more than most_octets together.
  [[nodiscard]] bool overflowed() const { return overflowed_; }

 private:
  struct known {
    listed_mailbox mailbox;
    bool listed = false;
  };
  // Far more than limits::mailboxes of usual length.
  static constexpr std::size_t most_octets = std::size_t{16} << 20;

  [[nodiscard]] bool below_root(const wire::list_data& list) const;

  limits bounds_;
  folder_mode mode_;
  std::string root_;
  std::map<mailbox_name, known> known_;
  std::size_t octets_ = 0;
  bool overflowed_ = false;
};

/// LIST and LSUB for the account's root folder (all mailboxes without one), one behind the other; with a root folder
/// INBOX is asked for, too. LSUB refused is no error when all folders are shown: then nothing counts as subscribed.
class folder_question {
 public:
  explicit folder_question(const account_config& account) : account_(account) {}
  /// Starts the commands. The question must live until they are complete.
  result<void> ask(session::session& on);
  /// Waits for the answers; other commands may be under way behind them.
  asio::awaitable<result<std::vector<listed_mailbox>>> answer(session::session& on);

 private:
  const account_config& account_;
  std::optional<folder_merger> merged_;
  std::vector<profile::command_id> running_;
};

/// A folder_question asked and answered.
asio::awaitable<result<std::vector<listed_mailbox>>> list_folders(session::session& on, const account_config& account);

}  // namespace outmap::sync
