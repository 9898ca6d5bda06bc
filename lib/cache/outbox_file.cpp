#include "cache/outbox_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#include "cache/cache_file.hpp"
#include "cache/schema.hpp"

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

// Names come from a server and may hold any octet: BLOB. A set of UIDs is ranges of two numbers of four octets each,
// the high octet first. A message stands in pieces, so that no more than one of them is in memory at a time.
constexpr const char* version_1 = R"sql(
PRAGMA application_id = 1333097538;

CREATE TABLE meta (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  account  BLOB NOT NULL,
  created  INTEGER NOT NULL
) STRICT;

CREATE TABLE change (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  kind             INTEGER NOT NULL,
  mailbox          BLOB NOT NULL,
  uid_validity     INTEGER NOT NULL,
  uids             BLOB NOT NULL,
  add_flags        INTEGER NOT NULL,
  remove_flags     INTEGER NOT NULL,
  destination      BLOB NOT NULL,
  appended_flags   INTEGER NOT NULL,
  date             INTEGER,
  zone             INTEGER,
  octets           INTEGER NOT NULL,
  digest           BLOB CHECK (length(digest) = 32),
  message_id       BLOB NOT NULL,
  queued_at        INTEGER NOT NULL,
  state            INTEGER NOT NULL,
  step             INTEGER NOT NULL DEFAULT 0,
  before_validity  INTEGER,
  before_exists    INTEGER,
  before_highest   INTEGER,
  attempts         INTEGER NOT NULL DEFAULT 0,
  not_before       INTEGER NOT NULL DEFAULT 0,
  server_text      BLOB NOT NULL DEFAULT x'',
  reason           BLOB NOT NULL DEFAULT x''
) STRICT;

CREATE TABLE message_piece (
  id      INTEGER PRIMARY KEY,
  change  INTEGER NOT NULL REFERENCES change (id) ON DELETE CASCADE,
  seq     INTEGER NOT NULL,
  octets  BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX piece_of ON message_piece (change, seq);
)sql";
static_assert(outbox_application_id == 1333097538);

constexpr migration steps_of_outbox[] = {{version_1}};
constexpr std::span<const migration> steps(steps_of_outbox);

tl::unexpected<error> system_failure(const fs::path& file, int code) {
  const auto kind = code == ENOSPC || code == EDQUOT ? errc::disk_full : errc::cache_unavailable;
  return fail(kind, file.string() + ": " + std::generic_category().message(code));
}

/// Gives `unnamed` its name unless there is such a file.
int name_if_free(const std::string& unnamed, const fs::path& file) {
  if (::renameat2(AT_FDCWD, unnamed.c_str(), AT_FDCWD, file.c_str(), RENAME_NOREPLACE) == 0) return 0;
  if (errno != EINVAL && errno != ENOSYS) return -1;
  return ::link(unnamed.c_str(), file.c_str());
}

/// An empty file is an outbox that nothing was recorded in. It gets its name after it was closed: to close a descriptor
/// of it later would drop the locks that other connections of this process have on it.
result<void> create_empty(const fs::path& file) {
  std::string unnamed = file.native() + ".XXXXXX";
  const int descriptor = ::mkostemp(unnamed.data(), O_CLOEXEC);
  if (descriptor < 0) return system_failure(file, errno);
  ::close(descriptor);
  const int named = name_if_free(unnamed, file);
  const int reason = errno;
  ::unlink(unnamed.c_str());
  if (named != 0 && reason != EEXIST) return system_failure(file, reason);
  return {};
}

result<database> open_at(const fs::path& file) {
  auto db = database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
  if (!db) return opening(std::move(db.error()));
  sqlite3_busy_timeout(db->handle(), busy_timeout);
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  // EXTRA: a commit that ends by removing the journal lasts only when the folder is synced too.
  auto set = db->run(
      "PRAGMA trusted_schema = OFF; PRAGMA synchronous = EXTRA; PRAGMA temp_store = MEMORY; PRAGMA foreign_keys = ON");
  if (!set) return opening(std::move(set.error()));
  return db;
}

result<void> bring_up_to_date(database& db, const fs::path& file) {
  const auto version = schema_version(db);
  if (!version) return opening(version.error());
  if (*version >= steps.size()) return {};
  if (sqlite3_db_readonly(db.handle(), "main") == 1) return system_failure(file, EACCES);
  if (auto migrated = migrate(db, steps); !migrated) return opening(std::move(migrated.error()));
  if (auto on = db.run("PRAGMA foreign_keys = ON"); !on) return opening(std::move(on.error()));
  return {};
}

}  // namespace

result<database> open_outbox(const fs::path& file, std::string_view account) {
  const auto state = look_at(file, steps, outbox_application_id);
  if (!state) return tl::unexpected(state.error());
  if (*state == file_state::missing) {
    if (auto made = create_empty(file); !made) return tl::unexpected(made.error());
  }
  auto db = open_at(file);
  if (!db) return db;
  if (sqlite3_db_readonly(db->handle(), "main") == 1) return system_failure(file, EACCES);
  if (auto ready = bring_up_to_date(*db, file); !ready) return tl::unexpected(std::move(ready.error()));
  statement claimed(*db, "SELECT 1 FROM meta");
  const auto has_owner = claimed.first([](const statement&) {});
  if (!has_owner) return opening(has_owner.error());
  if (!*has_owner) {
    statement sign(*db, "INSERT OR IGNORE INTO meta (id, account, created) VALUES (1, ?1, unixepoch())");
    if (auto done = sign.execute(octets{account}); !done) return opening(std::move(done.error()));
  } else {
    statement take_over(*db, "UPDATE meta SET account = ?1 WHERE account <> ?1 AND NOT EXISTS (SELECT 1 FROM change)");
    if (auto done = take_over.execute(octets{account}); !done) return opening(std::move(done.error()));
  }
  if (auto ours = check_owner(*db, file, account, steps); !ours) return tl::unexpected(std::move(ours.error()));
  return db;
}

result<std::optional<database>> open_existing_outbox(const fs::path& file, std::string_view account) {
  const auto state = look_at(file, steps, outbox_application_id);
  if (!state) return tl::unexpected(state.error());
  if (*state != file_state::cache) return std::optional<database>();
  auto db = open_at(file);
  if (!db) return tl::unexpected(std::move(db.error()));
  const auto version = schema_version(*db);
  if (!version) return opening(version.error());
  // Its creation was cut off and is undone now.
  if (*version == 0) return std::optional<database>();
  if (auto ready = bring_up_to_date(*db, file); !ready) return tl::unexpected(std::move(ready.error()));
  // An outbox without an owner, or without a change of another one, holds nothing.
  statement claimed(*db, "SELECT 1 FROM meta WHERE account = ?1 OR EXISTS (SELECT 1 FROM change)");
  const auto is_used = claimed.first([](const statement&) {}, octets{account});
  if (!is_used) return opening(is_used.error());
  if (!*is_used) return std::optional<database>();
  if (auto ours = check_owner(*db, file, account, steps); !ours) return tl::unexpected(std::move(ours.error()));
  return std::optional<database>(std::move(*db));
}

}  // namespace outmap::cache
