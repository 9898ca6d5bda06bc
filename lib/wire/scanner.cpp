#include "wire/scanner.hpp"

namespace outmap::wire {

bool scanner::limit_broken(const char* rule, const char* limit) {
  expected(rule);
  broken_limit_ = limit;
  return false;
}

tl::unexpected<error> scanner::failure() const {
  const auto where = std::string(failed_rule_) + " at octet " + std::to_string(failed_at_);
  auto e = hopeless()
               ? error(errc::limit_exceeded, "the limit " + std::string(broken_limit_) + " was reached in " + where)
               : error(errc::malformed_response, "the grammar wants " + where);
  e.reach = scope::message;
  return tl::unexpected<error>(std::move(e));
}

bool scanner::end(const char* rule) {
  blanks();
  return at_end() || expected(rule);
}

std::optional<std::uint64_t> scanner::quoted_number(std::uint64_t most, const char* rule) {
  ++position_;
  auto value = digits(most, rule);
  if (value && !octet('"', rule)) value.reset();
  return value;
}

std::optional<std::uint32_t> scanner::nz_number(const char* rule) {
  const auto value = number(rule);
  if (!value || *value != 0) return value;
  expected(rule);
  return std::nullopt;
}

bool scanner::quoted(std::string& out, const char* rule) {
  if (!octet('"', rule)) return false;
  out.clear();
  while (!at_end()) {
    char c = text_[position_];
    if (c == '"') {
      ++position_;
      return true;
    }
    if (c == '\\') {
      ++position_;
      c = peek();
      if (c != '"' && c != '\\') return expected(rule);
    } else if (c == '\0' || c == '\r' || c == '\n' || (grammar::is_8bit(c) && !tolerates(quirk::eight_bit))) {
      return expected(rule);
    }
    out += c;
    ++position_;
  }
  return expected(rule);
}

bool scanner::literal(std::optional<std::string_view>& octets, const char* rule) {
  if (!at_literal()) return expected(rule);
  const auto& which = literals_[literal_];
  const auto line_end = text_.find('\n', which.offset);
  if (line_end == std::string_view::npos) return expected(rule);
  position_ = line_end + 1;
  ++literal_;
  octets.reset();
  if (which.streamed) return true;
  if (which.size > text_.size() - position_) return expected(rule);
  octets = text_.substr(position_, static_cast<std::size_t>(which.size));
  position_ += octets->size();
  return true;
}

bool scanner::string(std::string& out, const char* rule) {
  if (!at_literal()) return quoted(out, rule);
  std::optional<std::string_view> octets;
  if (!literal(octets, rule) || !octets) return expected(rule);
  if (octets->find('\0') != std::string_view::npos) return expected(rule);
  out = *octets;
  return true;
}

bool scanner::skip_quoted(const char* rule) {
  const auto close = grammar::closing_quote(text_, position_, tolerates(quirk::unescaped_quote));
  if (close == std::string_view::npos) return expected(rule);
  position_ = close + 1;
  return true;
}

bool scanner::skip_atom(const char* rule) {
  const auto begin = position_;
  while (!at_end()) {
    const char c = text_[position_];
    if (grammar::is_blank(c) || c == '(' || c == ')' || c == '"' || c == '\r' || c == '\n') break;
    ++position_;
  }
  return position_ > begin || expected(rule);
}

bool scanner::skip_value(const char* rule) {
  std::size_t depth = 0;
  std::size_t items = 0;
  do {
    while (depth > 0 && grammar::is_blank(peek())) ++position_;
    if (at_end()) return expected(rule);
    if (++items > bounds_.items) return limit_broken(rule, "items");
    if (peek() == '(') {
      if (++depth > bounds_.depth) return limit_broken(rule, "depth");
      ++position_;
    } else if (peek() == ')') {
      if (depth == 0) return expected(rule);
      --depth;
      ++position_;
    } else if (peek() == '"') {
      if (!skip_quoted(rule)) return false;
    } else if (at_literal()) {
      std::optional<std::string_view> octets;
      if (!literal(octets, rule)) return false;
    } else if (!skip_atom(rule)) {
      return false;
    }
  } while (depth > 0);
  return true;
}

}  // namespace outmap::wire
