// The octets of files as they are on the disk.
#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>

#include "cache/records.hpp"
#include "cache/segment_reader.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

struct octets_sum {
  std::uint64_t size = 0;
  digest sum{};
};

/// Of a whole SQLite file, read through SQLite's file layer: closing a descriptor of our own would drop the record
/// locks of every connection that this process has to it. `step` is told of octets as they are read and gives false to
/// stop (errc::cancelled). errc::cache_unavailable, file_error.
result<octets_sum> sum_of_database(const std::filesystem::path& file, const std::function<bool(std::uint64_t)>& step);

/// Of octets [from, to) of a segment file, its header included. errc::cache_damaged if the file is missing or shorter,
/// file_error, cancelled.
result<digest> sum_of_segment(const std::filesystem::path& file, std::uint64_t from, std::uint64_t to,
                              const std::function<bool(std::uint64_t)>& step);

}  // namespace outmap::cache
