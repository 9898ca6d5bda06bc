// Finding messages in the cache, without the network: by words, sender, date, flags.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "outmap/error.hpp"
#include "outmap/store.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Where words are looked for. `recipients` is To, Cc and Bcc; `text` is what make_readable() makes of the message;
/// `files` are the names of its attachments.
enum class search_field { any, sender, recipients, subject, text, files };

/// Words that stand one after the other. Case, accents and punctuation do not count ("Müller" finds "MULLER").
struct search_term {
  search_field in = search_field::any;
  std::string words;     ///< UTF-8; must hold a letter or a digit
  bool prefix = false;   ///< the last word may go on
  bool negated = false;  ///< must not be there
};

/// All that is set must hold. An empty query finds everything.
struct search_query {
  static constexpr std::size_t most_terms = 64;

  std::vector<search_term> terms;
  std::optional<std::int64_t> since;   ///< Unix seconds; received then or later
  std::optional<std::int64_t> before;  ///< received earlier
  std::optional<bool> seen;
  std::optional<bool> flagged;
  std::optional<bool> answered;
  std::optional<bool> draft;
  std::optional<bool> deleted;
  std::optional<bool> attachments;   ///< has some
  std::vector<std::string> folders;  ///< patterns as in sync_options::include; none: all folders
};

/// A word that parse_search() does not know, and those that it knows in that place.
struct unknown_search_word {
  std::string word;
  std::vector<std::string_view> known;
};

/// Reads a line as people write it. Items are separated by blanks; "in quotes" blanks belong to the item.
///   word  word*  "several words"     in any field; * stands for the rest of the word
///   from: to: subject: text: file:   in that field
///   since: before:                   2024, 2024-03, 2024-03-01 (in the zone of this machine), today, yesterday, or an
///                                    age: 10d, 2w, 6m, 1y
///   is:                              unread read flagged unflagged answered unanswered draft deleted
///   has:attachment
///   folder:                          a pattern with * and ?; of several, one must match
///   -item, not:item                  words that must not be there
/// Nothing in it is taken for an expression of SQLite. `now` is in Unix seconds. errc::invalid_argument names the item;
/// where a word of it is the reason, `unknown` is filled in.
result<search_query> parse_search(std::string_view line, std::int64_t now, unknown_search_word* unknown = nullptr);

struct search_hit {
  mailbox_name mailbox;
  std::string folder;  ///< UTF-8, decoded; hostile
  stored_message message;
  header_summary header;  ///< hostile
};

struct search_result {
  std::vector<search_hit> hits;  ///< the newest first
  std::uint64_t found = 0;       ///< may be more than there are hits
};

struct index_report {
  std::uint64_t added = 0;    ///< messages
  std::uint64_t removed = 0;  ///< those that the cache does not hold any more
  std::uint64_t read = 0;     ///< messages whose text was taken apart; one that is held several times counts once
  std::uint64_t octets = 0;   ///< of those
  bool rebuilt = false;  ///< one that was old, read otherwise, damaged or mostly of removed messages was thrown away
  bool busy = false;     ///< another process is bringing the index up to date: nothing was done
  double seconds = 0;
  std::vector<error> failures;  ///< messages that could not be read; their words are not found
};

/// The index of a cache is `<cache>.search`, an SQLite file that can be deleted at any time: it holds nothing that is not
/// in the cache, and is made again when it is missing, damaged or of another version. Words of removed messages stay in
/// it until it is made again. It takes no lock of the cache: a sync never waits for it, nor it for a sync.
///
/// Belongs to one thread at a time; any number may be open.
class mail_search {
 public:
  /// Errors: those of store::open().
  static result<mail_search> open(const std::filesystem::path& cache);
  ~mail_search();
  mail_search(mail_search&&) noexcept;
  mail_search& operator=(mail_search&&) noexcept;

  /// Brings the index to what the cache holds: reads what is new and nothing else. `stop` may be set from any thread
  /// (errc::cancelled; what was done is kept); `step` is called after each message. Errors: cache_foreign (a file of
  /// that name is none of ours), cache_unavailable (it cannot be written there), disk_full, file_error, cache_damaged.
  result<index_report> update(const std::atomic<bool>& stop, const std::function<void(const index_report&)>& step = {});

  /// At most `most` hits. What waits in the outbox is seen as store shows it. Messages that came after the last
  /// update() are not found. Errors: invalid_argument (a term without a letter or digit, too many terms),
  /// cache_unavailable (there is no index yet), cache_damaged, file_error.
  result<search_result> find(const search_query& query, std::size_t most = 100);

  /// Deletes the index. errc::cache_locked while it is being brought up to date.
  result<void> drop();

 private:
  struct OUTMAP_HIDDEN impl;
  explicit mail_search(std::unique_ptr<impl> i);
  std::unique_ptr<impl> impl_;
};

}  // namespace OUTMAP_PUBLIC
