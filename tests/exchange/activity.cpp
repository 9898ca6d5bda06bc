#include "activity.hpp"

#include <algorithm>

namespace outmap::exchange {

std::vector<command_seen> activity::commands() const {
  const std::lock_guard lock(mutex_);
  return commands_;
}

std::vector<std::string> activity::lines() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::string> all;
  all.reserve(commands_.size());
  for (const command_seen& seen : commands_) {
    const std::size_t tag = seen.tag.empty() ? 0 : seen.tag.size() + 1;
    all.push_back(seen.line.substr(std::min(tag, seen.line.size())));
  }
  return all;
}

std::size_t activity::count_locked(std::string_view command_name) const {
  return static_cast<std::size_t>(
      std::ranges::count_if(commands_, [&](const command_seen& seen) { return seen.name == command_name; }));
}

std::size_t activity::count(std::string_view command_name) const {
  const std::lock_guard lock(mutex_);
  return count_locked(command_name);
}

counters activity::totals() const {
  const std::lock_guard lock(mutex_);
  return totals_;
}

void activity::reset() {
  const std::lock_guard lock(mutex_);
  commands_.clear();
  slips_.clear();
  totals_ = {};
}

bool activity::wait_for(std::string_view command_name, std::size_t times, std::chrono::milliseconds patience) {
  std::unique_lock lock(mutex_);
  return changed_.wait_for(lock, patience, [&] { return count_locked(command_name) >= times; });
}

void activity::record(command_seen seen) {
  {
    const std::lock_guard lock(mutex_);
    commands_.push_back(std::move(seen));
  }
  changed_.notify_all();
}

std::vector<slip> activity::slips() const {
  const std::lock_guard lock(mutex_);
  return slips_;
}

void activity::record(slip seen) {
  const std::lock_guard lock(mutex_);
  slips_.push_back(std::move(seen));
}

void activity::count(const std::function<void(counters&)>& change) {
  const std::lock_guard lock(mutex_);
  change(totals_);
}

}  // namespace outmap::exchange
