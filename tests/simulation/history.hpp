// Random histories of one account on a machine: two caches and the server change it behind each other's backs, and
// everything breaks that can; in the end all three must be equal and nothing lost or there twice.
#pragma once

#include <cstdint>
#include <string>

#include "simulation/history_plan.hpp"

namespace outmap::simulation {

struct outcome {
  std::string failure;  ///< empty: everything held
  std::string digest;   ///< of every event with its time
  std::uint64_t events = 0;
  std::uint64_t changes = 0;
  std::uint64_t broken = 0;  ///< runs whose links or server were disturbed
  std::uint64_t deaths = 0;  ///< of the program
  std::uint64_t power_cuts = 0;
  std::int64_t seconds = 0;  ///< of the machine's clock
};

/// Plays it on a machine of its own. `trace_file`: where every event is written to; empty: nowhere. A history that hangs
/// ends the program with exit code `hung`, after saying so on standard error.
outcome play(const history_plan& plan, const std::string& trace_file = {});

inline constexpr int hung = 99;

}  // namespace outmap::simulation
