// What happens while the library works.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/report.hpp"
#include "outmap/types.hpp"
#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

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
  /// A change of the outbox has come to something on the server.
  virtual void on_outbox(const outbox_event&) noexcept {}
  /// Something was stepped over, such as a malformed line; the run goes on.
  virtual void on_warning(const error&) noexcept {}

  // Of a watch. What they tell is committed before they are called: whoever reads the cache then finds it. They come in
  // the order of the commits; one folder's messages not in the order of their UIDs.
  /// A message that was not in the cache: its header is there (with received_date::header: all of it). The body may
  /// still be on its way.
  virtual void on_message_new(std::string_view /*folder*/, uid) noexcept {}
  /// Its flags are, or may be, others than before.
  virtual void on_message_changed(std::string_view /*folder*/, uid) noexcept {}
  /// The server no longer has it; what was fetched is kept.
  virtual void on_message_expunged(std::string_view /*folder*/, uid) noexcept {}
  /// Unread messages of a folder that is not watched: each once, then those whose number has changed.
  virtual void on_unseen(std::string_view /*folder*/, std::uint32_t /*count*/) noexcept {}
  /// Logged in; the watched folder is being brought up to date.
  virtual void on_connected() noexcept {}
  /// The watch goes on: it tries again in `next_try`.
  virtual void on_disconnected(const error&, std::chrono::milliseconds /*next_try*/) noexcept {}
};

}  // namespace outmap
