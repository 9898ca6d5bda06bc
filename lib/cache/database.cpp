#include "cache/database.hpp"

#include <cerrno>
#include <cstring>
#include <string>
#include <system_error>

namespace outmap::cache {
namespace {

bool means_full(int system_code) { return system_code == ENOSPC || system_code == EDQUOT || system_code == EFBIG; }

errc kind_of(int code, int system_code) {
  switch (code & 0xff) {
    case SQLITE_ERROR:  // our SQL is fixed: the tables are not those of the schema version that the file claims
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return errc::cache_damaged;
    case SQLITE_FULL: return errc::disk_full;
    case SQLITE_IOERR: return means_full(system_code) ? errc::disk_full : errc::file_error;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return errc::cache_locked;
    case SQLITE_CANTOPEN: return means_full(system_code) ? errc::disk_full : errc::cache_unavailable;
    case SQLITE_PERM:
    case SQLITE_AUTH: return errc::cache_unavailable;
    case SQLITE_READONLY:
    case SQLITE_TOOBIG:
    case SQLITE_NOLFS: return errc::file_error;
    case SQLITE_CONSTRAINT: return errc::invalid_argument;
    default: return errc::internal;
  }
}

}  // namespace

error sqlite_error(sqlite3* db, int code) {
  const int last_failure = errno;
  const int extended = db != nullptr ? sqlite3_extended_errcode(db) : code;
  // A misuse is answered without touching the connection, whose last error is then about something else.
  const bool ours = (extended & 0xff) == (code & 0xff);
  const int shown = ours ? extended : code;
  // SQLite does not note it for a COMMIT that fails.
  const int system_code = last_failure != 0 || db == nullptr ? last_failure : sqlite3_system_errno(db);

  std::string detail;
  if (const char* file = db != nullptr ? sqlite3_db_filename(db, "main") : nullptr; file != nullptr && *file != '\0') {
    detail = std::string(file) + ": ";
  }
  if (shown == SQLITE_READONLY_DIRECTORY) {
    detail += "no permission to write in its folder";
  } else {
    detail += db != nullptr && ours ? sqlite3_errmsg(db) : sqlite3_errstr(code);
  }
  const bool from_system = (shown & 0xff) == SQLITE_IOERR || (shown & 0xff) == SQLITE_CANTOPEN;
  if (from_system && system_code != 0) detail += ": " + std::generic_category().message(system_code);
  detail += " (SQLite " + std::to_string(shown) + ")";
  return error(kind_of(shown, system_code), std::move(detail));
}

result<database> database::open(const std::string& name, int flags) {
  sqlite3* raw = nullptr;
  errno = 0;
  const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  database db;
  db.handle_.reset(raw);
  if (code != SQLITE_OK) return tl::unexpected(sqlite_error(raw, code));
  sqlite3_extended_result_codes(raw, 1);
  return db;
}

result<void> database::run(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(handle_.get(), sql, nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(sqlite_error(handle_.get(), code));
  return {};
}

int statement::step() {
  errno = 0;
  return sqlite3_step(handle_.get());
}

std::string_view statement::view(int column) const {
  // The pointer first: asking for it may convert the value, which changes the length.
  const auto* data = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column));
  return data != nullptr ? std::string_view(data, size) : std::string_view();
}

std::optional<digest> statement::maybe_digest(int column) const {
  digest out;
  const auto stored = view(column);
  if (stored.size() != out.size()) return std::nullopt;
  std::memcpy(out.data(), stored.data(), out.size());
  return out;
}

result<void> statement::prepare() {
  if (handle_ != nullptr) {
    if (sqlite3_stmt_busy(handle_.get()) == 0) return {};
    return fail(errc::internal, "cache: a statement was run again from its own callback");
  }
  sqlite3_stmt* raw = nullptr;
  errno = 0;
  const int code = sqlite3_prepare_v3(db_, sql_, -1, SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return tl::unexpected(sqlite_error(db_, code));
  handle_.reset(raw);
  return {};
}

// A null pointer would bind NULL where an empty value is meant.
int statement::bind(int at, octets value) {
  return sqlite3_bind_blob64(handle_.get(), at, value.view.empty() ? "" : value.view.data(), value.view.size(),
                             SQLITE_STATIC);
}

int statement::bind(int at, text value) {
  return sqlite3_bind_text64(handle_.get(), at, value.view.empty() ? "" : value.view.data(), value.view.size(),
                             SQLITE_STATIC, SQLITE_UTF8);
}

int statement::bind(int at, const digest& value) {
  return sqlite3_bind_blob64(handle_.get(), at, value.data(), value.size(), SQLITE_STATIC);
}

result<transaction> transaction::begin(database& db, kind what) {
  if (auto begun = db.run(what == kind::write ? "BEGIN IMMEDIATE" : "BEGIN"); !begun) {
    return tl::unexpected(std::move(begun.error()));
  }
  return transaction(db);
}

void transaction::rollback() noexcept {
  // After some errors SQLite has rolled back by itself.
  if (db_ != nullptr && db_->in_transaction()) sqlite3_exec(db_->handle(), "ROLLBACK", nullptr, nullptr, nullptr);
  db_ = nullptr;
}

result<void> transaction::commit() {
  auto committed = db_->run("COMMIT");
  if (!committed) rollback();
  db_ = nullptr;
  return committed;
}

}  // namespace outmap::cache
