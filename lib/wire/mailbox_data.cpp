#include "wire/rules.hpp"

namespace outmap::wire::rules {
namespace {

using grammar::is_same_word;

// The octets up to the end of the frame, or to the space before what must follow the name.
bool unquoted_name(scanner& in, std::string& out, std::size_t octets) {
  auto text = in.rest().substr(0, octets);
  while (!text.empty() && grammar::is_blank(text.back())) text.remove_suffix(1);
  if (text.empty()) return in.expected("mailbox");
  for (const char c : text) {
    if (grammar::is_ctl(c)) return in.expected("mailbox");
  }
  out = text;
  in.advance(octets);
  return true;
}

// A name in quotes that holds quotes of its own: it ends at the last quote before the `octets` are over (XIMAP-V0009).
bool loosely_quoted_name(scanner& in, std::string& out, std::size_t octets) {
  auto text = in.rest().substr(0, octets);
  while (!text.empty() && grammar::is_blank(text.back())) text.remove_suffix(1);
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return in.expected("mailbox");
  text = text.substr(1, text.size() - 2);
  out.clear();
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool escapes = text[i] == '\\' && i + 1 < text.size() && (text[i + 1] == '"' || text[i + 1] == '\\');
    if (escapes) ++i;
    if (grammar::is_ctl(text[i])) return in.expected("mailbox");
    out += text[i];
  }
  in.advance(octets);
  return true;
}

bool astring_name(scanner& in, std::string& out) {
  if (in.peek() == '"' || in.at_literal()) return in.string(out, "mailbox");
  const auto word = in.word();
  for (const char c : word) {
    // A server's name may hold wildcards: list-char is what LIST itself allows.
    const bool allowed = grammar::in_class(c, grammar::list_bit) || (grammar::is_8bit(c) && in.tolerates(quirk::eight_bit));
    if (!allowed) return in.expected("mailbox");
  }
  out = word;
  return !word.empty() || in.expected("mailbox");
}

// mailbox, of which `octets` of the rest are the most it may take; `followed` tells whether the strict reading fits.
template <class Followed>
bool mailbox(scanner& in, mailbox_name& out, std::size_t octets, Followed followed) {
  const auto begin = in.here();
  const bool quoted = in.peek() == '"';
  const bool literal = in.at_literal();
  std::string name;
  if (astring_name(in, name) && followed()) {
    out = mailbox_name(std::move(name));
    return true;
  }
  if (in.hopeless() || literal) return in.expected("mailbox");
  in.back_to(begin);
  const bool found = quoted ? in.tolerates(quirk::unescaped_quote) && loosely_quoted_name(in, name, octets)
                            : in.tolerates(quirk::unquoted_name) && unquoted_name(in, name, octets);
  if (!found) return in.expected("mailbox");
  out = mailbox_name(std::move(name));
  return true;
}

// "(" [mbx-list-flags] ")": \Noselect and \Noinferiors matter (OIMAP-V0066), the rest is kept as it came.
bool mbx_list_flags(scanner& in, list_data& out) {
  if (!in.octet('(', "mbx-list-flags")) return false;
  in.blanks();
  while (in.peek() != ')') {
    if (out.attributes.size() >= in.bounds().items) return in.limit_broken("mbx-list-flags", "items");
    const auto flag = in.word();
    if (flag.empty()) return in.expected("mbx-list-flags");
    out.noselect = out.noselect || is_same_word(flag, "\\Noselect") || is_same_word(flag, "\\NonExistent");
    out.noinferiors = out.noinferiors || is_same_word(flag, "\\Noinferiors");
    out.attributes.emplace_back(flag);
    if (in.peek() == ')') break;
    if (!in.sp("mbx-list-flags")) return false;
    if (in.peek() == ')' && !in.tolerates(quirk::loose_spacing)) return in.expected("mbx-list-flags");
  }
  in.advance(1);
  return true;
}

// DQUOTE QUOTED-CHAR DQUOTE / nil; the empty string in either form counts as NIL (OIMAP-V0012).
bool delimiter(scanner& in, std::optional<char>& out) {
  if (in.peek() != '"' && !in.at_literal()) return is_same_word(in.word(), "NIL") || in.expected("delimiter");
  std::string text;
  if (!in.string(text, "delimiter")) return false;
  if (text.size() > 1 || (!text.empty() && (grammar::is_ctl(text[0]) || grammar::is_8bit(text[0])))) return in.expected("delimiter");
  if (!text.empty()) out = text[0];
  return true;
}

}  // namespace

bool mailbox_list(scanner& in, list_data& out) {
  if (!mbx_list_flags(in, out) || !in.sp("mailbox-list") || !delimiter(in, out.delimiter) || !in.sp("mailbox-list")) return false;
  // What an extension appends in parentheses is not ours to read; it must only not become part of the name.
  const auto followed = [&in] {
    in.blanks();
    if (in.at_end()) return true;
    return in.peek() == '(' && in.skip_value("mbox-list-extended") && in.end("mailbox-list");
  };
  if (!mailbox(in, out.mailbox, in.rest().size(), followed)) return false;
  return in.end("mailbox-list");
}

bool status(scanner& in, status_data& out) {
  const auto list = in.rest().rfind('(');
  if (list == std::string_view::npos) return in.expected("status-att-list");
  const auto followed = [&in] {
    in.blanks();
    return in.peek() == '(';
  };
  if (!mailbox(in, out.mailbox, list, followed)) return false;
  in.blanks();
  if (!in.octet('(', "status-att-list")) return false;
  in.blanks();
  std::size_t items = 0;
  while (in.peek() != ')') {
    if (++items > in.bounds().items) return in.limit_broken("status-att-list", "items");
    const auto name = in.word();
    if (name.empty() || !in.sp("status-att-list")) return in.expected("status-att-list");
    const bool unseen = is_same_word(name, "UNSEEN");
    const auto before = in.here();
    if (const auto value = unseen ? in.number("UNSEEN") : std::nullopt) {
      out.unseen = value;
    } else {
      in.back_to(before);
      if (!in.skip_value("status-att")) return false;
    }
    if (in.peek() == ')') break;
    if (!in.sp("status-att-list")) return false;
    if (in.peek() == ')' && !in.tolerates(quirk::loose_spacing)) return in.expected("status-att");
  }
  in.advance(1);
  return in.end("STATUS");
}

}  // namespace outmap::wire::rules
