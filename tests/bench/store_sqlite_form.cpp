#include <sqlite3.h>

#include <memory>
#include <stdexcept>

#include "bench/store_form.hpp"
#include "cache/database.hpp"
#include "cache/digester.hpp"

namespace outmap::bench {
namespace {

using cache::database;
using cache::octets;
using cache::statement;

template <class T>
T need(result<T> r) {
  if (!r) throw std::runtime_error(r.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

void check(sqlite3* db, int code) {
  if (code != SQLITE_OK) throw std::runtime_error(sqlite3_errmsg(db));
}

void write_incrementally(database& db, const char* schema, std::int64_t row, std::string_view body) {
  sqlite3_blob* raw = nullptr;
  check(db.handle(), sqlite3_blob_open(db.handle(), schema, "body_octets", "octets", row, 1, &raw));
  const std::unique_ptr<sqlite3_blob, decltype(&sqlite3_blob_close)> blob(raw, sqlite3_blob_close);
  constexpr std::size_t piece = 65536;
  for (std::size_t at = 0; at < body.size(); at += piece) {
    const auto part = body.substr(at, piece);
    check(db.handle(), sqlite3_blob_write(raw, part.data(), static_cast<int>(part.size()), static_cast<int>(at)));
  }
}

}  // namespace

std::string sqlite_form::name() const {
  return "SQLite row, " + std::to_string(page_ / 1024) + " KiB pages, " + (log_ == journal::wal ? "WAL" : "rollback") +
         ", " + std::to_string(batch_ >> 20) + " MiB" + (place_ == where::attached_file ? ", attached" : "") +
         (written_ == how::incremental ? ", incremental" : "");
}

void sqlite_form::store(const corpus& what, const std::filesystem::path& folder) const {
  auto db = need(database::open(folder / "index", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  const auto settings = "PRAGMA page_size = " + std::to_string(page_) + "; PRAGMA cache_size = -24576;" +
                        (log_ == journal::wal ? "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
                                                "PRAGMA wal_autocheckpoint = 4096"
                                              : "PRAGMA journal_mode = TRUNCATE; PRAGMA synchronous = FULL");
  need(db.run(settings.c_str()));
  const bool apart = place_ == where::attached_file;
  const std::string schema = apart ? "mail" : "main";
  if (apart) {
    need(db.run(("ATTACH '" + (folder / "mail").string() + "' AS mail").c_str()));
    need(
        db.run(("PRAGMA mail.page_size = " + std::to_string(page_) + "; PRAGMA mail.cache_size = -24576; PRAGMA mail." +
                (log_ == journal::wal ? "journal_mode = WAL; PRAGMA mail.synchronous = NORMAL"
                                      : "journal_mode = TRUNCATE; PRAGMA mail.synchronous = FULL"))
                   .c_str()));
  }
  need(db.run("CREATE TABLE body (id INTEGER PRIMARY KEY, digest BLOB UNIQUE, size INTEGER)"));
  need(db.run(("CREATE TABLE " + schema + ".body_octets (body INTEGER PRIMARY KEY, octets BLOB)").c_str()));
  statement find(db, "SELECT id FROM body WHERE digest = ?1");
  statement insert(db, "INSERT INTO body (digest, size) VALUES (?1, ?2)");
  statement insert_octets(db, "INSERT INTO body_octets (body, octets) VALUES (?1, ?2)");
  statement insert_zeros(db, "INSERT INTO body_octets (body, octets) VALUES (?1, zeroblob(?2))");
  cache::digester sum;
  std::size_t gathered = 0;
  need(db.run("BEGIN IMMEDIATE"));
  for_each_body(what, [&](std::string_view body) {
    const auto key = need(sum.of(body));
    if (need(find.first([](const statement&) {}, key))) return;
    need(insert.execute(key, body.size()));
    const auto id = db.last_rowid();
    if (written_ == how::bound) {
      need(insert_octets.execute(id, octets{body}));
    } else {
      need(insert_zeros.execute(id, body.size()));
      write_incrementally(db, schema.c_str(), id, body);
    }
    gathered += body.size();
    if (gathered < batch_) return;
    gathered = 0;
    need(db.run("COMMIT"));
    need(db.run("BEGIN IMMEDIATE"));
  });
  need(db.run("COMMIT"));
  if (log_ == journal::wal) {
    check(db.handle(), sqlite3_wal_checkpoint_v2(db.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr));
  }
}

}  // namespace outmap::bench
