// When a message in quarantine is asked for again. Pure.
#pragma once

#include <cstdint>

namespace outmap::sync {

/// Seconds that pass from a failed try to the next, after `tries` of them: the next run, then 1 hour, 6 hours, a day.
constexpr std::int64_t wait_after(std::uint32_t tries) {
  constexpr std::int64_t hour = 3600;
  return tries <= 1 ? 0 : tries == 2 ? hour : tries == 3 ? 6 * hour : 24 * hour;
}

/// A clock that was set back makes no message wait for ever.
constexpr bool is_due(std::uint32_t tries, std::int64_t last_tried, std::int64_t now) {
  return now < last_tried || now - last_tried >= wait_after(tries);
}

}  // namespace outmap::sync
