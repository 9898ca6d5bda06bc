// Messages in one file after the other: mboxrd.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "cache/records.hpp"
#include "outmap/error.hpp"
#include "outmap/types.hpp"

namespace outmap::archive {

/// A message as it stands in an mbox: its From line ("MAILER-DAEMON" and the date in UTC), its octets with LF, flags in
/// Status and X-Status behind its header fields, lines of any number of '>' and "From " with one '>' more, a final line
/// end, and an empty line.
std::string mbox_entry(std::string_view message, const flag_set& flags, const std::optional<internal_date>& date);

struct mbox_message {
  std::string text;  ///< LF line ends; quoting undone; Status and X-Status fields are in `flags`
  flag_set flags;
  std::optional<internal_date> date;  ///< of the From line
};

/// The digest by which a message is known again in an mbox: of its text with LF, one line end at its end, and without
/// Status and X-Status.
result<cache::digest> mbox_sum(std::string_view message);

/// Reads messages off octets that come in pieces. A piece may end anywhere.
class mbox_reader {
 public:
  static constexpr std::size_t longest_message = std::size_t{256} << 20;

  /// Gives each message when its end was seen; false stops.
  using taker = std::function<bool(mbox_message&&)>;
  explicit mbox_reader(taker take) : take_(std::move(take)) {}

  /// wrong_format if the file does not begin with a From line; limit_exceeded for a message that is too long.
  result<void> feed(std::string_view octets);
  result<void> finish();
  [[nodiscard]] bool stopped() const { return stopped_; }

 private:
  result<void> line(std::string_view text);
  result<void> end_message();

  taker take_;
  std::string partial_;
  std::string text_;
  std::string from_line_;
  bool begun_ = false;
  bool after_blank_ = true;
  bool stopped_ = false;
};

}  // namespace outmap::archive
