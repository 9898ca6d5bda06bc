#include "search/index_file.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <span>
#include <system_error>
#include <utility>

#include "cache/cache_file.hpp"
#include "cache/schema.hpp"

namespace outmap::search {
namespace {

namespace fs = std::filesystem;
using cache::database;
using cache::statement;

// A document is the text of a message, known by the digest of its body (or of its header, while there is no body). The
// words have no text of their own: what a removed message leaves behind is a document without a place. An index of any
// other version of these tables is thrown away: these steps only ever make a new one.
constexpr const char* tables = R"sql(
PRAGMA application_id = 1333097555;

CREATE TABLE meta (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  account  BLOB NOT NULL,
  stamp    BLOB NOT NULL
) STRICT;

CREATE TABLE folder (
  id       INTEGER PRIMARY KEY,
  mailbox  BLOB NOT NULL UNIQUE
) STRICT;

CREATE TABLE document (
  id           INTEGER PRIMARY KEY,
  digest       BLOB NOT NULL UNIQUE,
  attachments  INTEGER NOT NULL
) STRICT;

CREATE TABLE place (
  folder    INTEGER NOT NULL,
  uid       INTEGER NOT NULL,
  document  INTEGER NOT NULL,
  date      INTEGER,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;
CREATE INDEX place_of ON place (document);

CREATE VIRTUAL TABLE words USING fts5 (sender, recipients, subject, text, files, content = '',
  tokenize = "unicode61 remove_diacritics 2");
INSERT INTO words (words, rank) VALUES ('hashsize', 8388608);
)sql";
static_assert(index_application_id == 1333097555);

constexpr std::array<cache::migration, 2> steps{{{tables}, {"ALTER TABLE meta ADD COLUMN reading INTEGER"}}};

// A commit reaches the disk when SQLite's log is emptied; what a power failure takes is read again.
constexpr const char* settings =
    "PRAGMA trusted_schema = OFF; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY;"
    "PRAGMA cache_size = -32768";

tl::unexpected<error> system_failure(const fs::path& file, int code) {
  const auto kind = code == ENOSPC || code == EDQUOT ? errc::disk_full : errc::cache_unavailable;
  return fail(kind, file.string() + ": " + std::generic_category().message(code));
}

result<database> open_file(const fs::path& index) {
  auto db = database::open(index.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
  if (!db) return cache::opening(std::move(db.error()));
  sqlite3_busy_timeout(db->handle(), cache::busy_timeout);
  if (auto set = db->run(settings); !set) return tl::unexpected(std::move(set.error()));
  return db;
}

bool unusable(const error& problem) { return problem.code == errc::cache_damaged || problem.code == errc::cache_newer; }

/// The log first: alone it would be taken for that of the next index.
result<void> remove_parts(const fs::path& index) {
  for (const char* part : {"-journal", "-wal", "-shm", ""}) {
    const auto file = fs::path(index) += part;
    if (::unlink(file.c_str()) != 0 && errno != ENOENT) return system_failure(file, errno);
  }
  return {};
}

result<void> fill_new(const fs::path& index, std::string_view account) {
  const int descriptor = ::open(index.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) return system_failure(index, errno);
  ::close(descriptor);
  auto db = open_file(index);
  if (!db) return tl::unexpected(std::move(db.error()));
  if (auto made = cache::migrate(*db, steps); !made) return made;
  statement sign(*db, "INSERT INTO meta (id, account, stamp, reading) VALUES (1, ?1, x'', ?2)");
  if (auto done = sign.execute(cache::octets{account}, reading_version); !done) return done;
  // All of it must stand in the file before that gets its name: the log keeps the old one.
  return db->run("PRAGMA wal_checkpoint(TRUNCATE)");
}

// Nothing is done to a file of somebody else's.
result<bool> is_there(const fs::path& index) {
  const auto state = cache::look_at(index, steps, index_application_id);
  if (!state && state.error().code == errc::cache_newer) return true;
  if (!state) return tl::unexpected(state.error());
  return *state != cache::file_state::missing;
}

result<std::optional<database>> open_by(result<database> (*open)(const fs::path&), const fs::path& index,
                                        std::string_view account) {
  const auto there = is_there(index);
  if (!there) return tl::unexpected(there.error());
  const auto state = cache::look_at(index, steps, index_application_id);
  if (!state || *state != cache::file_state::cache) return std::optional<database>();
  auto db = open(index);
  if (!db && unusable(db.error())) return std::optional<database>();
  if (!db) return tl::unexpected(std::move(db.error()));
  const auto version = cache::schema_version(*db);
  if (!version && unusable(version.error())) return std::optional<database>();
  if (!version) return tl::unexpected(version.error());
  if (*version != steps.size()) return std::optional<database>();
  statement owner(*db, "SELECT account, reading FROM meta WHERE id = 1");
  bool ours = false;
  const auto found =
      owner.first([&](const statement& row) { ours = row.view(0) == account && row.integer(1) == reading_version; });
  if (!found && !unusable(found.error())) return tl::unexpected(found.error());
  if (!ours) return std::optional<database>();
  return std::optional<database>(std::move(*db));
}

}  // namespace

fs::path index_file_of(const fs::path& cache_file) { return fs::path(cache_file) += ".search"; }

result<cache::file_lock> lock_index(const fs::path& index) {
  return cache::file_lock::take(fs::path(index) += ".lock");
}

result<std::optional<database>> open_index(const fs::path& index, std::string_view account) {
  return open_by(open_file, index, account);
}

result<std::optional<database>> open_index_as_it_is(const fs::path& index, std::string_view account) {
  return open_by(cache::open_as_it_is, index, account);
}

result<void> remove_index(const fs::path& index) {
  const auto there = is_there(index);
  if (!there) return tl::unexpected(there.error());
  return remove_parts(index);
}

result<database> make_index(const fs::path& index, std::string_view account) {
  if (auto removed = remove_index(index); !removed) return tl::unexpected(std::move(removed.error()));
  // Under its own name it is whole from the beginning: what a crash leaves half made would not be known for ours.
  const auto unfinished = fs::path(index) += ".new";
  if (auto removed = remove_parts(unfinished); !removed) return tl::unexpected(std::move(removed.error()));
  if (auto filled = fill_new(unfinished, account); !filled) return tl::unexpected(std::move(filled.error()));
  if (::rename(unfinished.c_str(), index.c_str()) != 0) return system_failure(index, errno);
  return open_file(index);
}

}  // namespace outmap::search
