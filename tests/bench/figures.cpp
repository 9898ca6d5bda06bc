#include "bench/figures.hpp"

#include <algorithm>
#include <stdexcept>

namespace outmap::bench {
namespace {

template <class T>
T middle(const std::vector<figures>& runs, T figures::*member) {
  std::vector<T> values;
  for (const auto& run : runs) values.push_back(run.*member);
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

}  // namespace

figures median(const std::vector<figures>& runs) {
  if (runs.empty()) throw std::invalid_argument("the median of no runs");
  return {middle(runs, &figures::wall), middle(runs, &figures::cpu), middle(runs, &figures::peak_mib),
          middle(runs, &figures::octets), middle(runs, &figures::messages)};
}

}  // namespace outmap::bench
