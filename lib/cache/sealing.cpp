#include "cache/sealing.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include "cache/raw_octets.hpp"
#include "cache/segment.hpp"

namespace outmap::cache {
namespace {

result<void> empty_log(database& db) {
  int in_log = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(db.handle(), "main", SQLITE_CHECKPOINT_TRUNCATE, &in_log, &moved);
  if ((code & 0xff) == SQLITE_BUSY || (code == SQLITE_OK && in_log > 0))
    return fail(errc::cache_locked, "somebody reads the cache all the time, so it cannot be sealed");
  if (code != SQLITE_OK) return tl::unexpected(sqlite_error(db.handle(), code));
  return {};
}

}  // namespace

result<run_entry> make_seal(database& db, const std::filesystem::path& file, std::int64_t now,
                            const std::function<bool(std::uint64_t)>& step) {
  if (auto emptied = empty_log(db); !emptied) return tl::unexpected(emptied.error());
  const auto chain = read_runs(runs_of(file));
  if (!chain) return tl::unexpected(chain.error());
  std::map<std::int64_t, std::uint64_t> covered;
  for (const auto& one : chain->entries) {
    const auto* const sealed = std::get_if<seal>(&one.what);
    if (sealed == nullptr) continue;
    for (const auto& e : sealed->mail) covered[e.segment] = std::max(covered[e.segment], e.to);
  }
  seal out;
  const auto whole = sum_of_database(file, step);
  if (!whole) return tl::unexpected(whole.error());
  out.database_octets = whole->size;
  out.database = whole->sum;
  statement segments(db, "SELECT id, used FROM segment ORDER BY id");
  auto read = segments.for_each([&](const statement& row) {
    const auto used = static_cast<std::uint64_t>(row.integer(1));
    const auto from = covered[row.integer(0)];
    if (used > from) out.mail.push_back({row.integer(0), from, used, {}});
    return true;
  });
  if (!read) return tl::unexpected(read.error());
  for (auto& e : out.mail) {
    const auto sum = sum_of_segment(mail_folder_of(file) / segment_name(e.segment), e.from, e.to, step);
    if (!sum) return tl::unexpected(sum.error());
    e.sum = *sum;
  }
  run_entry entry;
  entry.at = now;
  entry.what = std::move(out);
  if (auto kept = append_run(runs_of(file), *chain, entry); !kept) return tl::unexpected(kept.error());
  return entry;
}

}  // namespace outmap::cache
