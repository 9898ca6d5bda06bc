// A position in a frame and the terminals of the response grammar.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

#include "outmap/error.hpp"
#include "outmap/limits.hpp"
#include "wire/framer.hpp"
#include "wire/grammar.hpp"
#include "wire/quirks.hpp"

namespace outmap::wire {

/// Every rule returns whether it matched and moves past what it matched. A rule that did not match leaves a note of
/// what was expected where; the position is then anywhere behind the start, so a caller that wants to try another
/// rule goes back to its mark. A broken limit is final. Nothing here allocates but the strings that rules hand out.
class scanner {
 public:
  struct mark {
    std::size_t position;
    std::size_t literal;
  };

  scanner(const frame& input, const limits& bounds, quirks tolerated)
      : text_(input.text), literals_(input.literals), bounds_(bounds), tolerated_(tolerated) {}

  [[nodiscard]] bool tolerates(quirk q) const { return tolerated_.tolerates(q); }
  [[nodiscard]] const limits& bounds() const { return bounds_; }
  [[nodiscard]] quirks tolerated() const { return tolerated_; }

  [[nodiscard]] bool at_end() const { return position_ == text_.size(); }
  /// NUL at the end.
  [[nodiscard]] char peek() const { return at_end() ? '\0' : text_[position_]; }
  [[nodiscard]] std::string_view rest() const { return text_.substr(position_); }
  [[nodiscard]] std::string_view since(mark m) const { return text_.substr(m.position, position_ - m.position); }
  void advance(std::size_t octets) { position_ += octets; }

  [[nodiscard]] mark here() const { return {position_, literal_}; }
  void back_to(mark m) {
    position_ = m.position;
    literal_ = m.literal;
  }

  /// One space; with loose_spacing one or more spaces and tabs.
  bool sp(const char* rule) {
    if (!tolerates(quirk::loose_spacing)) return octet(' ', rule);
    if (!grammar::is_blank(peek())) return expected(rule);
    blanks();
    return true;
  }
  /// With loose_spacing, passes over spaces and tabs.
  void blanks() {
    if (!tolerates(quirk::loose_spacing)) return;
    while (grammar::is_blank(peek())) ++position_;
  }
  bool octet(char c, const char* rule) {
    if (at_end() || text_[position_] != c) return expected(rule);
    ++position_;
    return true;
  }
  /// Blanks where they are tolerated, then the end of the frame.
  bool end(const char* rule);

  /// As far as the next space, tab or parenthesis, any octets; at least one.
  std::string_view word() {
    const auto begin = position_;
    for (; position_ < text_.size(); ++position_) {
      const char c = text_[position_];
      if (grammar::is_blank(c) || c == '(' || c == ')') break;
    }
    return text_.substr(begin, position_ - begin);
  }

  /// number64 where `most` says so: digits that do not exceed it; with quoted_number also in quotes.
  std::optional<std::uint64_t> number(std::uint64_t most, const char* rule) {
    if (peek() == '"' && tolerates(quirk::quoted_number)) return quoted_number(most, rule);
    return digits(most, rule);
  }
  std::optional<std::uint32_t> number(const char* rule) {
    const auto value = number(std::numeric_limits<std::uint32_t>::max(), rule);
    return value ? std::optional(static_cast<std::uint32_t>(*value)) : std::nullopt;
  }
  std::optional<std::uint32_t> nz_number(const char* rule);

  /// With nil_list, passes over a NIL that stands for an empty list.
  bool nil_list() {
    if (grammar::upper(peek()) != 'N' || !tolerates(quirk::nil_list)) return false;
    const auto begin = here();
    if (grammar::is_word(word(), "NIL")) return true;
    back_to(begin);
    return false;
  }

  bool quoted(std::string& out, const char* rule);
  [[nodiscard]] bool at_literal() {
    const auto brace = peek() == '~' ? position_ + 1 : position_;
    while (literal_ < literals_.size() && literals_[literal_].offset < brace) ++literal_;
    return literal_ < literals_.size() && literals_[literal_].offset == brace;
  }
  /// At a literal that went nowhere.
  [[nodiscard]] bool at_discarded_literal() { return at_literal() && literals_[literal_].discarded; }
  /// The octets of a literal that was kept; absent in `octets` if it was streamed.
  bool literal(std::optional<std::string_view>& octets, const char* rule);
  /// quoted or literal, kept in memory.
  bool string(std::string& out, const char* rule);

  /// One value of unknown kind: atom, quoted, literal or a list of such, in step and within limits.depth and
  /// limits.items.
  bool skip_value(const char* rule);

  bool expected(const char* rule) {
    if (hopeless()) return false;
    failed_rule_ = rule;
    failed_at_ = position_;
    return false;
  }
  bool limit_broken(const char* rule, const char* limit);
  [[nodiscard]] bool hopeless() const { return broken_limit_ != nullptr; }
  /// What the last failing rule said, with scope message.
  [[nodiscard]] tl::unexpected<error> failure() const;

 private:
  /// Inline with what calls it, so that the division by a constant is none.
  std::optional<std::uint64_t> digits(std::uint64_t most, const char* rule) {
    const auto begin = position_;
    std::uint64_t value = 0;
    for (; grammar::is_digit(peek()); ++position_) {
      const auto digit = static_cast<std::uint64_t>(text_[position_] - '0');
      if (value > most / 10 || value * 10 > most - digit) {
        expected(rule);
        return std::nullopt;
      }
      value = value * 10 + digit;
    }
    if (position_ > begin) return value;
    expected(rule);
    return std::nullopt;
  }
  std::optional<std::uint64_t> quoted_number(std::uint64_t most, const char* rule);
  bool skip_quoted(const char* rule);
  bool skip_atom(const char* rule);

  std::string_view text_;
  const std::vector<wire::literal>& literals_;
  const limits& bounds_;
  quirks tolerated_;
  std::size_t position_ = 0;
  std::size_t literal_ = 0;       // index of the next one
  const char* failed_rule_ = "response";
  const char* broken_limit_ = nullptr;
  std::size_t failed_at_ = 0;
};

}  // namespace outmap::wire
