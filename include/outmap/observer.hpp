// What happens while the library works.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/report.hpp"

namespace outmap {

/// How far a run has come. Totals grow while folders are being scanned; 0 means not known yet.
struct progress {
  std::string_view folder;  ///< UTF-8, hostile
  std::uint64_t folders_done = 0;
  std::uint64_t folders_total = 0;
  std::uint64_t messages_done = 0;  ///< of those that must be fetched
  std::uint64_t messages_total = 0;
  std::uint64_t octets = 0;  ///< of message bodies so far
};

/// Called on the thread that runs the operation, between reads of the network. Must not throw; should return quickly.
/// Views are valid during the call. Texts are hostile unless said otherwise: printable() before a terminal sees them.
class observer {
 public:
  virtual ~observer() = default;
  /// The user must see this (OIMAP-V0063).
  virtual void on_alert(std::string_view) noexcept {}
  virtual void on_login_step(const login_step&) noexcept {}
  virtual void on_folder_started(std::string_view /*name*/) noexcept {}
  virtual void on_folder_done(const folder_report&) noexcept {}
  virtual void on_progress(const progress&) noexcept {}
  /// The server wants to be left alone so long; the run waits and goes on (0: it named no time).
  virtual void on_throttled(std::chrono::milliseconds) noexcept {}
  /// Something was stepped over, such as a malformed line; the run goes on.
  virtual void on_warning(const error&) noexcept {}
};

}  // namespace outmap
