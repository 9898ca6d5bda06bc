#include "bench/figures.hpp"

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace outmap::bench {
namespace {

template <class T>
T middle(std::vector<T> values) {
  if (values.empty()) throw std::invalid_argument("the median of no runs");
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

template <class T>
T middle(const runs& all, T figures::*member) {
  std::vector<T> values;
  for (const auto& run : all) values.push_back(run.*member);
  return middle(std::move(values));
}

}  // namespace

figures median(const runs& all) {
  return {middle(all, &figures::wall), middle(all, &figures::cpu), middle(all, &figures::peak_mib),
          middle(all, &figures::octets), middle(all, &figures::messages)};
}

double times(const runs& what, const runs& base) {
  if (what.size() != base.size()) return median(what).wall / median(base).wall;
  std::vector<double> ratios;
  for (std::size_t i = 0; i < what.size(); ++i) ratios.push_back(what[i].wall / base[i].wall);
  return middle(std::move(ratios));
}

}  // namespace outmap::bench
