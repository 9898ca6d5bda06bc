// Bodies, each stored once, and the transfers by which large ones come in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "cache/database.hpp"
#include "cache/digester.hpp"
#include "cache/store.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// A body of up to `piece` octets is one row; a longer one is chunks of `piece` octets and a rest. A transfer holds at
/// most one piece in memory.
class body_table {
 public:
  static constexpr std::size_t piece = std::size_t{1} << 20;

  explicit body_table(database& db);

  /// The row with these octets, new if there is none.
  result<std::int64_t> put(std::string_view body);

  transfer begin();
  result<void> append(transfer to, std::string_view octets);

  struct finished {
    std::int64_t body = 0;
    std::optional<std::string> header;  ///< of the message, where it ends within header_bound
  };
  /// Ends the transfer, whatever the outcome.
  result<finished> finish(transfer from);
  result<void> abandon(transfer which);
  /// After a rollback memory and file no longer agree: no transfer can be finished any more.
  void forget_transfers() { open_.clear(); }

  /// Removes what transfers left behind that ended with their process. Only while foreign keys are off: a lookup of all
  /// messages that might refer to a row, which nothing refers to, would cost a walk over the cache.
  static result<void> clear_unfinished(database& db);

 private:
  struct collecting {
    digester sum;
    std::string pending;  ///< not stored yet, less than a piece
    std::uint64_t size = 0;
    std::int64_t body = 0;  ///< 0: no row yet
    std::int64_t chunks = 0;
    std::optional<std::string> header;
  };

  result<std::optional<std::int64_t>> find(const digest& key);
  result<std::int64_t> insert_whole(const digest& key, std::string_view body);
  result<std::int64_t> insert_chunked(const digest& key, std::string_view body);
  result<void> store_chunk(collecting& what, std::string_view chunk);
  result<std::int64_t> seal(collecting& what, const digest& key);

  database& db_;
  digester digester_;
  statement find_;
  statement insert_;
  statement insert_octets_;
  statement insert_chunk_;
  statement drop_chunks_;
  statement seal_;
  std::map<transfer, collecting> open_;
  std::uint64_t last_transfer_ = 0;
};

}  // namespace outmap::cache
