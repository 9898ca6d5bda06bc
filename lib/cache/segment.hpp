// Segment files: where the octets of mail stand.
#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "outmap/error.hpp"

namespace outmap::cache {

/// Which cache file a segment belongs to: random, made with the file.
using cache_identity = std::array<unsigned char, 16>;

/// Octets that stand in one piece in a segment. Segments are counted from 1; segment 0 holds nothing: the place of no
/// octets, and in the row of a body the mark of one that stands in several pieces.
struct place {
  std::int64_t segment = 0;
  std::uint64_t start = 0;
  std::uint64_t size = 0;
  bool operator==(const place&) const = default;
};

/// A file descriptor, closed with the object; -1: none.
class descriptor {
 public:
  descriptor() = default;
  explicit descriptor(int number) : number_(number) {}
  descriptor(descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  descriptor& operator=(descriptor&& other) noexcept;
  ~descriptor();
  [[nodiscard]] int get() const { return number_; }
  explicit operator bool() const { return number_ >= 0; }

 private:
  int number_ = -1;
};

/// What a segment begins with: what it is, whose it is, which it is. Octets of mail follow without anything between.
constexpr std::size_t segment_header_octets = 64;
std::string segment_header(const cache_identity& whose, std::int64_t number);

/// `<cache file>.mail`, the folder of a cache's segments.
std::filesystem::path mail_folder_of(const std::filesystem::path& cache_file);
/// "000001.seg"
std::string segment_name(std::int64_t number);
/// Nothing if no segment is called that.
std::optional<std::int64_t> segment_number(std::string_view name);

/// The folder itself, which must not be a symbolic link. errno tells why there is none.
descriptor open_mail_folder(const std::filesystem::path& folder);

/// A failed system call on a file. A full disk is disk_full by whatever name it goes, anything else `otherwise`.
tl::unexpected<error> file_failure(const std::filesystem::path& file, int system_code, errc otherwise);

/// Opens an existing segment. cache_damaged if it is not there, is no regular file (a symbolic link is not followed),
/// does not begin with the header of this cache and this number, or is shorter than `least`; cache_unavailable if it may
/// not be opened; file_error if the system cannot say.
result<descriptor> open_segment(const std::filesystem::path& folder, const cache_identity& whose, std::int64_t number,
                                std::uint64_t least, bool for_writing);

}  // namespace outmap::cache
