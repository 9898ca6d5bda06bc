// The text of a progress bar.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace outmap::cli {

/// A moment of a run, as a bar shows it. Rates are a second; 0: not known.
struct progress_moment {
  std::string_view label;  ///< printable: the account, and the folder where there is room
  std::uint64_t messages_done = 0;
  std::uint64_t messages_total = 0;  ///< 0: not known
  std::uint64_t octets = 0;
  double octets_rate = 0;
  double messages_rate = 0;
};

/// "INBOX [=====>    ]  45%  123/340 messages  12.3 MB  3.0 MB/s  1 min 05 s left" in at most `width` columns. Where
/// room is scarce the label is shortened first, then the bar goes, then the time left, the rate and the octets.
std::string progress_line(const progress_moment& now, std::size_t width);

/// Rates that follow a change within seconds but do not jump: exponential smoothing over a few seconds.
class rate_meter {
 public:
  /// `seconds` since the start, not decreasing; `total` so far.
  void add(double seconds, double total);
  [[nodiscard]] double rate() const { return rate_; }

 private:
  double last_seconds_ = 0;
  double last_total_ = 0;
  double rate_ = 0;
  bool begun_ = false;
};

}  // namespace outmap::cli
