// "Did you mean …?"
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace outmap::cli {

/// The known word with the fewest edits (insert, delete, replace, swap of neighbours; ASCII case does not count) to
/// `word`; empty when none is near enough to be meant: at most one edit for each three characters, at least one. Costs
/// O(a * b) each, so long words are answered with nothing.
std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

/// " (did you mean 'x'?)" or nothing.
std::string did_you_mean(std::string_view word, std::span<const std::string_view> known);

}  // namespace outmap::cli
