#include "profile/audit_keep_alive.hpp"

#include <string>

namespace outmap::profile {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t longest = 600 * second;

std::string duration(std::int64_t microseconds) {
  const auto seconds = microseconds / second;
  return std::to_string(seconds / 60) + " min " + std::to_string(seconds % 60) + " s";
}

}  // namespace

void audit_keep_alive::judge_gap(std::int64_t now, audit_findings& to) const {
  if (!last_ || now - *last_ <= longest) return;
  to.add({audit_rule::keep_alive}, "nothing was sent for " + duration(now - *last_) + "; NOOP is due every 10 minutes");
}

void audit_keep_alive::judge_idle(std::int64_t now, audit_findings& to) const {
  if (!last_command_ || now - *last_command_ <= longest) return;
  to.add({audit_rule::noop_and_idle}, "IDLE again, with no NOOP for " + duration(now - *last_command_));
}

}  // namespace outmap::profile
