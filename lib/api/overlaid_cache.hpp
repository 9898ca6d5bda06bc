// A cache with what waits in its outbox laid over it.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "api/overlay.hpp"
#include "cache/outbox_view.hpp"
#include "cache/reader.hpp"
#include "outmap/store.hpp"

namespace outmap {

/// Belongs to one thread at a time.
class overlaid_cache {
 public:
  static result<std::unique_ptr<overlaid_cache>> open(const std::filesystem::path& file);

  [[nodiscard]] cache::reader& reader() { return *reader_; }

  /// A mailbox as the app sees it. What it points to lives as long as `changes` does.
  struct mailbox {
    std::shared_ptr<const overlay> changes;  ///< null: there are none
    tree_place place;
    std::optional<cache::folder_id> folder;  ///< nothing: the cache does not know it yet
    uid_validity validity;                   ///< by find_live(), and where there are changes; 0: not known yet
    const uid_effects* effects = nullptr;
    const std::vector<overlay::arrival>* arrivals = nullptr;

    [[nodiscard]] uid_effect effect_on(uid which) const {
      return effects != nullptr ? effects->at(which) : uid_effect();
    }
  };
  /// errc::no_such_mailbox.
  result<mailbox> find(const mailbox_name& name);
  /// One that is on the server, or will be: not gone, nor to be deleted. errc::no_such_mailbox.
  result<mailbox> find_live(const mailbox_name& name);
  /// Between the levels of names; nothing where the server has announced none.
  result<std::optional<char>> delimiter();

  /// Unsorted.
  result<std::vector<stored_folder>> folders();
  /// By wire name; errc::no_such_mailbox.
  result<stored_folder> folder(const mailbox_name& name);

  result<stored_message> message(const mailbox& in, uid which);
  [[nodiscard]] stored_message seen(const mailbox& in, const cache::message_record& record);

  /// The arrival that `which` names; errc::no_such_message.
  result<overlay::arrival> arrival_of(const mailbox& in, unsent_message which);
  /// Calls take() for each message of an arrival until it gives false; says whether it never did.
  result<bool> for_each_unsent(const overlay& changes, const overlay::arrival& from,
                               const std::function<bool(const stored_message&)>& take);
  /// Where the original of a copy is in the cache; errc::no_such_message.
  result<cache::folder_id> folder_of_original(const overlay::arrival& of);
  result<stored_message> unsent(const overlay& changes, const overlay::arrival& from, uid source);
  result<std::string> appended_header(change_id id);
  result<void> appended_message(change_id id, const std::function<bool(std::string_view)>& take);

 private:
  overlaid_cache(std::unique_ptr<cache::reader> opened, const std::filesystem::path& file, std::string account)
      : reader_(std::move(opened)), outbox_(file, std::move(account)) {}

  result<std::shared_ptr<const overlay>> changes();
  result<std::shared_ptr<const overlay>> lay(overlay::change_list list);
  result<stored_folder> as_seen(const cache::folder_record& record, const mailbox_name& name,
                                const std::shared_ptr<const overlay>& changes);
  result<std::uint64_t> count_unsent(const std::vector<overlay::arrival>& all);
  result<void> add_created(std::vector<stored_folder>& to, const std::shared_ptr<const overlay>& changes);
  result<mailbox> find_changed(const mailbox_name& name, std::shared_ptr<const overlay> changes);

  std::unique_ptr<cache::reader> reader_;
  cache::outbox_view outbox_;
  overlay::change_list seen_changes_;
  std::uint64_t seen_tree_ = 0;
  std::shared_ptr<const overlay> overlay_;
};

}  // namespace outmap
