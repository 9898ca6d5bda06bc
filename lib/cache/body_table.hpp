// Bodies, and the transfers by which large ones come in.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cache/database.hpp"
#include "cache/digester.hpp"
#include "cache/segment_writer.hpp"
#include "cache/store.hpp"
#include "outmap/error.hpp"

namespace outmap::cache {

/// Every function runs in the caller's transaction.
class body_table {
 public:
  /// Of a transfer, so much is held in memory until its header was looked for; what follows goes to the segment.
  static constexpr std::size_t held = std::size_t{1} << 20;

  /// A body of so many octets or more is stored once. To look for smaller ones would cost a quarter of the time of
  /// storing them, in an index that outgrows memory with the number of messages, to save a small share of the octets.
  static constexpr std::uint64_t shared_octets = 8192;

  body_table(database& db, segment_writer& mail);

  struct stored {
    std::int64_t id = 0;
    std::uint64_t size = 0;
    bool has_header = false;  ///< the header of the message was found in it
  };
  /// The row with these octets: one that is there, for those of shared_octets or more, else a new one.
  result<stored> put(std::string_view body);
  /// The same; row `known` itself, if it has these octets.
  result<stored> put_again(std::int64_t known, std::string_view body);

  transfer begin();
  result<void> append(transfer to, std::string_view octets);
  /// Ends the transfer, whatever the outcome.
  result<stored> finish(transfer from);
  result<void> abandon(transfer which);
  /// After a rollback memory and file no longer agree: no transfer can be finished any more.
  void forget_transfers() { open_.clear(); }

 private:
  /// The header that a body begins with.
  struct beginning {
    std::size_t size = 0;
    digest sum{};
  };
  struct collecting {
    digester sum;
    std::string head;  ///< everything until that is `held` octets, then nothing
    bool streams = false;
    std::uint64_t size = 0;
    std::optional<beginning> header;
    std::vector<place> pieces;  ///< as long as nothing else is stored between its parts: one
  };

  result<std::optional<stored>> find(const digest& key, std::uint64_t size);
  result<std::optional<beginning>> look_for_header(std::string_view head, bool whole);
  result<stored> insert(const digest& key, std::uint64_t size, const place& at, const std::optional<beginning>& header);
  result<stored> put(const digest& key, std::string_view body);
  result<stored> adopt_known(stored known, const std::optional<beginning>& header);
  result<stored> seal(collecting& what, const digest& key);
  result<void> stream(collecting& what, std::string_view octets);
  void discard(const collecting& what) noexcept;

  database& db_;
  segment_writer& mail_;
  digester digester_;
  statement find_;
  statement digest_of_;
  statement insert_;
  statement insert_piece_;
  statement learn_header_;
  std::map<transfer, collecting> open_;
  std::uint64_t last_transfer_ = 0;
};

}  // namespace outmap::cache
