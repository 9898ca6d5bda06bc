#include "profile/audit_client_reader.hpp"

#include <algorithm>
#include <limits>
#include <utility>

#include "wire/grammar.hpp"

namespace outmap::profile {
namespace {

// "<secret>" and "<300 octets>" stand for a whole literal in outmap's trace.
std::size_t length_of_stand_in(std::string_view text) {
  constexpr std::string_view secret = "<secret>";
  if (text.starts_with(secret)) return secret.size();
  constexpr std::string_view tail = " octets>";
  if (!text.starts_with('<')) return 0;
  std::size_t at = 1;
  while (at < text.size() && wire::grammar::is_digit(text[at])) ++at;
  return at > 1 && text.substr(at).starts_with(tail) ? at + tail.size() : 0;
}

void look_at(client_literal& literal, std::string_view octets) {
  literal.eight_bit = literal.eight_bit || std::any_of(octets.begin(), octets.end(), wire::grammar::is_8bit);
  literal.nul = literal.nul || octets.find('\0') != std::string_view::npos;
  const auto room = client_literal::most_kept - literal.octets.size();
  literal.octets += octets.substr(0, std::min(octets.size(), room));
}

}  // namespace

bool audit_client_reader::awaits_server() const {
  return left_ && untouched_ && !awaited_ && !unit_.literals.back().non_synchronising;
}

void audit_client_reader::append(std::string_view text) {
  const auto room = client_unit::most_kept - std::min(client_unit::most_kept, unit_.text.size());
  if (text.size() > room) unit_.cut = true;
  unit_.text += text.substr(0, room);
  unit_.line_octets += text.size();
}

// "{n}" or "{n+}" at the end of what has come.
bool audit_client_reader::find_literal() {
  const std::string_view text = unit_.text;
  if (!text.ends_with('}') || unit_.cut || unit_.literals.size() >= client_unit::most_literals) return false;
  const auto brace = text.rfind('{');
  const auto behind_last = unit_.literals.empty() ? 0 : unit_.literals.back().at + unit_.literals.back().length;
  if (brace == std::string_view::npos || brace < behind_last) return false;
  auto digits = text.substr(brace + 1, text.size() - brace - 2);
  client_literal out;
  out.non_synchronising = digits.ends_with('+');
  if (out.non_synchronising) digits.remove_suffix(1);
  if (digits.empty() || !std::all_of(digits.begin(), digits.end(), wire::grammar::is_digit)) return false;
  for (const char c : digits) {
    const auto digit = static_cast<std::uint64_t>(c - '0');
    const bool fits = out.size <= (std::numeric_limits<std::uint64_t>::max() - digit) / 10;
    out.size = fits ? out.size * 10 + digit : std::numeric_limits<std::uint64_t>::max();
  }
  out.at = brace;
  out.length = text.size() - brace;
  left_ = out.size;
  untouched_ = true;
  awaited_ = false;
  unit_.literals.push_back(std::move(out));
  return true;
}

// What is left of the line behind the literal.
std::string_view audit_client_reader::take_literal(const audit_line& line, bool order_known) {
  auto& literal = unit_.literals.back();
  auto text = line.text;
  if (untouched_ && order_known && !awaited_ && !literal.non_synchronising) literal.unawaited = true;
  if (const auto stand_in = untouched_ && line.end == line_end::assumed ? length_of_stand_in(text) : 0; stand_in > 0) {
    literal.absent = true;
    left_.reset();
    return text.substr(stand_in);
  }
  untouched_ = false;
  const auto here = static_cast<std::size_t>(std::min<std::uint64_t>(*left_, text.size()));
  look_at(literal, text.substr(0, here));
  *left_ -= here;
  if (here < text.size() || (*left_ == 0 && line.end != line_end::none)) {
    left_.reset();
    return text.substr(here);
  }
  *left_ -= std::min(*left_, octets_of(line.end));
  return {};
}

bool audit_client_reader::add(const audit_line& line, bool order_known) {
  if (!started_) {
    unit_ = {};
    started_ = true;
    unit_.number = line.number;
    unit_.offset = line.offset;
    unit_.time = line.time;
  }
  auto text = line.text;
  if (left_) {
    text = take_literal(line, order_known);
    if (left_) return false;
  }
  append(text);
  if (line.end == line_end::none) return false;
  unit_.line_octets += 2;
  unit_.bare_lf = unit_.bare_lf || line.end == line_end::lf;
  return !find_literal();
}

bool audit_client_reader::abandon_literal() {
  if (!left_) return false;
  unit_.literals.back().absent = true;
  left_.reset();
  return true;
}

client_unit audit_client_reader::take() {
  started_ = false;
  left_.reset();
  return std::exchange(unit_, {});
}

}  // namespace outmap::profile
