// SQLite's handles as values: database, statement, transaction.
#pragma once

#include <sqlite3.h>

#include <concepts>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "cache/records.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// What SQLite's result code means to a user. The detail names the file and carries SQLite's words and, for an I/O
/// error, the system's: set errno to 0 before the call that may fail. A full disk is disk_full by whatever road it was
/// noticed (SQLITE_FULL, ENOSPC, EDQUOT, EFBIG).
error sqlite_error(sqlite3* db, int code);

class database {
 public:
  /// `flags` are SQLITE_OPEN_…; SQLITE_OPEN_NOMUTEX is added: a connection belongs to one thread at a time. `name` is a
  /// path, or with SQLITE_OPEN_URI a URI.
  static result<database> open(const std::string& name, int flags);

  [[nodiscard]] sqlite3* handle() const { return handle_.get(); }
  /// One or more statements without parameters whose rows nobody wants: pragmas, DDL, BEGIN and COMMIT.
  result<void> run(const char* sql);
  [[nodiscard]] std::int64_t last_rowid() const { return sqlite3_last_insert_rowid(handle_.get()); }
  /// Rows that the last INSERT, UPDATE or DELETE touched.
  [[nodiscard]] std::int64_t changes() const { return sqlite3_changes64(handle_.get()); }
  [[nodiscard]] bool in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

 private:
  struct closer {
    void operator()(sqlite3* db) const noexcept { sqlite3_close(db); }
  };
  std::unique_ptr<sqlite3, closer> handle_;
};

/// Octets of a parameter or a column: a BLOB. The view must live until the statement has run.
struct octets {
  std::string_view view;
};

/// Our own words: TEXT.
struct text {
  std::string_view view;
};

/// Prepared at its first use, then kept. Its parameters are ?1, ?2, … in the order of the arguments; an empty optional
/// is NULL. Whatever way it ends, it is reset: no statement holds a read transaction open by mistake. Running a
/// statement again from its own callback is an error (errc::internal), never undefined.
class statement {
 public:
  /// `sql` must outlive the statement: a literal.
  statement(const database& db, const char* sql) : db_(db.handle()), sql_(sql) {}

  /// Runs to the end; rows are ignored.
  template <class... A>
  result<void> execute(const A&... parameters) {
    return for_each([](const statement&) { return false; }, parameters...);
  }

  /// Calls take(*this) with the first row, if there is one. Says whether there was.
  template <class F, class... A>
  result<bool> first(F&& take, const A&... parameters) {
    bool found = false;
    auto done = for_each(
        [&](const statement& row) {
          found = true;
          take(row);
          return false;
        },
        parameters...);
    if (!done) return tl::unexpected(std::move(done.error()));
    return found;
  }

  /// Calls take(*this) with each row until it gives false.
  template <class F, class... A>
  result<void> for_each(F&& take, const A&... parameters) {
    if (auto ready = prepare(); !ready) return ready;
    const resetter at_the_end{handle_.get()};
    [[maybe_unused]] int at = 0;
    int code = SQLITE_OK;
    ((code = code == SQLITE_OK ? bind(++at, parameters) : code), ...);
    if (code != SQLITE_OK) return tl::unexpected(sqlite_error(db_, code));
    while ((code = step()) == SQLITE_ROW) {
      if (!take(std::as_const(*this))) return {};
    }
    if (code != SQLITE_DONE) return tl::unexpected(sqlite_error(db_, code));
    return {};
  }

  // Columns of the current row, counted from 0.
  [[nodiscard]] bool null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }
  [[nodiscard]] std::int64_t integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
  [[nodiscard]] std::optional<std::int64_t> maybe_integer(int column) const {
    if (null(column)) return std::nullopt;
    return integer(column);
  }
  /// BLOB or TEXT; valid while the row is. Empty for NULL.
  [[nodiscard]] std::string_view view(int column) const;
  /// Nothing unless the column holds exactly 32 octets.
  [[nodiscard]] std::optional<digest> maybe_digest(int column) const;

 private:
  struct finalizer {
    void operator()(sqlite3_stmt* s) const noexcept { sqlite3_finalize(s); }
  };
  struct resetter {
    sqlite3_stmt* handle;
    ~resetter() { sqlite3_reset(handle); }
  };

  result<void> prepare();
  int step();
  template <std::integral T>
  int bind(int at, T value) {
    return sqlite3_bind_int64(handle_.get(), at, static_cast<std::int64_t>(value));
  }
  int bind(int at, octets value);
  int bind(int at, text value);
  int bind(int at, const digest& value);
  int bind(int at, std::nullopt_t) { return sqlite3_bind_null(handle_.get(), at); }
  template <class T>
  int bind(int at, const std::optional<T>& value) {
    return value ? bind(at, *value) : bind(at, std::nullopt);
  }

  sqlite3* db_;
  const char* sql_;
  std::unique_ptr<sqlite3_stmt, finalizer> handle_;
};

/// Rolled back unless it was committed.
class transaction {
 public:
  enum class kind { read, write };
  static result<transaction> begin(database& db, kind what);
  transaction(transaction&& other) noexcept : db_(std::exchange(other.db_, nullptr)) {}
  transaction& operator=(transaction&&) = delete;
  ~transaction() { rollback(); }

  /// When it fails, everything since begin() is undone.
  result<void> commit();
  void rollback() noexcept;

 private:
  explicit transaction(database& db) : db_(&db) {}
  database* db_;
};

}  // namespace outmap::cache
