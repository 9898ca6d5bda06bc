// How long a server that wants to be left alone is left alone. Pure.
#pragma once

#include <chrono>
#include <optional>

namespace outmap::sync {

/// Longest pause that a server is granted; one that asks for more ends the run (throttled).
inline constexpr std::chrono::minutes longest_pause{5};
/// Pauses in a row, without anything done between them, after which the run ends.
inline constexpr unsigned most_pauses = 8;

/// `hint`: what the server asked for, 0 where it named no time; `in_a_row`: this pause, too. Nothing: the run ends.
inline std::optional<std::chrono::milliseconds> granted_pause(std::chrono::milliseconds hint, unsigned in_a_row) {
  constexpr std::chrono::seconds usual_pause{10};
  if (hint.count() == 0) hint = usual_pause;
  if (hint > longest_pause || in_a_row > most_pauses) return std::nullopt;
  return hint;
}

}  // namespace outmap::sync
