// Headers and bodies of messages, wherever their octets stand.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

#include "cache/database.hpp"
#include "cache/records.hpp"
#include "cache/segment_reader.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// For the reader. Mail of before there were segments stands in the tables header_octets, body_octets and body_chunk.
class mail_octets {
 public:
  mail_octets(database& db, std::filesystem::path mail_folder, const cache_identity& whose);

  /// errc::no_such_message, cache_damaged (also where it does not match its digest), file_error.
  result<std::string> header(folder_id folder, uid which);
  /// In pieces of at most 1 MiB; `take` gives false to stop. Errors as header(), and errc::internal when `take` asks
  /// for a body itself.
  result<void> body(folder_id folder, uid which, const std::function<bool(std::string_view)>& take);

 private:
  using taker = std::function<bool(std::string_view)>;
  enum class kept { in_tables, in_segment, in_pieces };
  struct source {
    std::int64_t id = 0;
    kept where = kept::in_tables;
    place at;
    std::optional<digest> sum;
  };

  static source source_at(const statement& row, int first_column);
  result<bool> stream(const source& from, const taker& take);
  result<bool> stream_pieces(std::int64_t body, const taker& take);
  result<bool> stream_tables(std::int64_t body, const taker& take);
  result<std::string> own_header(const source& from);
  result<std::string> header_in_body(const source& body, std::uint64_t size);

  segment_reader segments_;
  statement header_;
  statement body_;
  statement pieces_;
  statement old_header_;
  statement old_whole_;
  statement old_chunks_;
  bool streaming_ = false;
};

}  // namespace outmap::cache
