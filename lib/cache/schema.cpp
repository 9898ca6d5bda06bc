#include "cache/schema.hpp"

#include <string>

namespace outmap::cache {
namespace {

// Names and keywords come from a server and may hold any octet: BLOB. What a list or a count reads (message, header,
// body) holds no octets of mail: those stand in tables of their own, so that a walk over a folder does not page through
// its mail. A row of body without a digest belongs to a transfer that is not finished; nothing refers to it.
constexpr const char* version_1 = R"sql(
CREATE TABLE meta (
  id       INTEGER PRIMARY KEY CHECK (id = 1),
  account  BLOB NOT NULL,
  created  INTEGER NOT NULL
) STRICT;

CREATE TABLE folder (
  id            INTEGER PRIMARY KEY,
  mailbox       BLOB NOT NULL UNIQUE,
  delimiter     INTEGER,
  noselect      INTEGER NOT NULL,
  noinferiors   INTEGER NOT NULL,
  subscribed    INTEGER NOT NULL,
  gone          INTEGER NOT NULL DEFAULT 0,
  uid_validity  INTEGER NOT NULL DEFAULT 0,
  exists_count  INTEGER NOT NULL DEFAULT 0,
  unseen        INTEGER,
  scanned_at    INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE TABLE header (
  id      INTEGER PRIMARY KEY,
  digest  BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  size    INTEGER NOT NULL
) STRICT;

CREATE TABLE header_octets (
  header  INTEGER PRIMARY KEY REFERENCES header (id),
  octets  BLOB NOT NULL
) STRICT;

CREATE TABLE body (
  id      INTEGER PRIMARY KEY,
  digest  BLOB UNIQUE CHECK (length(digest) = 32),
  size    INTEGER NOT NULL
) STRICT;

CREATE TABLE body_octets (
  body    INTEGER PRIMARY KEY REFERENCES body (id),
  octets  BLOB NOT NULL
) STRICT;

CREATE TABLE body_chunk (
  body    INTEGER NOT NULL REFERENCES body (id),
  seq     INTEGER NOT NULL,
  octets  BLOB NOT NULL,
  PRIMARY KEY (body, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE message (
  folder    INTEGER NOT NULL REFERENCES folder (id),
  uid       INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967295),
  flags     INTEGER NOT NULL,
  keywords  BLOB,
  size      INTEGER,
  date      INTEGER,
  zone      INTEGER,
  header    INTEGER REFERENCES header (id),
  body      INTEGER REFERENCES body (id),
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE tombstone (
  id            INTEGER PRIMARY KEY,
  folder        INTEGER NOT NULL REFERENCES folder (id),
  uid_validity  INTEGER NOT NULL,
  uid           INTEGER NOT NULL,
  buried_at     INTEGER NOT NULL,
  reason        TEXT NOT NULL CHECK (reason IN ('vanished', 'uid_validity')),
  adopted       INTEGER NOT NULL DEFAULT 0,
  flags         INTEGER NOT NULL,
  keywords      BLOB,
  size          INTEGER,
  date          INTEGER,
  zone          INTEGER,
  header        INTEGER REFERENCES header (id),
  body          INTEGER REFERENCES body (id)
) STRICT;
CREATE INDEX tombstone_of ON tombstone (folder, adopted, header);

CREATE TABLE quarantine (
  folder      INTEGER NOT NULL REFERENCES folder (id),
  uid         INTEGER NOT NULL CHECK (uid BETWEEN 1 AND 4294967295),
  reason      TEXT NOT NULL,
  first_seen  INTEGER NOT NULL,
  last_tried  INTEGER NOT NULL,
  tries       INTEGER NOT NULL,
  PRIMARY KEY (folder, uid)
) STRICT, WITHOUT ROWID;

CREATE TABLE run (
  id           INTEGER PRIMARY KEY,
  started_at   INTEGER NOT NULL,
  ended_at     INTEGER NOT NULL,
  outcome      TEXT NOT NULL,
  messages     INTEGER NOT NULL,
  body_octets  INTEGER NOT NULL
) STRICT;
)sql";

// Mail that arrives goes to segment files from here on (segment.hpp); what version 1 holds in header_octets,
// body_octets and body_chunk stays there and is read there, so that a large cache is ready at once and needs no second
// room. In header and body, segment NULL says so; a body with segment 0 stands in the pieces of body_piece. Row 0 of
// header is "the header that the message's body begins with", whose size and digest stand with the body.
//
// A digest is looked up by its first 8 octets: an index of whole digests would be the largest thing in the file. Small
// bodies are not looked up (body_table.hpp).
constexpr const char* version_2 = R"sql(
ALTER TABLE meta ADD COLUMN identity BLOB;
UPDATE meta SET identity = randomblob(16);

CREATE TABLE segment (
  id    INTEGER PRIMARY KEY,
  used  INTEGER NOT NULL
) STRICT;

DELETE FROM body_chunk WHERE body IN (SELECT id FROM body WHERE digest IS NULL);
CREATE TABLE body_2 (
  id             INTEGER PRIMARY KEY,
  digest         BLOB NOT NULL,
  size           INTEGER NOT NULL,
  segment        INTEGER,
  start          INTEGER,
  header_size    INTEGER,
  header_digest  BLOB
) STRICT;
INSERT INTO body_2 (id, digest, size) SELECT id, digest, size FROM body WHERE digest IS NOT NULL;
DROP TABLE body;
ALTER TABLE body_2 RENAME TO body;
CREATE INDEX body_by_digest ON body (substr(digest, 1, 8)) WHERE size >= 8192;

CREATE TABLE body_piece (
  body     INTEGER NOT NULL REFERENCES body (id),
  seq      INTEGER NOT NULL,
  segment  INTEGER NOT NULL,
  start    INTEGER NOT NULL,
  size     INTEGER NOT NULL,
  PRIMARY KEY (body, seq)
) STRICT, WITHOUT ROWID;

CREATE TABLE header_2 (
  id       INTEGER PRIMARY KEY,
  digest   BLOB,
  size     INTEGER NOT NULL,
  segment  INTEGER,
  start    INTEGER
) STRICT;
INSERT INTO header_2 (id, digest, size) SELECT id, digest, size FROM header;
INSERT INTO header_2 (id, size, segment, start) VALUES (0, 0, 0, 0);
DROP TABLE header;
ALTER TABLE header_2 RENAME TO header;

ALTER TABLE tombstone ADD COLUMN header_key BLOB;
UPDATE tombstone SET header_key = (SELECT substr(h.digest, 1, 8) FROM header AS h WHERE h.id = tombstone.header)
  WHERE adopted = 0 AND reason = 'uid_validity';
DROP INDEX tombstone_of;
CREATE INDEX tombstone_of ON tombstone (folder) WHERE adopted = 0;
CREATE INDEX tombstone_adoptable ON tombstone (folder, header_key) WHERE adopted = 0 AND reason = 'uid_validity';

CREATE TABLE listed_page (
  folder  INTEGER NOT NULL REFERENCES folder (id),
  page    INTEGER NOT NULL,
  digest  BLOB NOT NULL,
  PRIMARY KEY (folder, page)
) STRICT, WITHOUT ROWID;
)sql";

// What a list of folders shows of each is counted when it changes, not when it is read (folder_counts.hpp). A page of a
// listing is half as large as it was.
constexpr const char* version_3 = R"sql(
DELETE FROM listed_page;
ALTER TABLE folder ADD COLUMN messages INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN bodies INTEGER NOT NULL DEFAULT 0;
ALTER TABLE folder ADD COLUMN body_octets INTEGER NOT NULL DEFAULT 0;
UPDATE folder SET (messages, bodies, body_octets) =
  (SELECT count(*), count(m.body), coalesce(sum(b.size), 0)
   FROM message AS m LEFT JOIN body AS b ON b.id = m.body WHERE m.folder = folder.id);
)sql";

// Bodies that are here and whose FETCH has not got its tagged OK, as ranges of UIDs (unconfirmed_bodies.hpp). What an
// older file holds counts as confirmed: nobody knows any more. Of a tombstone: its body was one of them.
constexpr const char* version_4 = R"sql(
CREATE TABLE unconfirmed (
  folder  INTEGER NOT NULL REFERENCES folder (id),
  first   INTEGER NOT NULL CHECK (first BETWEEN 1 AND 4294967295),
  last    INTEGER NOT NULL CHECK (last BETWEEN first AND 4294967295),
  PRIMARY KEY (folder, first)
) STRICT, WITHOUT ROWID;
ALTER TABLE tombstone ADD COLUMN unconfirmed INTEGER NOT NULL DEFAULT 0;
)sql";

// From here on the flags of a listed page's messages stand in the page (listed_page_table.hpp). Until now their rows said
// the same; only a program that does not look there would be wrong.
constexpr const char* version_5 = "ALTER TABLE listed_page RENAME COLUMN digest TO form";

constexpr migration steps_of_this_library[] = {{version_1}, {version_2}, {version_3}, {version_4}, {version_5}};

result<void> check_references(database& db) {
  statement check(db, "PRAGMA foreign_key_check");
  std::string broken;
  const auto found = check.first([&](const statement& row) { broken = row.view(0); });
  if (!found) return tl::unexpected(found.error());
  if (*found) return fail(errc::cache_damaged, "rows of table " + broken + " refer to rows that do not exist");
  return {};
}

}  // namespace

std::span<const migration> migrations() { return steps_of_this_library; }

result<std::uint32_t> schema_version(database& db) {
  statement ask(db, "PRAGMA user_version");
  std::uint32_t version = 0;
  const auto found = ask.first([&](const statement& row) { version = static_cast<std::uint32_t>(row.integer(0)); });
  if (!found) return tl::unexpected(found.error());
  return version;
}

result<void> migrate(database& db, std::span<const migration> steps) {
  // A step may have to build a table anew, which foreign keys would take for the loss of all its rows.
  if (auto off = db.run("PRAGMA foreign_keys = OFF"); !off) return off;
  auto work = transaction::begin(db, transaction::kind::write);
  if (!work) return tl::unexpected(work.error());
  const auto version = schema_version(db);
  if (!version) return tl::unexpected(version.error());
  if (*version > steps.size()) {
    return fail(errc::cache_newer, "schema version " + std::to_string(*version) +
                                       ", this library knows versions up to " + std::to_string(steps.size()));
  }
  if (*version == steps.size()) return {};
  for (auto at = *version; at < steps.size(); ++at) {
    if (auto done = db.run(steps[at].sql); !done) return done;
  }
  const auto stamp = "PRAGMA user_version = " + std::to_string(steps.size());
  if (auto stamped = db.run(stamp.c_str()); !stamped) return stamped;
  if (auto sound = check_references(db); !sound) return sound;
  return work->commit();
}

}  // namespace outmap::cache
