// Turns what passes over the wire into lines for a trace sink.
#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>

#include "outmap/secret.hpp"
#include "outmap/trace.hpp"
#include "wire/encoder.hpp"
#include "wire/framer.hpp"

namespace outmap::profile {

/// Escapes, splits into lines, leaves bodies out unless the sink wants them. Some servers repeat a line that they
/// refuse: the last secrets that were sent are left out of the server's lines, too. Without a sink it does nothing.
class transcript {
 public:
  explicit transcript(trace_sink* sink) : sink_(sink) {}

  void client(const wire::fragment& sent);
  void server(const wire::frame& received);
  void body(std::span<const char> octets);
  void note(std::string_view text);
  [[nodiscard]] bool active() const { return sink_ != nullptr; }

 private:
  void remember(const wire::fragment& sent);
  [[nodiscard]] std::string without_secrets(std::string text) const;

  trace_sink* sink_;
  std::deque<secret> sent_;
};

}  // namespace outmap::profile
