#include "profile/audit_scanner.hpp"

#include <algorithm>

#include "wire/grammar.hpp"

namespace outmap::profile {

namespace grammar = wire::grammar;

void audit_scanner::fail(std::string_view expected) {
  if (failed_) return;
  failed_ = true;
  // A line of which only the front is kept cannot be read to its end; its length is the finding.
  if (unit_.cut && at_end()) return;
  to_.add({audit_rule::strict_sender}, "not the grammar of RFC 3501: " + std::string(expected) +
                                           " is missing at octet " + std::to_string(at_ + 1) + " of the line");
}

bool audit_scanner::space() {
  if (failed_) return false;
  const auto begin = at_;
  bool tab = false;
  while (at_ < unit_.text.size() && grammar::is_blank(unit_.text[at_])) tab = unit_.text[at_++] == '\t' || tab;
  if (at_ == begin || at_end()) {
    at_ = begin;
    fail("an argument");
    return false;
  }
  if (tab) {
    to_.add({audit_rule::single_space}, "a TAB where one space belongs");
  } else if (at_ - begin > 1) {
    to_.add({audit_rule::single_space}, "more than one space between two parts of the command");
  }
  return true;
}

std::string_view audit_scanner::word() {
  const auto begin = at_;
  while (at_ < unit_.text.size() && !grammar::is_blank(unit_.text[at_])) ++at_;
  return std::string_view(unit_.text).substr(begin, at_ - begin);
}

std::optional<scanned_string> audit_scanner::quoted() {
  scanned_string out;
  out.form = string_form::quoted;
  for (++at_; at_ < unit_.text.size() && unit_.text[at_] != '"'; ++at_) {
    if (unit_.text[at_] == '\\') {
      ++at_;
      const char next = peek();
      if (next != '"' && next != '\\') {
        fail("\\\" or \\\\ behind the backslash of a quoted string");
        return std::nullopt;
      }
    }
    out.text += unit_.text[at_];
  }
  if (at_end()) {
    fail("the closing quote of a string");
    return std::nullopt;
  }
  ++at_;
  out.size = out.text.size();
  return out;
}

std::optional<scanned_string> audit_scanner::literal() {
  const auto found = std::find_if(unit_.literals.begin(), unit_.literals.end(),
                                  [this](const client_literal& l) { return l.at == at_; });
  if (found == unit_.literals.end()) {
    fail("a string (\"{\" announces no literal here)");
    return std::nullopt;
  }
  at_ += found->length;
  scanned_string out;
  out.form = string_form::literal;
  out.text = found->octets;
  out.literal = &*found;
  out.size = static_cast<std::size_t>(found->size);
  return out;
}

std::optional<scanned_string> audit_scanner::string(bool atoms, bool wildcards) {
  if (failed_) return std::nullopt;
  if (peek() == '"') return quoted();
  if (peek() == '{') return literal();
  const auto bit = wildcards ? grammar::list_bit : grammar::astring_bit;
  const auto begin = at_;
  // 8-bit octets have a finding of their own.
  while (atoms && at_ < unit_.text.size() &&
         (grammar::in_class(unit_.text[at_], bit) || grammar::is_8bit(unit_.text[at_])))
    ++at_;
  if (at_ == begin) {
    fail(atoms ? "a string or an atom" : "a string");
    return std::nullopt;
  }
  scanned_string out;
  out.text = unit_.text.substr(begin, at_ - begin);
  out.size = out.text.size();
  return out;
}

std::optional<std::string_view> audit_scanner::sequence_set() {
  if (failed_) return std::nullopt;
  const auto begin = at_;
  const auto number = [this] {
    if (peek() == '*') return static_cast<void>(++at_), true;
    if (peek() == '0') return false;
    const auto first = at_;
    while (grammar::is_digit(peek()) && at_ - first < 10) ++at_;
    return at_ > first && !grammar::is_digit(peek());
  };
  while (true) {
    if (!number() || (peek() == ':' && (++at_, !number()))) {
      fail("a number of a set of messages");
      return std::nullopt;
    }
    if (peek() != ',') break;
    ++at_;
  }
  return std::string_view(unit_.text).substr(begin, at_ - begin);
}

std::optional<std::string_view> audit_scanner::parenthesised() {
  if (failed_) return std::nullopt;
  const auto close = unit_.text.find(')', at_);
  if (peek() != '(' || close == std::string::npos) {
    fail("a list in parentheses");
    return std::nullopt;
  }
  const auto out = std::string_view(unit_.text).substr(at_, close + 1 - at_);
  at_ = close + 1;
  return out;
}

std::string_view audit_scanner::rest() {
  const auto out = std::string_view(unit_.text).substr(std::min(at_, unit_.text.size()));
  at_ = unit_.text.size();
  return out;
}

bool audit_scanner::blank_to_end() const {
  return at_end() || unit_.text.find_first_not_of(" \t", at_) == std::string::npos;
}

void audit_scanner::end() {
  if (failed_ || at_end()) return;
  if (blank_to_end()) {
    to_.add({audit_rule::single_space}, "white space before the end of the line");
    return;
  }
  fail("the end of the line");
}

}  // namespace outmap::profile
