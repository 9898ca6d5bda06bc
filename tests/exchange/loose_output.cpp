#include "loose_output.hpp"

#include <algorithm>
#include <array>

#include "ascii.hpp"

namespace outmap::exchange {

bool loose_output::draw(std::uint32_t in) {
  if (!on_) return false;
  // xorshift32: the same on every platform, and nothing here needs more than that.
  state_ ^= state_ << 13;
  state_ ^= state_ >> 17;
  state_ ^= state_ << 5;
  return state_ % in == 0;
}

bool loose_output::drops_text(std::string_view text) { return !text.starts_with('[') && draw(4); }

std::string loose_output::keyword_case(std::string_view response) {
  std::string out(response);
  if (!draw(4)) return out;
  const std::size_t start = std::min(response.find_first_not_of("0123456789 "), response.size());
  const std::size_t end = std::min(response.find(' ', start), response.size());
  static constexpr std::array<std::string_view, 7> words = {"EXISTS", "RECENT", "EXPUNGE", "LIST",
                                                            "LSUB",   "STATUS", "FLAGS"};
  if (std::ranges::find(words, response.substr(start, end - start)) == words.end()) return out;
  for (std::size_t i = start + 1; i < end; ++i) out[i] = static_cast<char>(out[i] - 'A' + 'a');
  return out;
}

std::string loose_output::delimiter() { return draw(4) ? "/" : "\"/\""; }

std::string loose_output::name(const std::string& on_wire) {
  if (on_wire.empty() || on_wire.front() == '{') return on_wire;
  if (on_wire.front() != '"') return draw(4) ? "\"" + on_wire + "\"" : on_wire;
  const std::string_view inside = std::string_view(on_wire).substr(1, on_wire.size() - 2);
  // A line that ended in '}' could pass for the announcement of a literal.
  const bool clear = !inside.empty() && inside.find_first_of("\"\\{}") == std::string_view::npos &&
                     inside.front() != ' ' && inside.back() != ' ';
  return clear && draw(3) ? std::string(inside) : on_wire;
}

}  // namespace outmap::exchange
