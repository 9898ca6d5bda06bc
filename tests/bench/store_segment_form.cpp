#include <fcntl.h>
#include <sqlite3.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include "bench/store_form.hpp"
#include "cache/database.hpp"
#include "cache/digester.hpp"

namespace outmap::bench {
namespace {

using cache::database;
using cache::statement;

template <class T>
T need(result<T> r) {
  if (!r) throw std::runtime_error(r.error().message());
  if constexpr (!std::is_void_v<T>) return std::move(*r);
}

class appended_file {
 public:
  appended_file(const std::filesystem::path& file, std::size_t buffer, std::size_t write_back)
      : descriptor_(::open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)),
        buffer_(buffer),
        write_back_(write_back) {
    if (descriptor_ < 0) throw std::system_error(errno, std::generic_category(), file.string());
    pending_.reserve(buffer);
  }
  ~appended_file() { ::close(descriptor_); }
  appended_file(const appended_file&) = delete;
  appended_file& operator=(const appended_file&) = delete;

  /// Where the octets will stand.
  std::uint64_t append(std::string_view octets) {
    const auto at = written_ + pending_.size();
    if (pending_.size() + octets.size() > buffer_) flush();
    if (octets.size() >= buffer_) {
      write(octets);
    } else {
      pending_ += octets;
    }
    return at;
  }
  void sync() {
    flush();
    if (::fdatasync(descriptor_) != 0) throw std::system_error(errno, std::generic_category(), "sync");
  }

 private:
  void flush() {
    write(pending_);
    pending_.clear();
  }
  void write(std::string_view octets) {
    while (!octets.empty()) {
      const auto done = ::write(descriptor_, octets.data(), octets.size());
      if (done < 0) throw std::system_error(errno, std::generic_category(), "write");
      written_ += static_cast<std::uint64_t>(done);
      octets.remove_prefix(static_cast<std::size_t>(done));
    }
    if (write_back_ == 0 || written_ - asked_ < write_back_) return;
    ::sync_file_range(descriptor_, static_cast<off64_t>(asked_), static_cast<off64_t>(written_ - asked_),
                      SYNC_FILE_RANGE_WRITE);
    asked_ = written_;
  }

  int descriptor_;
  std::size_t buffer_;
  std::size_t write_back_;
  std::string pending_;
  std::uint64_t written_ = 0;
  std::uint64_t asked_ = 0;
};

}  // namespace

std::string segment_form::name() const {
  return "segment file, sync at " + std::to_string(batch_ >> 20) + " MiB" +
         (write_back_ > 0 ? ", write-back at " + std::to_string(write_back_ >> 20) + " MiB" : "") +
         (buffer_ != std::size_t{256} << 10 ? ", buffer " + std::to_string(buffer_ >> 10) + " KiB" : "");
}

void segment_form::store(const corpus& what, const std::filesystem::path& folder) const {
  auto db = need(database::open(folder / "index", SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE));
  need(
      db.run("PRAGMA page_size = 4096; PRAGMA cache_size = -8192; PRAGMA journal_mode = WAL;"
             "PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 4096;"
             "CREATE TABLE body (id INTEGER PRIMARY KEY, digest BLOB, size INTEGER, start INTEGER);"
             "CREATE INDEX body_by_digest ON body (substr(digest, 1, 8))"));
  statement find(db, "SELECT id FROM body WHERE substr(digest, 1, 8) = substr(?1, 1, 8) AND digest = ?1");
  statement insert(db, "INSERT INTO body (digest, size, start) VALUES (?1, ?2, ?3)");
  appended_file mail(folder / "mail", buffer_, write_back_);
  cache::digester sum;
  std::size_t gathered = 0;
  need(db.run("BEGIN IMMEDIATE"));
  for_each_body(what, [&](std::string_view body) {
    const auto key = need(sum.of(body));
    if (need(find.first([](const statement&) {}, key))) return;
    need(insert.execute(key, body.size(), mail.append(body)));
    gathered += body.size();
    if (gathered < batch_) return;
    gathered = 0;
    mail.sync();
    need(db.run("COMMIT"));
    need(db.run("BEGIN IMMEDIATE"));
  });
  mail.sync();
  need(db.run("COMMIT"));
  if (sqlite3_wal_checkpoint_v2(db.handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr) != SQLITE_OK) {
    throw std::runtime_error(sqlite3_errmsg(db.handle()));
  }
}

}  // namespace outmap::bench
