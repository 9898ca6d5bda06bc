// Histories played in a process of their own, so that one that hangs or breaks the program is a failure like others.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "simulation/history.hpp"

namespace outmap::simulation {

/// Plays that one; a hang and a death of the program are failures of the outcome.
outcome play_apart(const history_plan& plan, const std::string& trace_file = {});

/// Plays the whole histories from `first` on, `count` of them, and tells each outcome in order.
void play_all(std::uint64_t first, std::uint64_t count,
              const std::function<void(std::uint64_t seed, const outcome& how)>& tell);

/// The least of a failing history that still fails: steps and disturbances are left out as long as it does.
/// `tries`: how many histories may be played for that.
history_plan shrink(history_plan failing, unsigned tries);

}  // namespace outmap::simulation
