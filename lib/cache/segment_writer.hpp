// Appends octets of mail to segments, so that a committed row never names what the disk does not hold.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include "cache/database.hpp"
#include "cache/file_calls.hpp"
#include "cache/segment.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// One transaction: append() and name() at will, then sync_before_commit(), COMMIT, after_commit(); or after_rollback()
/// instead of any of these. What was appended and not named by the time of a rollback, a crash or the end of the
/// process is garbage behind what was named; the next opening cuts it off. Files are 0600, their folder 0700.
///
/// Errors: disk_full, file_error, and where a segment is opened those of open_segment().
class segment_writer {
 public:
  struct options {
    std::uint64_t segment_octets = std::uint64_t{1} << 30;  ///< a segment that would pass this is followed by the next
    file_calls* calls = &file_calls::of_system();
  };

  /// Does nothing to the disk yet.
  segment_writer(database& db, std::filesystem::path folder, const cache_identity& whose, options how);

  /// Looks whether every segment that rows name is there and long enough; removes segments of this cache that no row
  /// names. Before the first transaction.
  result<void> inspect();

  /// The octets in one piece, which may still be in memory. No octets have no place: segment 0.
  result<place> append(std::string_view octets);
  /// A row of this transaction refers to the place.
  void name(const place& what);
  /// Nothing will ever refer to the place.
  void discard(const place& what) noexcept;

  /// Everything named is on the disk when this returns, and the rows of table segment say how far.
  result<void> sync_before_commit();
  void after_commit() noexcept;
  void after_rollback() noexcept;

 private:
  /// Octets gathered for one write; what is larger goes to the file as it is.
  static constexpr std::size_t gathered_octets = std::size_t{256} << 10;
  static constexpr std::uint64_t write_back_octets = std::uint64_t{2} << 20;
  /// The newest mail, which is likely to be read next, stays in memory.
  static constexpr std::uint64_t held_octets = std::uint64_t{16} << 20;

  result<void> go_on();
  result<void> start_next();
  result<void> ensure_folder();
  result<void> make_room(std::uint64_t octets);
  result<void> flush();
  result<void> write(std::string_view octets);
  result<void> sync_current();
  void let_go() noexcept;
  [[nodiscard]] std::filesystem::path current_file() const { return folder_ / segment_name(number_); }

  std::filesystem::path folder_;
  cache_identity whose_;
  options how_;
  statement put_segment_;
  statement segments_;

  descriptor inside_;  ///< the folder
  descriptor file_;    ///< the segment that grows; none until something is appended
  std::int64_t number_ = 0;
  std::string gathered_;       ///< follows written_
  std::uint64_t written_ = 0;  ///< octets in the file
  std::uint64_t asked_ = 0;    ///< of them, those that the disk was asked to begin with
  std::uint64_t let_go_ = 0;   ///< of them, those that the system need not hold in memory
  bool unsynced_ = false;

  std::int64_t last_ = 0;                        ///< the last segment that committed rows name; 0: none
  std::uint64_t last_used_ = 0;                  ///< and how far
  std::map<std::int64_t, std::uint64_t> named_;  ///< in this transaction: segments and how far
  std::set<std::int64_t> nameless_;              ///< made by this object, not named by a committed row yet
};

}  // namespace outmap::cache
