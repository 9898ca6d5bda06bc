// Progress on standard error.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "cli/options.hpp"
#include "cli/output.hpp"
#include "cli/progress_line.hpp"
#include "outmap/observer.hpp"

namespace outmap::cli {

/// On a terminal a bar, redrawn at most ten times a second and gone at the end; otherwise one line when the account is
/// done; with progress_mode::none or quiet, nothing. In JSON also "progress" events, at most two a second. One display
/// an account.
class progress_display {
 public:
  progress_display(output& out, progress_mode mode, std::string account, int err = 2);
  ~progress_display();
  progress_display(const progress_display&) = delete;
  progress_display& operator=(const progress_display&) = delete;

  void update(const progress& now);
  /// Takes the bar away and, in plain mode, writes the line of the account.
  void finish(std::string_view outcome);

 private:
  using clock = std::chrono::steady_clock;
  void draw(const progress& now, double seconds);
  void hide();
  [[nodiscard]] double seconds() const { return std::chrono::duration<double>(clock::now() - began_).count(); }

  output& out_;
  std::string account_;
  int err_;
  bool bar_ = false;
  bool plain_ = false;
  bool events_ = false;
  bool drawn_ = false;
  double last_drawn_ = -1;
  double last_event_ = -1;
  std::uint64_t messages_ = 0;
  std::uint64_t octets_ = 0;
  rate_meter octets_rate_;
  rate_meter messages_rate_;
  clock::time_point began_ = clock::now();
};

}  // namespace outmap::cli
