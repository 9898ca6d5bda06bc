// The mailboxes that the server serves: in memory, shared by all sessions and by the test that pulls the strings.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/types.hpp"

namespace outmap::exchange {

inline constexpr char delimiter = '/';  // XIMAP-V0011

/// One message. The octets are never changed in place, so a copy is cheap and a session may send them without a lock.
struct message {
  std::uint32_t uid = 0;
  flag_set flags;
  internal_date date;
  std::shared_ptr<const std::string> octets;  ///< CRLF line ends
  bool size_known = false;                    ///< its body was fetched once (XIMAP-V0045)
  bool recent = true;                         ///< no session has seen it yet
  bool eight_bit = false;                     ///< some octet is over 127; found out by the store
  std::uint32_t retrievals = 0;               ///< how often its whole text was sent (NTLM-PB9)
};

/// What a folder is, without its messages.
struct folder_info {
  std::uint64_t id = 0;  ///< stays through a RENAME; never used twice
  std::string name;      ///< UTF-8, delimiter '/', case as created; "INBOX" in capitals
  std::uint32_t uid_validity = 0;
  std::uint32_t uid_next = 1;
  std::uint64_t revision = 0;  ///< changes with every change of the messages or flags
  std::uint32_t exists = 0;
  std::uint32_t recent = 0;
  std::uint32_t unseen = 0;
  bool noselect = false;
  bool marked = false;
};

/// How flags are combined by STORE.
enum class flag_change { replace, add, remove };

/// What a change of the folder tree came to.
enum class tree_result { done, exists_already, no_such_folder, has_children, forbidden };

/// Thread-safe: each member function takes the one lock. Names are UTF-8 and compared without regard to ASCII case
/// (XIMAP-V0008) unless told otherwise in the constructor. An INBOX exists from the start.
///
/// The mutators may be called by a test at any time, behind the back of the sessions: they find out at their next
/// permitted moment (XIMAP-V0013).
class mailbox_store {
 public:
  explicit mailbox_store(bool ignore_case = true);
  mailbox_store(const mailbox_store&) = delete;
  mailbox_store& operator=(const mailbox_store&) = delete;

  // Folders.
  /// Makes the superior names too (XIMAP-V0026). CREATE of a \Noselect folder makes it selectable.
  tree_result create(std::string_view name);
  /// A name that cannot be selected and exists for its children.
  tree_result create_noselect(std::string_view name);
  /// Refuses INBOX and a folder with children (XIMAP-V0027).
  tree_result remove_folder(std::string_view name);
  /// Moves the children along. INBOX keeps existing and its messages move.
  tree_result rename(std::string_view from, std::string_view to);
  void set_marked(std::string_view name, bool marked);
  /// All folders in the order of their names.
  [[nodiscard]] std::vector<folder_info> folders() const;
  [[nodiscard]] std::optional<folder_info> find(std::string_view name) const;
  [[nodiscard]] std::optional<folder_info> find(std::uint64_t id) const;

  // Subscriptions are names only; the mailbox need not exist (XIMAP-V0029).
  void subscribe(std::string_view name);
  /// False when it was not subscribed.
  bool unsubscribe(std::string_view name);
  [[nodiscard]] std::vector<std::string> subscriptions() const;

  // Messages. By name; an unknown folder gives 0, false or nothing.
  /// Appends and gives the new UID. `octets` must have CRLF line ends.
  std::uint32_t add(std::string_view folder, std::string octets, flag_set flags = {}, internal_date date = {});
  std::uint32_t add(std::string_view folder, message content);
  bool set_flags(std::string_view folder, std::uint32_t uid, flag_set flags);
  bool expunge(std::string_view folder, std::uint32_t uid);
  /// Another protocol changed the message: the content under a new UID at the end (XIMAP-2.1.2). The octets stay the
  /// same when none are given. Gives the new UID.
  std::uint32_t revise(std::string_view folder, std::uint32_t uid, std::optional<std::string> octets = std::nullopt);
  /// XIMAP-2.1.3 as version 5.0 words it: new content under the old UID.
  bool revise_in_place(std::string_view folder, std::uint32_t uid, std::string octets);
  /// A new UIDVALIDITY, the messages numbered anew from 1. Sessions that have the folder selected get a BYE.
  bool change_uid_validity(std::string_view folder);
  [[nodiscard]] std::vector<message> messages(std::string_view folder) const;
  [[nodiscard]] std::optional<message> find_message(std::string_view folder, std::uint32_t uid) const;

  // For sessions: by folder id, which survives RENAME.
  [[nodiscard]] std::vector<std::uint32_t> uids(std::uint64_t folder) const;
  /// Those of `wanted` (ascending) that still exist, in order.
  [[nodiscard]] std::vector<message> pick(std::uint64_t folder, const std::vector<std::uint32_t>& wanted) const;
  /// Gives the resulting flags of each message that still exists, in order.
  std::vector<message> change_flags(std::uint64_t folder, const std::vector<std::uint32_t>& wanted, flag_change how,
                                    const flag_set& flags);
  /// Its whole text was sent: the size is known and the next retrieval another one.
  void mark_retrieved(std::uint64_t folder, std::uint32_t uid);
  /// Clears `recent` on all messages and gives the UIDs that had it: the first session to select sees them as \Recent.
  std::set<std::uint32_t> take_recent(std::uint64_t folder);
  /// Removes the messages of `within` that are \Deleted.
  void expunge_deleted(std::uint64_t folder, const std::vector<std::uint32_t>& within);
  std::uint32_t append(std::uint64_t folder, message content);

  /// Called after every change, on the thread that made it; it must not call the store. Gives a key for
  /// remove_listener().
  std::uint64_t add_listener(std::function<void()> changed);
  /// When it returns the listener is not running and will not be called again.
  void remove_listener(std::uint64_t key);

 private:
  struct folder {
    folder_info info;
    std::vector<message> messages;  // ascending UIDs
  };
  struct name_less {
    bool ignore_case = true;
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const;
  };
  using folder_map = std::map<std::string, folder, name_less>;

  [[nodiscard]] std::string canonical(std::string_view name) const;
  folder* by_name(std::string_view name);
  [[nodiscard]] const folder* by_name(std::string_view name) const;
  folder* by_id(std::uint64_t id);
  [[nodiscard]] const folder* by_id(std::uint64_t id) const;
  folder& make(const std::string& name);
  tree_result create_locked(std::string_view name, bool noselect);
  [[nodiscard]] bool has_children(const std::string& name) const;
  std::uint32_t add_locked(folder& to, message content);
  [[nodiscard]] static folder_info describe(const folder& f);
  void notify();

  mutable std::mutex mutex_;
  folder_map folders_;
  std::map<std::string, std::string, name_less> subscribed_;
  std::uint64_t next_id_ = 1;
  std::uint32_t next_uid_validity_ = 1;

  std::mutex listeners_mutex_;
  std::map<std::uint64_t, std::function<void()>> listeners_;
  std::uint64_t next_listener_ = 1;
};

}  // namespace outmap::exchange
