// What a history is made of, so that it can be played again in part.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace outmap::simulation {

/// All that a step draws comes from its own seed: what it does stays the same when others are left out.
struct step_plan {
  std::uint64_t seed = 0;
  bool kept = true;
  bool disturbed = true;  ///< false: its links, its server and its program do not fail
};

struct history_plan {
  std::uint64_t seed = 0;
  std::vector<step_plan> steps;

  static history_plan of(std::uint64_t seed);
  /// "0! 4 7!": the steps that are kept, with '!' those that are disturbed.
  [[nodiscard]] std::string kept() const;
  /// As that text says; "all": everything.
  void keep(std::string_view text);
};

}  // namespace outmap::simulation
