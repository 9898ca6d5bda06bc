// Puts what a cache holds, and a server lacks, back onto the server.
#pragma once

#include <asio/awaitable.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "archive/restore_plan.hpp"
#include "cache/reader.hpp"
#include "outmap/config.hpp"
#include "outmap/observer.hpp"
#include "outmap/restore.hpp"
#include "session/session.hpp"
#include "sync/mailbox_desk.hpp"

namespace outmap::archive {

/// Lives as long as the restore, over the sessions that it takes: run() again on a new one goes on with the folder that
/// it was at, which is looked at anew. Belongs to one executor.
class restorer {
 public:
  struct order {
    std::function<bool(std::string_view)> wants;  ///< a folder, by its decoded name
    std::string into;                             ///< as on the wire
    std::optional<std::int64_t> since;
    bool expunged = false;
    bool dry_run = false;
    bool compare = false;  ///< fetch again what was put there, and compare
  };

  restorer(cache::reader& from, const account_config& account, order what, observer& watch, restore_report& report)
      : from_(from), account_(account), what_(std::move(what)), watch_(watch), report_(report) {}

  /// The error is one after which the session is of no more use.
  asio::awaitable<result<void>> run(session::session& on);
  /// The answer to an APPEND was lost: the server may still be at it.
  [[nodiscard]] bool in_doubt() const { return sending_.has_value(); }
  /// How much was done so far, whatever it is: the same number twice means that nothing goes on.
  [[nodiscard]] std::uint64_t steps() const { return steps_; }
  /// order::into as people read it.
  [[nodiscard]] std::string into() const;
  /// Removes the folders that were made, deepest first.
  asio::awaitable<result<void>> remove_created(session::session& on);

 private:
  struct item {
    outmap::uid uid;
    std::int64_t expunged_row = 0;  ///< 0: a message of the folder
    flag_set flags;
    std::optional<internal_date> date;
    cache::digest body{};
  };
  struct counted {
    std::uint64_t there_at_first = 0;
    std::uint64_t there_at_last = 0;
    bool looked = false;
  };

  asio::awaitable<result<void>> ask_tree(session::session& on);
  asio::awaitable<result<void>> restore(sync::mailbox_desk& desk, const cache::folder_record& folder);
  asio::awaitable<result<bool>> make(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                     const mailbox_name& target);
  result<std::vector<item>> items_of(const cache::folder_record& folder);
  result<void> add_expunged(const cache::folder_record& folder, std::vector<item>& to);
  result<void> learn_live_bodies();
  result<std::string> header_of(const cache::folder_record& folder, const item& one);
  result<std::string> text_of(const cache::folder_record& folder, const item& one);

  /// Which of `items` the opened folder has, and under which UID.
  asio::awaitable<result<std::vector<std::optional<uid>>>> look(sync::mailbox_desk& desk,
                                                                const cache::folder_record& folder,
                                                                const std::vector<item>& items);
  asio::awaitable<result<std::vector<found_message>>> list(sync::mailbox_desk& desk);
  asio::awaitable<result<std::optional<std::size_t>>> decide(sync::mailbox_desk& desk,
                                                             const cache::folder_record& folder,
                                                             const std::vector<item>& items, uid which,
                                                             const std::vector<std::size_t>& candidates);
  asio::awaitable<result<void>> append(sync::mailbox_desk& desk, const cache::folder_record& folder, const item& one,
                                       const mailbox_name& target);
  asio::awaitable<result<void>> send(sync::mailbox_desk& desk, const profile::command& what);
  asio::awaitable<result<void>> compare(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                        const std::vector<item>& items, const mailbox_name& target);
  asio::awaitable<result<void>> compare_one(sync::mailbox_desk& desk, const cache::folder_record& folder,
                                            const item& one, std::optional<uid> there, const flag_set& flags);
  void refuse(uid which, error why);
  void tell();

  cache::reader& from_;
  const account_config& account_;
  order what_;
  observer& watch_;
  restore_report& report_;

  std::map<mailbox_name, cache::listed_folder> tree_;
  std::optional<char> delimiter_;
  std::vector<mailbox_name> created_;
  std::optional<std::set<cache::digest>> live_;
  std::size_t next_ = 0;  // of the cache's folders
  std::string name_;
  counted now_;
  std::optional<item> sending_;
  std::map<std::pair<std::size_t, std::pair<std::uint32_t, std::int64_t>>, unsigned> breaks_;
  std::set<std::pair<std::uint32_t, std::int64_t>> given_up_;  // of the folder at next_
  std::uint64_t steps_ = 0;
  progress so_far_;
};

}  // namespace outmap::archive
