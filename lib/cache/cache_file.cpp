#include "cache/cache_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstddef>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "cache/run_chain.hpp"
#include "cache/takeover.hpp"

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

tl::unexpected<error> unavailable(const fs::path& file, std::string_view reason) {
  return fail(errc::cache_unavailable, file.string() + ": " + std::string(reason));
}

tl::unexpected<error> system_failure(const fs::path& file, int code) {
  const auto kind = code == ENOSPC || code == EDQUOT ? errc::disk_full : errc::cache_unavailable;
  return fail(kind, file.string() + ": " + std::generic_category().message(code));
}

using file_header = std::array<unsigned char, 100>;

std::uint32_t number_at(const file_header& header, std::size_t at) {
  return std::uint32_t{header[at]} << 24 | std::uint32_t{header[at + 1]} << 16 | std::uint32_t{header[at + 2]} << 8 |
         std::uint32_t{header[at + 3]};
}

std::uint32_t version_in(const file_header& header) { return number_at(header, 60); }

/// The first octets of the file (zeros behind its end), read through SQLite's file layer: closing a descriptor of our
/// own would drop the record locks of every connection that this process has to the same file.
result<file_header> read_header(const fs::path& file) {
  sqlite3_vfs* const layer = sqlite3_vfs_find(nullptr);
  const auto name = std::unique_ptr<const char, void (*)(const char*)>(
      sqlite3_create_filename(file.c_str(), "", "", 0, nullptr),
      [](const char* n) { sqlite3_free_filename(const_cast<char*>(n)); });
  std::vector<std::max_align_t> room(static_cast<std::size_t>(layer->szOsFile) / sizeof(std::max_align_t) + 1);
  auto* const handle = reinterpret_cast<sqlite3_file*>(room.data());
  int opened_as = 0;
  errno = 0;
  const int code = layer->xOpen(layer, name.get(), handle, SQLITE_OPEN_READONLY | SQLITE_OPEN_MAIN_DB, &opened_as);
  if (code != SQLITE_OK) return system_failure(file, errno != 0 ? errno : EIO);
  file_header header{};
  const int read = handle->pMethods->xRead(handle, header.data(), static_cast<int>(header.size()), 0);
  handle->pMethods->xClose(handle);
  if (read != SQLITE_OK && read != SQLITE_IOERR_SHORT_READ) return system_failure(file, EIO);
  return header;
}

/// The power went while the first transaction was being written: pages of it stand in the file and the first one does
/// not. The rollback journal, which was synced before them, says that the file was empty.
bool lost_its_first_page(const fs::path& file, const file_header& header) {
  if (std::any_of(header.begin(), header.end(), [](unsigned char octet) { return octet != 0; })) return false;
  const int descriptor = ::open((file.native() + "-journal").c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
  if (descriptor < 0) return false;
  // Its magic, the number of pages in it, a nonce, and how many pages the file had before.
  std::array<unsigned char, 20> journal{};
  const auto got = ::pread(descriptor, journal.data(), journal.size(), 0);
  ::close(descriptor);
  constexpr std::array<unsigned char, 8> magic = {0xd9, 0xd5, 0x05, 0xf9, 0x20, 0xa1, 0x63, 0xd7};
  return got == static_cast<ssize_t>(journal.size()) && std::equal(magic.begin(), magic.end(), journal.begin()) &&
         std::all_of(journal.begin() + 16, journal.end(), [](unsigned char octet) { return octet == 0; });
}

tl::unexpected<error> newer(const fs::path& file, std::uint32_t version, std::size_t known) {
  return fail(errc::cache_newer, file.string() + ": schema version " + std::to_string(version) +
                                     ", this library knows versions up to " + std::to_string(known));
}

result<void> sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return system_failure(folder, errno);
  const int synced = ::fsync(descriptor);
  const int reason = errno;
  ::close(descriptor);
  // Some file systems have nothing to sync in a folder and say so.
  if (synced != 0 && reason != EINVAL) return system_failure(folder, reason);
  return {};
}

result<void> fill_new(const fs::path& file, std::string_view account, std::span<const migration> steps) {
  auto db = database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
  if (!db) return opening(std::move(db.error()));
  const auto layout = "PRAGMA page_size = " + std::to_string(page_size) +
                      "; PRAGMA synchronous = FULL; PRAGMA application_id = " + std::to_string(application_id) +
                      "; PRAGMA journal_mode = WAL";
  if (auto done = db->run(layout.c_str()); !done) return opening(std::move(done.error()));
  if (auto done = migrate(*db, steps); !done) return opening(std::move(done.error()));
  statement sign(*db, "INSERT INTO meta (id, account, created, identity) VALUES (1, ?1, unixepoch(), randomblob(16))");
  if (auto done = sign.execute(octets{account}); !done) return opening(std::move(done.error()));
  // All of it must stand in the main file before that gets its name: the log keeps the old one.
  errno = 0;
  if (const int code = sqlite3_wal_checkpoint_v2(db->handle(), nullptr, SQLITE_CHECKPOINT_TRUNCATE, nullptr, nullptr);
      code != SQLITE_OK) {
    return opening(sqlite_error(db->handle(), code));
  }
  return {};
}

void remove_side_files(const fs::path& file) {
  for (const char* suffix : {"-journal", "-wal", "-shm"}) {
    std::error_code ignored;
    fs::remove(file.native() + suffix, ignored);
  }
}

void remove_unfinished(const fs::path& file) {
  std::error_code ignored;
  fs::remove(file, ignored);
  remove_side_files(file);
}

result<void> create(const fs::path& file, std::string_view account, std::span<const migration> steps) {
  const fs::path unfinished = file.native() + ".new";
  remove_unfinished(unfinished);
  // SQLite gives its side files the mode of the main file.
  const int descriptor = ::open(unfinished.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (descriptor < 0) return system_failure(file, errno);
  ::close(descriptor);

  auto filled = fill_new(unfinished, account, steps);
  // What a removed cache left here would be taken for the log of the new one.
  if (filled) remove_side_files(file);
  if (filled) filled = put_runs_aside(file);
  if (filled && ::rename(unfinished.c_str(), file.c_str()) != 0) filled = system_failure(file, errno);
  if (!filled) {
    remove_unfinished(unfinished);
    return filled;
  }
  return sync_folder(file.parent_path());
}

// The WAL may grow to 64 MiB before a commit stops to move it: moving is where the writer waits for the disk, and pages
// that change again and again (indexes) are then moved once.
constexpr const char* writer_settings =
    "PRAGMA trusted_schema = OFF;"
    "PRAGMA synchronous = NORMAL;"
    "PRAGMA wal_autocheckpoint = 16384;"
    "PRAGMA journal_size_limit = 67108864;"
    "PRAGMA cache_size = -8192;"
    "PRAGMA temp_store = MEMORY;"
    "PRAGMA secure_delete = OFF";

result<void> use_wal(database& db, const fs::path& file) {
  statement mode(db, "PRAGMA journal_mode = WAL");
  std::string answer;
  const auto asked = mode.first([&](const statement& row) { answer = row.view(0); });
  if (!asked) return opening(asked.error());
  if (answer != "wal") return unavailable(file, "its file system cannot share memory between processes (no WAL)");
  return {};
}

/// `path` as a URI that says nobody will change the file.
std::string immutable_uri(const fs::path& path) {
  static constexpr char digits[] = "0123456789ABCDEF";
  std::string uri = "file:";
  for (const char c : path.native()) {
    const auto octet = static_cast<unsigned char>(c);
    if (c == '%' || c == '?' || c == '#' || octet < 0x21 || octet > 0x7e) {
      uri += {'%', digits[octet >> 4], digits[octet & 15]};
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

bool has_log(const fs::path& file) {
  struct stat status {};
  return ::stat((file.native() + "-wal").c_str(), &status) == 0 && status.st_size > 0;
}

result<database> open_reader(const std::string& name, int flags) {
  auto db = database::open(name, SQLITE_OPEN_READONLY | SQLITE_OPEN_NOFOLLOW | flags);
  if (!db) return db;
  sqlite3_busy_timeout(db->handle(), busy_timeout);
  if (auto set = db->run("PRAGMA trusted_schema = OFF; PRAGMA query_only = ON"); !set) {
    return tl::unexpected(set.error());
  }
  // The first read is where a log that cannot be used shows.
  if (auto version = schema_version(*db); !version) return tl::unexpected(version.error());
  return db;
}

}  // namespace

tl::unexpected<error> opening(error e) {
  if (e.code == errc::file_error || e.code == errc::internal) {
    e = error(errc::cache_unavailable, std::move(e.detail));
  }
  return tl::unexpected(std::move(e));
}

result<void> check_owner(database& db, const fs::path& file, std::string_view account,
                         std::span<const migration> steps) {
  const auto version = schema_version(db);
  if (!version) return opening(version.error());
  if (*version > steps.size()) return newer(file, *version, steps.size());
  const auto owner = account_of(db);
  if (!owner) return opening(owner.error());
  if (*owner != account) {
    return fail(errc::cache_other_account,
                file.string() + ": it holds the mail of " + *owner + ", not of " + std::string(account));
  }
  return {};
}

result<fs::path> resolve(const fs::path& file) {
  if (!file.has_filename() || file.filename() == "." || file.filename() == "..") {
    return unavailable(file, "not the name of a file");
  }
  std::error_code reason;
  const auto folder = fs::canonical(file.has_parent_path() ? file.parent_path() : fs::path("."), reason);
  if (reason) return unavailable(file, reason.message());
  return folder / file.filename();
}

result<file_state> look_at(const fs::path& file, std::span<const migration> steps, std::uint32_t identity) {
  struct stat status {};
  if (::lstat(file.c_str(), &status) != 0) {
    if (errno == ENOENT) return file_state::missing;
    return system_failure(file, errno);
  }
  if (S_ISLNK(status.st_mode)) return unavailable(file, "a symbolic link; name the file itself");
  if (S_ISDIR(status.st_mode)) return unavailable(file, "a folder");
  if (!S_ISREG(status.st_mode)) return unavailable(file, "not a regular file");
  if (status.st_size == 0) return file_state::empty;

  const auto header = read_header(file);
  if (!header) return tl::unexpected(header.error());
  const std::string_view magic("SQLite format 3\0", 16);
  if (std::string_view(reinterpret_cast<const char*>(header->data()), magic.size()) != magic) {
    if (lost_its_first_page(file, *header)) return file_state::empty;
    return fail(errc::cache_foreign, file.string() + ": not an SQLite file");
  }
  if (number_at(*header, 68) != identity) {
    return fail(errc::cache_foreign, file.string() + ": an SQLite file of another program");
  }
  const auto version = version_in(*header);
  if (version > steps.size()) return newer(file, version, steps.size());
  return file_state::cache;
}

bool is_settled(const fs::path& file, std::span<const migration> steps) {
  if (has_log(file)) return false;
  const auto header = read_header(file);
  return header && version_in(*header) == steps.size();
}

result<database> open_for_writing(const fs::path& file, std::string_view account, bool create_it,
                                  std::span<const migration> steps) {
  const auto state = look_at(file, steps);
  if (!state) return tl::unexpected(state.error());
  if (*state != file_state::cache) {
    if (!create_it) return unavailable(file, "there is no cache yet");
    if (auto created = create(file, account, steps); !created) return tl::unexpected(created.error());
  }

  auto db = database::open(file.native(), SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOFOLLOW);
  if (!db) return opening(std::move(db.error()));
  if (sqlite3_db_readonly(db->handle(), "main") == 1) return system_failure(file, EACCES);
  sqlite3_busy_timeout(db->handle(), busy_timeout);
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
  if (auto set = db->run(writer_settings); !set) return opening(std::move(set.error()));
  bool by_another = false;
  if (auto ours = check_owner(*db, file, account, steps); !ours) {
    if (ours.error().code != errc::cache_other_account) return tl::unexpected(ours.error());
    const auto unused = may_take_over(*db, file, account);
    if (!unused) return opening(unused.error());
    if (!*unused) return tl::unexpected(ours.error());
    by_another = true;
  }
  if (auto noted = note_opened(file); !noted) return opening(noted.error());
  sqlite3_db_config(db->handle(), SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 0, nullptr);

  if (auto wal = use_wal(*db, file); !wal) return tl::unexpected(wal.error());
  if (auto migrated = migrate(*db, steps); !migrated) return opening(std::move(migrated.error()));
  if (by_another) {
    if (auto taken = take_over(*db, account); !taken) return opening(std::move(taken.error()));
  }
  return db;
}

bool is_unwritable(const error& e) {
  return e.code == errc::cache_unavailable || e.code == errc::file_error || e.code == errc::disk_full;
}

result<database> open_as_it_is(const fs::path& file) {
  if (has_log(file)) return unavailable(file, "a log stands beside it");
  return open_reader(immutable_uri(file), SQLITE_OPEN_URI);
}

result<database> open_for_reading(const fs::path& file, std::span<const migration> steps) {
  const auto state = look_at(file, steps);
  if (!state) return tl::unexpected(state.error());
  if (*state != file_state::cache) return unavailable(file, "there is no cache yet: nothing was synced");

  auto db = open_reader(file.native(), 0);
  if (!db && is_unwritable(db.error()) && !has_log(file)) db = open_as_it_is(file);
  if (!db) return opening(std::move(db.error()));

  const auto version = schema_version(*db);
  if (!version) return opening(version.error());
  if (*version > steps.size()) return newer(file, *version, steps.size());
  if (*version < steps.size()) {
    return unavailable(file, "written by an older outmap; the next sync brings it up to date");
  }
  return db;
}

result<std::string> account_of(database& db) {
  statement ask(db, "SELECT account FROM meta WHERE id = 1");
  std::string account;
  const auto found = ask.first([&](const statement& row) { account = row.view(0); });
  if (!found) return tl::unexpected(found.error());
  if (!*found) return fail(errc::cache_damaged, "the cache does not say whose mail it holds");
  return account;
}

result<cache_identity> identity_of(database& db) {
  statement ask(db, "SELECT identity FROM meta WHERE id = 1");
  cache_identity out{};
  bool whole = false;
  const auto found = ask.first([&](const statement& row) {
    const auto stored = row.view(0);
    whole = stored.size() == out.size();
    if (whole) std::copy(stored.begin(), stored.end(), out.begin());
  });
  if (!found) return tl::unexpected(found.error());
  if (!whole) return fail(errc::cache_damaged, "the cache does not say which segments are its own");
  return out;
}

}  // namespace outmap::cache
