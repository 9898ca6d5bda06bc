#include "simulation/history_plan.hpp"

#include <random>
#include <sstream>

namespace outmap::simulation {

history_plan history_plan::of(std::uint64_t seed) {
  std::mt19937_64 random(seed);
  history_plan out;
  out.seed = seed;
  const auto count = 8 + random() % 20;
  for (std::uint64_t i = 0; i < count; ++i) out.steps.push_back({random(), true, true});
  return out;
}

std::string history_plan::kept() const {
  std::string out;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (!steps[i].kept) continue;
    out += (out.empty() ? "" : " ") + std::to_string(i) + (steps[i].disturbed ? "!" : "");
  }
  return out;
}

void history_plan::keep(std::string_view text) {
  if (text == "all") return;
  for (auto& s : steps) s.kept = s.disturbed = false;
  std::istringstream in{std::string(text)};
  for (std::string word; in >> word;) {
    const auto number = std::stoul(word);
    if (number >= steps.size()) continue;
    steps[number].kept = true;
    steps[number].disturbed = word.back() == '!';
  }
}

}  // namespace outmap::simulation
