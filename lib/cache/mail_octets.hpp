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
  /// The same of a row of table tombstone.
  result<std::string> expunged_header(std::int64_t row);
  result<void> expunged_body(std::int64_t row, const std::function<bool(std::string_view)>& take);

  /// Told of each row, with how much of it was read and whether its octets are those of its digests (else
  /// cache_damaged, file_error); gives false to stop.
  using row_judge = std::function<bool(std::int64_t row, std::uint64_t octets, const result<void>& sound)>;
  result<void> check_bodies(const row_judge& told);
  /// Headers that came by themselves; those that bodies begin with are checked with the bodies.
  result<void> check_headers(const row_judge& told);

 private:
  using taker = std::function<bool(std::string_view)>;
  enum class kept { in_tables, in_segment, in_pieces };
  struct source {
    std::int64_t id = 0;
    kept where = kept::in_tables;
    place at;
    std::optional<digest> sum;
  };

  template <class... Key>
  result<std::string> header_by(statement& find, const std::string& name, Key... key);
  template <class... Key>
  result<void> body_by(statement& find, const std::string& name, const taker& take, Key... key);
  static source source_at(const statement& row, int first_column);
  result<bool> stream(const source& from, const taker& take);
  result<bool> stream_pieces(std::int64_t body, const taker& take);
  result<bool> stream_tables(std::int64_t body, const taker& take);
  result<std::string> own_header(const source& from);
  result<std::uint64_t> check_body(const source& from, std::optional<std::uint64_t> header_size,
                                   const std::optional<digest>& header_sum);
  result<std::string> header_in_body(const source& body, std::uint64_t size);

  segment_reader segments_;
  statement header_;
  statement body_;
  statement expunged_header_;
  statement expunged_body_;
  statement pieces_;
  statement all_bodies_;
  statement all_headers_;
  statement old_header_;
  statement old_whole_;
  statement old_chunks_;
  bool streaming_ = false;
};

}  // namespace outmap::cache
