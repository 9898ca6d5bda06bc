#include "net/interrupter.hpp"

namespace outmap::net {

std::uint64_t interrupter::add(std::function<void()> stop) {
  stops_.emplace(++last_, std::move(stop));
  return last_;
}

void interrupter::interrupt() {
  interrupted_ = true;
  // A stop may take registrations away, its own too.
  for (auto next = stops_.begin(); next != stops_.end();) {
    const auto key = next->first;
    const auto stop = next->second;
    stop();
    next = stops_.upper_bound(key);
  }
}

}  // namespace outmap::net
