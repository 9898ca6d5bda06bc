#include "cache/segment_reader.hpp"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

namespace outmap::cache {
namespace {

constexpr std::size_t most_open = 16;

}  // namespace

result<int> segment_reader::file_of(std::int64_t segment) {
  if (const auto known = open_.find(segment); known != open_.end()) return known->second.get();
  if (segment < 1) return fail(errc::cache_damaged, folder_.string() + ": a row that names no segment");
  auto opened = open_segment(folder_, whose_, segment, 0, false);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  if (open_.size() >= most_open) open_.clear();
  return open_.emplace(segment, std::move(*opened)).first->second.get();
}

result<bool> segment_reader::read(const place& from, const std::function<bool(std::string_view)>& take) {
  if (from.size == 0) return true;
  constexpr auto farthest = static_cast<std::uint64_t>(std::numeric_limits<off_t>::max());
  if (from.start < segment_header_octets || from.start > farthest || from.size > farthest - from.start) {
    return fail(errc::cache_damaged, folder_.string() + ": a row that names an impossible place");
  }
  std::vector<char> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(from.size, piece)));
  for (std::uint64_t done = 0; done < from.size;) {
    // Asked for each time: `take` may read elsewhere meanwhile, and that may close it.
    const auto file = file_of(from.segment);
    if (!file) return tl::unexpected(file.error());
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(from.size - done, buffer.size()));
    std::size_t filled = 0;
    while (filled < wanted) {
      const auto got =
          ::pread(*file, buffer.data() + filled, wanted - filled, static_cast<off_t>(from.start + done + filled));
      if (got < 0 && errno == EINTR) continue;
      const auto name = folder_ / segment_name(from.segment);
      if (got < 0) return file_failure(name, errno, errc::file_error);
      if (got == 0) return fail(errc::cache_damaged, name.string() + ": shorter than what was stored in it");
      filled += static_cast<std::size_t>(got);
    }
    done += filled;
    if (!take(std::string_view(buffer.data(), filled))) return false;
  }
  return true;
}

}  // namespace outmap::cache
