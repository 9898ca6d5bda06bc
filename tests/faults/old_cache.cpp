#include "faults/old_cache.hpp"

#include <sqlite3.h>

#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>

#include "cache/cache_file.hpp"
#include "cache/digester.hpp"
#include "cache/reader.hpp"
#include "cache/schema.hpp"

namespace outmap::test {
namespace fs = std::filesystem;

namespace {

template <class T>
T need(result<T> got) {
  if (!got) throw std::runtime_error("an older cache: " + got.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*got);
}

// Versions 3 to 5 added counts, what awaits its OK, and flags in the pages of a listing.
void make_version_2(const fs::path& cache) {
  auto db = need(cache::database::open(cache.native(), SQLITE_OPEN_READWRITE));
  need(
      db.run("ALTER TABLE folder DROP COLUMN messages; ALTER TABLE folder DROP COLUMN bodies;"
             "ALTER TABLE folder DROP COLUMN body_octets; DROP TABLE unconfirmed;"
             "ALTER TABLE tombstone DROP COLUMN unconfirmed; DELETE FROM listed_page;"
             "ALTER TABLE listed_page RENAME COLUMN form TO digest; PRAGMA user_version = 2;"));
}

/// A file of version 1, in which mail stands in the database.
class version_1 {
 public:
  explicit version_1(const fs::path& file)
      : db_(need(cache::database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE))) {
    const auto layout = "PRAGMA page_size = 16384; PRAGMA journal_mode = WAL; PRAGMA application_id = " +
                        std::to_string(cache::application_id);
    need(db_.run(layout.c_str()));
    need(db_.run(cache::migrations()[0].sql));
    need(db_.run("PRAGMA user_version = 1"));
  }

  /// Everything but messages and their octets.
  void take_over(const fs::path& from) {
    need(db_.run(("ATTACH '" + from.native() + "' AS new").c_str()));
    need(
        db_.run("INSERT INTO meta (id, account, created) SELECT id, account, created FROM new.meta;"
                "INSERT INTO folder (id, mailbox, delimiter, noselect, noinferiors, subscribed, gone, uid_validity,"
                " exists_count, unseen, scanned_at) SELECT id, mailbox, delimiter, noselect, noinferiors, subscribed,"
                " gone, uid_validity, exists_count, unseen, scanned_at FROM new.folder;"
                "DETACH new"));
  }

  void add(cache::folder_id folder, const cache::message_record& m, const std::string& header,
           const std::optional<std::string>& body) {
    const auto h = stored("INSERT INTO header (digest, size) VALUES (?1, ?2)",
                          "INSERT INTO header_octets (header, octets) VALUES (?1, ?2)", headers_, header);
    std::optional<std::int64_t> b;
    if (body) {
      b = stored("INSERT INTO body (digest, size) VALUES (?1, ?2)",
                 "INSERT INTO body_octets (body, octets) VALUES (?1, ?2)", bodies_, *body);
    }
    std::optional<std::int64_t> date, zone;
    if (m.date) {
      date = m.date->unix_seconds;
      zone = m.date->zone_minutes;
    }
    cache::statement row(db_,
                         "INSERT INTO message (folder, uid, flags, size, date, zone, header, body)"
                         " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)");
    need(row.execute(folder, m.uid.value, m.flags.system_bits(), m.size, date, zone, h, b));
  }

 private:
  using known = std::map<std::string, std::int64_t>;

  std::int64_t stored(const char* row_sql, const char* octets_sql, known& there, const std::string& text) {
    if (const auto at = there.find(text); at != there.end()) return at->second;
    cache::statement row(db_, row_sql);
    cache::statement content(db_, octets_sql);
    need(row.execute(need(sum_.of(text)), text.size()));
    const auto id = db_.last_rowid();
    need(content.execute(id, cache::octets{text}));
    return there[text] = id;
  }

  cache::database db_;
  cache::digester sum_;
  known headers_;
  known bodies_;
};

void make_version_1(const fs::path& cache) {
  const fs::path older = cache.native() + ".older";
  {
    version_1 into(older);
    into.take_over(cache);
    auto from = need(cache::reader::open(cache));
    for (const auto& f : need(from->folders())) {
      std::vector<cache::message_record> all;
      need(from->for_each_message(f.id, [&](const cache::message_record& m) {
        all.push_back(m);
        return true;
      }));
      for (const auto& m : all) {
        std::string body;
        need(from->body(f.id, m.uid, [&](std::string_view piece) {
          body += piece;
          return true;
        }));
        into.add(f.id, m, need(from->header(f.id, m.uid)), body);
      }
    }
  }
  for (const char* const suffix : {"", "-wal", "-shm"}) fs::remove(cache.native() + suffix);
  fs::remove_all(cache.native() + ".mail");
  fs::rename(older, cache);
}

}  // namespace

void make_older(const fs::path& cache, std::uint32_t version) {
  version == 1 ? make_version_1(cache) : make_version_2(cache);
}

}  // namespace outmap::test
