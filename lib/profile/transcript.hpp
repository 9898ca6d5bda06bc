// Turns what passes over the wire into lines for a trace sink.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "outmap/trace.hpp"
#include "wire/encoder.hpp"
#include "wire/framer.hpp"

namespace outmap::profile {

/// Escapes, splits into lines, leaves bodies out unless the sink wants them. Without a sink it does nothing.
class transcript {
 public:
  explicit transcript(trace_sink* sink) : sink_(sink) {}

  void client(const wire::fragment& sent);
  void server(const wire::frame& received);
  void body(std::span<const char> octets);
  void note(std::string_view text);
  [[nodiscard]] bool active() const { return sink_ != nullptr; }

 private:
  trace_sink* sink_;
};

}  // namespace outmap::profile
