#include "cli/sync_policy.hpp"

#include <array>
#include <string>

#include "cli/nearest.hpp"
#include "cli/options.hpp"

namespace outmap::cli {

result<deletion_limit> deletion_limit_from(std::string_view text) {
  if (text.ends_with('%')) {
    const auto percent = number_from(text.substr(0, text.size() - 1), 1, 100);
    if (percent) return deletion_limit{deletion_limit().messages, static_cast<unsigned>(*percent)};
  } else if (const auto messages = number_from(text, 0, UINT32_MAX)) {
    return deletion_limit{*messages, 0};
  }
  return fail(errc::invalid_argument, "must be a number of messages, or a share from 1% to 100%");
}

result<std::optional<std::uint32_t>> keep_expunged_from(std::string_view text) {
  if (text == "forever") return std::optional<std::uint32_t>();
  if (text == "none") return std::optional<std::uint32_t>(0);
  constexpr std::uint64_t longest = 36'500;
  const auto days = number_from(text, 1, longest);
  if (!days) return fail(errc::invalid_argument, "must be forever, none, or a number of days up to 36500");
  return std::optional<std::uint32_t>(static_cast<std::uint32_t>(*days));
}

result<body_mode> body_mode_from(std::string_view text) {
  static constexpr std::array<std::string_view, 2> known = {"all", "none"};
  if (text == known[0]) return body_mode::all;
  if (text == known[1]) return body_mode::none;
  return fail(errc::invalid_argument,
              "'" + std::string(text) + "' is neither all nor none" + did_you_mean(std::string(text), known));
}

}  // namespace outmap::cli
