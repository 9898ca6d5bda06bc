// Reads what stands in segments.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <string_view>
#include <vector>

#include "cache/segment.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Opens segments as they are needed, for reading only, and keeps some of them open. What a committed row names never
/// changes, so a writer beside it does no harm.
class segment_reader {
 public:
  /// Pieces are at most this long.
  static constexpr std::size_t piece = std::size_t{1} << 20;

  segment_reader(std::filesystem::path folder, const cache_identity& whose)
      : folder_(std::move(folder)), whose_(whose) {}

  /// Gives the octets to `take` in order; says whether it took all of them. cache_damaged (also where the segment is
  /// missing, foreign or too short), file_error.
  result<bool> read(const place& from, const std::function<bool(std::string_view)>& take);

 private:
  result<int> file_of(std::int64_t segment);

  std::filesystem::path folder_;
  cache_identity whose_;
  std::map<std::int64_t, descriptor> open_;
};

}  // namespace outmap::cache
