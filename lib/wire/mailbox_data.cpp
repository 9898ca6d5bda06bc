#include <utility>

#include "wire/rules.hpp"

namespace outmap::wire::rules {
namespace {

using grammar::is_blank;
using grammar::is_word;

bool astring_char(const scanner& in, char c) {
  return grammar::in_class(c, grammar::astring_bit) || (grammar::is_8bit(c) && in.tolerates(quirk::eight_bit));
}

// mailbox = astring, by the grammar.
bool mailbox(scanner& in, std::string& out) {
  if (in.peek() == '"' || in.at_literal()) return in.string(out, "mailbox");
  const auto text = in.rest();
  std::size_t end = 0;
  while (end < text.size() && astring_char(in, text[end])) ++end;
  if (end == 0) return in.expected("mailbox");
  out = text.substr(0, end);
  in.advance(end);
  return true;
}

std::string without_escapes(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    out += text[escape ? ++i : i];
  }
  return out;
}

// A name that the grammar does not describe. Where it ends was found from what follows it.
bool loose_mailbox(scanner& in, std::string_view text, std::string& out) {
  while (in.tolerates(quirk::loose_spacing) && !text.empty() && is_blank(text.back())) text.remove_suffix(1);
  for (const char c : text) {
    const bool tab = c == '\t' && in.tolerates(quirk::tab_in_name);
    if (grammar::is_ctl(c) && !tab) return in.expected("mailbox");
    if (grammar::is_8bit(c) && !in.tolerates(quirk::eight_bit)) return in.expected("mailbox");
  }
  if (text.empty()) return in.expected("mailbox");
  if (text.front() != '"') {
    if (!in.tolerates(quirk::unquoted_name)) return in.expected("mailbox");
    out = text;
    return true;
  }
  if (text.size() < 2 || text.back() != '"' || !in.tolerates(quirk::unescaped_quote)) return in.expected("mailbox");
  out = without_escapes(text.substr(1, text.size() - 2));
  return true;
}

// One attribute; with odd_flag also in quotes, its backslash escaped or not.
bool attribute(scanner& in, std::string_view& out) {
  out = in.word();
  if (out.empty()) return in.expected("mbx-list-flags");
  if (out.find('"') == std::string_view::npos) return true;
  const bool quoted = out.size() > 2 && out.front() == '"' && out.back() == '"';
  if (!quoted || !in.tolerates(quirk::odd_flag)) return in.expected("mbx-list-flags");
  out = out.substr(1, out.size() - 2);
  if (out.starts_with("\\\\")) out.remove_prefix(1);
  return true;
}

// "(" [mbx-list-flags] ")"
bool mbx_list_flags(scanner& in, list_data& out) {
  if (in.nil_list()) return true;
  if (!in.octet('(', "mbx-list-flags")) return false;
  in.blanks();
  while (in.peek() != ')') {
    if (out.attributes.size() >= in.bounds().items) return in.limit_broken("mbx-list-flags", "items");
    std::string_view name;
    if (!attribute(in, name)) return false;
    out.noselect = out.noselect || is_word(name, "\\NOSELECT") || is_word(name, "\\NONEXISTENT");
    out.noinferiors = out.noinferiors || is_word(name, "\\NOINFERIORS");
    out.attributes.emplace_back(name);
    if (in.peek() == ')') break;
    if (!in.sp("mbx-list-flags")) return false;
    if (in.peek() == ')' && !in.tolerates(quirk::loose_spacing)) return in.expected("mbx-list-flags");
  }
  in.advance(1);
  return true;
}

// DQUOTE QUOTED-CHAR DQUOTE / nil, and the empty string in each of its forms (OIMAP-V0012).
bool delimiter(scanner& in, std::optional<char>& out) {
  constexpr const char* rule = "mailbox-list delimiter";
  constexpr std::string_view lone_backslash = "\"\\\" ";
  std::string text;
  if (in.tolerates(quirk::unescaped_quote) && in.rest().substr(0, lone_backslash.size()) == lone_backslash) {
    out = '\\';
    in.advance(lone_backslash.size() - 1);
    return true;
  }
  if (in.peek() == '"' || in.at_literal()) {
    if (!in.string(text, rule)) return false;
  } else {
    const auto word = in.word();
    if (is_word(word, "NIL")) return true;
    if (word.size() != 1 || !in.tolerates(quirk::unquoted_name)) return in.expected(rule);
    text = word;
  }
  if (text.size() > 1 || (text.size() == 1 && grammar::is_ctl(text[0]))) return in.expected(rule);
  if (text.size() == 1) out = text[0];
  return true;
}

// What may follow the name: nothing, or the extended data of RFC 5258. Behind an unquoted name the latter counts
// only if it begins as servers send it, with a quoted tag, since a name may hold a parenthesis too.
bool list_end(scanner& in, bool unquoted) {
  const auto begin = in.here();
  if (in.end("mailbox-list")) return true;
  in.back_to(begin);
  if (!in.sp("mailbox-list") || in.peek() != '(') return in.expected("mailbox-list");
  if (unquoted && in.rest().substr(0, 2) != "(\"") return in.expected("mailbox-list");
  return in.skip_value("mbox-list-extended") && in.end("mailbox-list");
}

}  // namespace

bool mailbox_list(scanner& in, list_data& out) {
  if (!mbx_list_flags(in, out) || !in.sp("mailbox-list") || !delimiter(in, out.delimiter) || !in.sp("mailbox-list")) {
    return false;
  }
  const auto begin = in.here();
  const bool literal = in.at_literal();
  const bool unquoted = !literal && in.peek() != '"';
  std::string name;
  if (!mailbox(in, name) || !list_end(in, unquoted)) {
    if (literal || in.hopeless()) return false;
    in.back_to(begin);
    const auto text = in.rest();
    if (!loose_mailbox(in, text, name)) return false;
  }
  out.mailbox = mailbox_name(std::move(name));
  return true;
}

namespace {

// status-att-list: pairs of a name and a number. Only UNSEEN is read.
bool status_att_list(scanner& in, status_data& out) {
  if (in.nil_list()) return in.end("status-att-list");
  if (!in.octet('(', "status-att-list")) return false;
  in.blanks();
  std::size_t items = 0;
  while (in.peek() != ')') {
    if (++items > in.bounds().items) return in.limit_broken("status-att-list", "items");
    const auto name = in.word();
    if (!name.empty() && in.peek() == ')' && in.tolerates(quirk::empty_list_item)) break;
    if (name.empty() || !in.sp("status-att-list")) return in.expected("status-att-list");
    const auto begin = in.here();
    const auto number = is_word(name, "UNSEEN") ? in.number("number") : std::nullopt;
    if (number && (in.peek() == ')' || is_blank(in.peek()))) {
      out.unseen = number;
    } else {
      in.back_to(begin);
      if (!in.skip_value("status-att-val")) return false;
    }
    if (in.peek() == ')') break;
    if (!in.sp("status-att-list")) return false;
    if (in.peek() == ')' && !in.tolerates(quirk::loose_spacing)) return in.expected("status-att-list");
  }
  in.advance(1);
  return in.end("status-att-list");
}

}  // namespace

bool status(scanner& in, status_data& out) {
  const auto begin = in.here();
  const bool literal = in.at_literal();
  std::string name;
  if (!mailbox(in, name) || !in.sp("status-att-list") || !status_att_list(in, out)) {
    if (literal || in.hopeless()) return false;
    out.unseen.reset();
    in.back_to(begin);
    // No status-att-list holds a parenthesis, so the last one opens it.
    const auto text = in.rest();
    const auto open = text.rfind('(');
    if (open == std::string_view::npos || open == 0 || !is_blank(text[open - 1])) return in.expected("status-att-list");
    if (!loose_mailbox(in, text.substr(0, open - 1), name)) return false;
    in.advance(open);
    if (!status_att_list(in, out)) return false;
  }
  out.mailbox = mailbox_name(std::move(name));
  return true;
}

}  // namespace outmap::wire::rules
