// The selected mailbox as one session sees it: message numbers stay put until the session has told of changes.
#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "arguments.hpp"
#include "mailbox_store.hpp"

namespace outmap::exchange {

/// The folder was given a new UIDVALIDITY under a session that had it open: the session must end.
struct mailbox_rebuilt {};

/// Messages of a session's view: numbers are places in `uids()`, counted from 1.
class selected_mailbox {
 public:
  /// `push_flags`: tell of flags that others changed (XIMAP-V0046: Exchange does not).
  selected_mailbox(mailbox_store& store, const folder_info& folder, bool read_only, bool push_flags);

  [[nodiscard]] const std::string& name() const { return name_; }
  [[nodiscard]] std::uint64_t folder() const { return folder_; }
  [[nodiscard]] bool read_only() const { return read_only_; }
  [[nodiscard]] const std::vector<std::uint32_t>& uids() const { return uids_; }
  [[nodiscard]] std::uint32_t recent() const { return static_cast<std::uint32_t>(recent_.size()); }
  [[nodiscard]] bool is_recent(std::uint32_t uid) const { return recent_.contains(uid); }
  /// False once the folder was deleted; its messages stay in the view until they are asked for.
  [[nodiscard]] bool exists() const;

  /// What may be told of vanished messages: nothing yet (in answer to FETCH and STORE by number, RFC 3501 7.4.1),
  /// EXPUNGE responses, or only the smaller EXISTS (field_quirk::shrinking_exists).
  enum class vanished { wait, expunge, shrink };
  /// Untagged responses, without "* ", for what changed since the last call: EXPUNGE, EXISTS and RECENT, FETCH FLAGS
  /// if others' changes are pushed.
  [[nodiscard]] std::vector<std::string> news(vanished how);
  /// "n EXISTS" and "m RECENT".
  [[nodiscard]] std::vector<std::string> sizes() const;

  /// UIDs of the messages that the set names, ascending. Error: a number beyond EXISTS. With UIDs, unknown ones are
  /// left out and `n:*` holds the last message whatever n is (RFC 3501 6.4.8).
  [[nodiscard]] std::vector<std::uint32_t> resolve(const sequence_set& set, bool by_uid) const;
  /// As resolve() with UIDs, but `*` is the message that was the last before EXISTS grew the last time
  /// (field_quirk::stale_star).
  [[nodiscard]] std::vector<std::uint32_t> resolve_stale(const sequence_set& set) const;
  /// EXISTS has grown since the mailbox was selected.
  [[nodiscard]] bool has_grown() const { return before_growth_ != last_uid_; }
  /// 0 when it is not in the view.
  [[nodiscard]] std::uint32_t number_of(std::uint32_t uid) const;
  /// The client was told these flags.
  void told(const message& m);
  /// "(\Seen \Recent)" for a FETCH response.
  [[nodiscard]] std::string flags_text(const message& m) const;

 private:
  void forget_vanished(const std::vector<std::uint32_t>& current, vanished how, std::vector<std::string>& lines);
  void pushed_flags(std::vector<std::string>& lines);
  [[nodiscard]] std::vector<std::uint32_t> uids_in(const sequence_set& set, std::uint32_t star) const;

  mailbox_store& store_;
  std::string name_;
  std::uint64_t folder_;
  std::uint32_t uid_validity_;
  std::uint64_t seen_revision_;
  bool read_only_;
  bool push_flags_;
  std::vector<std::uint32_t> uids_;
  std::uint32_t last_uid_ = 0;
  std::uint32_t before_growth_ = 0;  // the last UID before the last time that messages were added
  std::set<std::uint32_t> recent_;
  std::map<std::uint32_t, flag_set> told_;  // only with push_flags_
};

}  // namespace outmap::exchange
