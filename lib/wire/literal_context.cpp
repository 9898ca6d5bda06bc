#include "wire/literal_context.hpp"

#include <initializer_list>

#include "wire/fetch_item.hpp"
#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

std::string_view next_word(std::string_view& rest) {
  while (!rest.empty() && grammar::is_blank(rest.front())) rest.remove_prefix(1);
  std::size_t end = 0;
  while (end < rest.size() && !grammar::is_blank(rest[end])) ++end;
  const auto word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> names) {
  for (const auto name : names) {
    if (grammar::is_word(word, name)) return true;
  }
  return false;
}

}  // namespace

literal_context::kind literal_context::classify(std::string_view text) {
  if (next_word(text) != "*") return kind::without_strings;
  auto word = next_word(text);
  if (!word.empty() && grammar::is_digit(word.front())) {
    word = next_word(text);
    if (is_one_of(word, {"FETCH"})) return kind::fetch;
    return is_one_of(word, {"EXISTS", "RECENT", "EXPUNGE"}) ? kind::without_strings : kind::other;
  }
  if (is_one_of(word, {"OK", "NO", "BAD", "BYE", "PREAUTH", "CAPABILITY", "FLAGS", "SEARCH"}))
    return kind::without_strings;
  if (is_one_of(word, {"LIST", "LSUB", "XLIST"})) return kind::list;
  return is_one_of(word, {"STATUS"}) ? kind::status : kind::other;
}

void literal_context::begin_element() {
  if (depth_ == 0) ++elements_;
}

// Behind an unquoted mailbox name nothing at the top level is a string, whatever such a name holds.
bool literal_context::string_may_stand() const {
  if (depth_ > 0) return true;
  constexpr std::size_t before_list_name = 4;    // * LIST (attributes) delimiter
  constexpr std::size_t before_status_name = 2;  // * STATUS
  if (kind_ == kind::list) return elements_ <= before_list_name;
  if (kind_ == kind::status) return elements_ <= before_status_name;
  return true;
}

// Advances over text[from, brace). False if that ends inside a quoted string.
bool literal_context::scan(std::string_view text, std::size_t from, std::size_t brace) {
  const auto line = text.substr(0, brace);
  for (std::size_t i = from; i < brace; ++i) {
    const char c = line[i];
    if (c == '"' && !in_token_) {
      begin_element();
      i = grammar::closing_quote(line, i, tolerated_.tolerates(quirk::unescaped_quote));
      if (i == std::string_view::npos) return false;
      if (!in_section_) name_ready_ = false;
    } else if (in_section_) {
      in_section_ = c != ']';
      in_token_ = !in_section_ || !(grammar::is_blank(c) || c == '(');
      name_end_ = i + 1;
    } else if (grammar::is_blank(c)) {
      in_token_ = false;
    } else if (c == '(' || c == ')') {
      if (c == '(') begin_element();
      if (c == '(') ++depth_;
      if (c == ')' && depth_ > 0) --depth_;
      in_token_ = name_ready_ = false;
    } else if (c == '~' && !in_token_ && i + 1 == brace) {
      continue;
    } else if (!in_token_) {
      begin_element();
      in_token_ = name_ready_ = true;
      name_begin_ = i;
      name_end_ = i + 1;
    } else {
      in_section_ = c == '[' && kind_ == kind::fetch && depth_ == 1;
      if (in_section_) in_token_ = false;
      name_end_ = i + 1;
    }
  }
  return true;
}

literal_context::use literal_context::use_in_fetch(std::string_view text) const {
  if (depth_ != 1 || in_section_ || !name_ready_) return use::keep;
  const bool literal8 = text.back() == '~';
  switch (classify_fetch_item(text.substr(name_begin_, name_end_ - name_begin_)).item) {
    case fetch_item::body_full:
      return literal8 ? use::discard : use::stream_full;
    case fetch_item::body_header:
      return literal8 ? use::discard : use::stream_header;
    case fetch_item::body_other:
      return use::discard;
    default:
      return use::keep;
  }
}

literal_context::use literal_context::at(std::string_view text, std::size_t line, std::size_t brace) {
  if (kind_ == kind::unknown) kind_ = classify(text.substr(0, brace));
  if (kind_ == kind::without_strings || !scan(text, line, brace)) return use::text;
  if (in_token_ || brace == line || !string_may_stand()) return use::text;
  const auto decided = kind_ == kind::fetch ? use_in_fetch(text.substr(0, brace)) : use::keep;
  begin_element();
  if (!in_section_) name_ready_ = false;
  return decided;
}

}  // namespace outmap::wire
