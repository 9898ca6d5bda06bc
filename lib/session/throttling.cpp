#include "session/throttling.hpp"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <limits>
#include <string>

namespace outmap::session {

std::optional<std::chrono::milliseconds> suggested_back_off(std::string_view server_text) {
  std::string lower(server_text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (lower.find("throttled") == std::string::npos) return std::nullopt;
  constexpr std::string_view label = "backoff time:";
  const auto at = lower.find(label);
  if (at == std::string::npos) return std::chrono::milliseconds(0);
  const auto digit = lower.find_first_not_of(' ', at + label.size());
  if (digit == std::string::npos) return std::chrono::milliseconds(0);
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(lower.data() + digit, lower.data() + lower.size(), count);
  if (problem == std::errc::result_out_of_range)
    return std::chrono::milliseconds(std::numeric_limits<std::int64_t>::max());
  if (problem != std::errc()) count = 0;
  return std::chrono::milliseconds(std::max<std::int64_t>(count, 0));
}

}  // namespace outmap::session
