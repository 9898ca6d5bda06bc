#include "net/interrupter.hpp"

#include <vector>

namespace outmap::net {

std::uint64_t interrupter::add(std::function<void()> stop) {
  stops_.emplace(++last_, std::move(stop));
  return last_;
}

void interrupter::interrupt() {
  interrupted_ = true;
  std::vector<std::function<void()>> all;
  for (const auto& [key, stop] : stops_) all.push_back(stop);
  for (const auto& stop : all) stop();
}

}  // namespace outmap::net
