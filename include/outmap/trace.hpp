// Where the transcript of a connection goes.
#pragma once

#include <cstddef>
#include <string_view>

#include "outmap/visibility.hpp"

namespace outmap OUTMAP_PUBLIC {

/// Receives a connection's transcript line by line. Lines come without CRLF, with secrets already replaced by
/// "<secret>" and, unless bodies were asked for, body literals replaced by their size. Octets outside printable
/// ASCII are escaped as \xNN. Called on the thread that drives the connection; must not throw and must not block.
class trace_sink {
 public:
  virtual ~trace_sink() = default;
  virtual void client(std::string_view line) noexcept = 0;
  virtual void server(std::string_view line) noexcept = 0;
  /// A remark of ours: connected, TLS up, closed.
  virtual void note(std::string_view line) noexcept = 0;
  [[nodiscard]] virtual bool wants_bodies() const noexcept { return false; }
  /// A sink for the account's session `number` (from 2), which works beside the first; it must live as long as this
  /// one. Null: that session leaves no trace.
  [[nodiscard]] virtual trace_sink* beside(std::size_t /*number*/) noexcept { return nullptr; }
};

}  // namespace outmap
