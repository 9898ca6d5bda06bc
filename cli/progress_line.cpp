#include "cli/progress_line.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "cli/quantity.hpp"
#include "cli/text_width.hpp"

namespace outmap::cli {
namespace {

constexpr std::size_t label_columns = 24;
constexpr std::size_t least_label = 8;
constexpr std::size_t widest_bar = 30;
constexpr std::size_t least_bar = 5;
constexpr double memory_seconds = 5;

std::string bar(double share, std::size_t columns) {
  const auto inner = columns - 2;
  const auto full = std::min(inner, static_cast<std::size_t>(share * static_cast<double>(inner)));
  std::string out = "[" + std::string(full, '=');
  if (full < inner) out += ">" + std::string(inner - full - 1, ' ');
  return out + "]";
}

// Most important first.
std::vector<std::string> facts(const progress_moment& now) {
  std::vector<std::string> out;
  out.push_back(now.messages_total > 0 ? fmt::format("{}/{} messages", now.messages_done, now.messages_total)
                                       : counted(now.messages_done, "message", "messages"));
  out.push_back(octets_text(now.octets));
  if (now.octets_rate >= 1) out.push_back(octets_text(static_cast<std::uint64_t>(now.octets_rate)) + "/s");
  if (now.messages_rate > 0 && now.messages_total > now.messages_done) {
    const double left = std::ceil(static_cast<double>(now.messages_total - now.messages_done) / now.messages_rate);
    // An estimate has no tenths.
    out.push_back((left < 10 ? fmt::format("{:.0f} s", left) : duration_text(left)) + " left");
  }
  return out;
}

}  // namespace

std::string progress_line(const progress_moment& now, std::size_t width) {
  const bool known = now.messages_total > 0;
  const double share =
      known ? std::min(1.0, static_cast<double>(now.messages_done) / static_cast<double>(now.messages_total)) : 0;
  const std::string percent = known ? fmt::format("{:3.0f}%", std::floor(share * 100)) : std::string();
  std::string right = percent;
  const auto with = [](const std::string& a, const std::string& b) { return a.empty() ? b : a + "  " + b; };
  for (const auto& fact : facts(now)) {
    const auto longer = with(right, fact);
    if (width_of(longer) + least_label + 1 > width && !right.empty()) break;
    right = longer;
  }
  const std::size_t used = width_of(right) + 1;
  if (used >= width) return fitted(right, width);
  const std::size_t room = width - used;
  const std::size_t for_label = std::min({width_of(now.label), label_columns, room});
  const std::string label = fitted(now.label, for_label);
  const std::size_t for_bar =
      known && room > width_of(label) + 1 ? std::min(widest_bar, room - width_of(label) - 1) : 0;
  std::string out = label;
  if (for_bar >= least_bar) out += " " + bar(share, for_bar);
  return out + " " + right;
}

void rate_meter::add(double seconds, double total) {
  if (!begun_) {
    begun_ = true;
    last_seconds_ = seconds;
    last_total_ = total;
    return;
  }
  const double passed = seconds - last_seconds_;
  if (passed <= 0) return;
  const double now = (total - last_total_) / passed;
  const double weight = 1 - std::exp(-passed / memory_seconds);
  rate_ = rate_ == 0 ? now : rate_ + weight * (now - rate_);
  last_seconds_ = seconds;
  last_total_ = total;
}

}  // namespace outmap::cli
