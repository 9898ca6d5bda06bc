// Cuts a file into lines without ever holding more than one of them.
#pragma once

#include <string>
#include <string_view>

#include "outmap/audit.hpp"
#include "profile/audit_line.hpp"

namespace outmap::profile {

/// A line, or a piece of one that is longer than a reader takes at once.
struct raw_line {
  std::string_view text;
  line_end end = line_end::none;  ///< never `assumed`
  bool begins = true;             ///< false: goes on with the line before
  std::uint64_t number = 0;
  std::uint64_t offset = 0;  ///< of this piece
};

class audit_line_reader {
 public:
  static constexpr std::size_t longest_piece = std::size_t{64} << 10;

  explicit audit_line_reader(audit_source read) : read_(std::move(read)) {}

  /// False at the end. The view lives until the next call.
  result<bool> next(raw_line& out);
  /// The first octets, at most `longest_piece`; before the first next() only.
  result<std::string_view> begin();

 private:
  result<void> fill();

  audit_source read_;
  std::string buffer_;
  std::size_t at_ = 0;
  bool ended_ = false;
  bool in_line_ = false;
  std::uint64_t number_ = 0;
  std::uint64_t offset_ = 0;
};

}  // namespace outmap::profile
