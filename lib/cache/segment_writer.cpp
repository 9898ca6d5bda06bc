#include "cache/segment_writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <vector>

#include "cache/folder_names.hpp"

namespace outmap::cache {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t most_segments = 999'999;

}  // namespace

segment_writer::segment_writer(database& db, fs::path folder, const cache_identity& whose, options how)
    : folder_(std::move(folder)),
      whose_(whose),
      how_(how),
      put_segment_(db,
                   "INSERT INTO segment (id, used) VALUES (?1, ?2)"
                   " ON CONFLICT (id) DO UPDATE SET used = max(used, excluded.used)"),
      segments_(db, "SELECT id, used FROM segment ORDER BY id") {}

result<void> segment_writer::inspect() {
  std::map<std::int64_t, std::uint64_t> rows;
  auto read = segments_.for_each([&](const statement& row) {
    rows.emplace(row.integer(0), static_cast<std::uint64_t>(row.integer(1)));
    return true;
  });
  if (!read) return read;
  for (const auto& [number, used] : rows) {
    const auto sound = open_segment(folder_, whose_, number, used, false);
    if (!sound) return tl::unexpected(sound.error());
  }
  if (!rows.empty()) {
    last_ = rows.rbegin()->first;
    last_used_ = rows.rbegin()->second;
  }

  std::vector<std::int64_t> others;
  // Before the first mail there is no folder.
  const auto names = names_in(folder_).value_or(std::vector<std::string>());
  for (const auto& name : names) {
    const auto number = segment_number(name);
    if (number && !rows.contains(*number)) others.push_back(*number);
  }
  for (const auto number : others) {
    // Anything but a segment of ours is none of our business; its number is passed over.
    const auto ours = open_segment(folder_, whose_, number, 0, false);
    std::error_code ignored;
    if (ours) fs::remove(folder_ / segment_name(number), ignored);
  }
  return {};
}

result<void> segment_writer::ensure_folder() {
  if (inside_) return {};
  if (::mkdir(folder_.c_str(), 0700) != 0 && errno != EEXIST) return file_failure(folder_, errno, errc::file_error);
  // Also where it was there: whoever made it may not have come to this.
  const descriptor parent(::open(folder_.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!parent || how_.calls->sync_folder(parent.get()) != 0) return file_failure(folder_, errno, errc::file_error);
  inside_ = open_mail_folder(folder_);
  if (!inside_) return file_failure(folder_, errno, errc::cache_unavailable);
  return {};
}

/// The segment behind which the next octets belong, open and without garbage at its end.
result<void> segment_writer::go_on() {
  if (file_) return {};
  if (auto folder = ensure_folder(); !folder) return folder;
  if (last_ == 0) return start_next();
  auto opened = open_segment(folder_, whose_, last_, last_used_, true);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  number_ = last_;
  written_ = asked_ = let_go_ = last_used_;
  if (how_.calls->truncate(opened->get(), static_cast<off_t>(last_used_)) != 0) {
    return file_failure(current_file(), errno, errc::file_error);
  }
  file_ = std::move(*opened);
  return {};
}

result<void> segment_writer::start_next() {
  file_ = descriptor();
  number_ = std::max({number_, last_, nameless_.empty() ? 0 : *nameless_.rbegin()});
  descriptor made;
  // A number that is taken belongs to a file of somebody else's: a cache that stood here before.
  do {
    if (++number_ > most_segments) return fail(errc::file_error, folder_.string() + ": no number left for a segment");
    made = descriptor(how_.calls->open(inside_.get(), segment_name(number_).c_str(),
                                       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  } while (!made && errno == EEXIST);
  if (!made) return file_failure(current_file(), errno, errc::file_error);
  nameless_.insert(number_);
  file_ = std::move(made);
  written_ = asked_ = let_go_ = 0;
  // Both now, so that after a crash a file with a name is one that says whose it is.
  if (auto headed = write(segment_header(whose_, number_)); !headed) return headed;
  if (auto synced = sync_current(); !synced) return synced;
  if (how_.calls->sync_folder(inside_.get()) != 0) return file_failure(folder_, errno, errc::file_error);
  return {};
}

result<void> segment_writer::make_room(std::uint64_t octets) {
  if (auto open = go_on(); !open) return open;
  const auto end = written_ + gathered_.size();
  if (end == segment_header_octets || (octets <= how_.segment_octets && end <= how_.segment_octets - octets)) return {};
  // What a later transaction names in this one must not need another sync of it.
  if (auto flushed = flush(); !flushed) return flushed;
  if (auto synced = sync_current(); !synced) return synced;
  return start_next();
}

result<place> segment_writer::append(std::string_view octets) {
  if (octets.empty()) return place{};
  if (auto room = make_room(octets.size()); !room) return tl::unexpected(std::move(room.error()));
  const place out{number_, written_ + gathered_.size(), octets.size()};
  if (gathered_.size() + octets.size() > gathered_octets) {
    if (auto flushed = flush(); !flushed) return tl::unexpected(std::move(flushed.error()));
  }
  if (octets.size() < gathered_octets) {
    gathered_ += octets;
  } else if (auto done = write(octets); !done) {
    return tl::unexpected(std::move(done.error()));
  }
  return out;
}

result<void> segment_writer::flush() {
  auto done = write(gathered_);
  gathered_.clear();
  return done;
}

result<void> segment_writer::write(std::string_view octets) {
  while (!octets.empty()) {
    const auto done = how_.calls->write(file_.get(), octets.data(), octets.size(), static_cast<off_t>(written_));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0) return file_failure(current_file(), done < 0 ? errno : ENOSPC, errc::file_error);
    unsynced_ = true;
    written_ += static_cast<std::uint64_t>(done);
    octets.remove_prefix(static_cast<std::size_t>(done));
  }
  if (written_ - asked_ >= write_back_octets) {
    how_.calls->begin_write_back(file_.get(), static_cast<off_t>(asked_), static_cast<off_t>(written_ - asked_));
    asked_ = written_;
  }
  return {};
}

result<void> segment_writer::sync_current() {
  if (how_.calls->sync(file_.get()) != 0) return file_failure(current_file(), errno, errc::file_error);
  unsynced_ = false;
  let_go();
  return {};
}

/// A first sync of a large mailbox would otherwise push everything else out of the system's memory, and new memory for
/// each octet costs more than to copy it.
void segment_writer::let_go() noexcept {
  if (written_ - let_go_ < 2 * held_octets) return;
  const auto end = written_ - held_octets;
  how_.calls->let_go(file_.get(), static_cast<off_t>(let_go_), static_cast<off_t>(end - let_go_));
  let_go_ = end;
}

void segment_writer::name(const place& what) {
  if (what.segment == 0) return;
  auto& used = named_[what.segment];
  used = std::max(used, what.start + what.size);
}

void segment_writer::discard(const place& what) noexcept {
  if (what.segment == 0) return;
  const auto begin = static_cast<off_t>(what.start);
  const auto size = static_cast<off_t>(what.size);
  if (what.segment == number_ && file_) return how_.calls->discard(file_.get(), begin, size);
  const auto other = open_segment(folder_, whose_, what.segment, 0, true);
  if (other) how_.calls->discard(other->get(), begin, size);
}

result<void> segment_writer::sync_before_commit() {
  if (named_.empty()) return {};
  if (auto flushed = flush(); !flushed) return flushed;
  if (unsynced_) {
    if (auto synced = sync_current(); !synced) return synced;
  }
  for (const auto& [number, used] : named_) {
    if (auto put = put_segment_.execute(number, used); !put) return put;
  }
  return {};
}

void segment_writer::after_commit() noexcept {
  for (const auto& [number, used] : named_) {
    nameless_.erase(number);
    if (number < last_) continue;
    last_used_ = number == last_ ? std::max(last_used_, used) : used;
    last_ = number;
  }
  named_.clear();
}

void segment_writer::after_rollback() noexcept {
  named_.clear();
  gathered_.clear();
  unsynced_ = false;
  // Where a full disk is the reason, the room is wanted now. If it fails, go_on() does it.
  if (file_ && number_ == last_) how_.calls->truncate(file_.get(), static_cast<off_t>(last_used_));
  file_ = descriptor();
  number_ = 0;
  for (const auto number : nameless_) ::unlinkat(inside_.get(), segment_name(number).c_str(), 0);
  nameless_.clear();
}

}  // namespace outmap::cache
