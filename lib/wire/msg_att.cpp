#include <limits>
#include <utility>

#include "wire/date_time.hpp"
#include "wire/fetch_item.hpp"
#include "wire/rules.hpp"

namespace outmap::wire::rules {
namespace {

using grammar::is_same_word;

constexpr std::size_t longest_date_time = 64;

// The name of a data item; a section may hold spaces, strings and literals between its brackets.
bool item_name(scanner& in, std::string_view& out) {
  const auto begin = in.here();
  while (!in.at_end()) {
    const char c = in.peek();
    if (grammar::is_blank(c) || c == '(' || c == ')') break;
    in.advance(1);
    if (c != '[') continue;
    while (!in.at_end() && in.peek() != ']') {
      const char inner = in.peek();
      const bool value = inner == '"' || in.at_literal();
      if (!value) in.advance(1);
      if (value && !in.skip_value("section")) return false;
    }
    if (!in.octet(']', "section")) return false;
  }
  out = in.since(begin);
  return !out.empty() || in.expected("msg-att-item");
}

std::optional<system_flag> system_flag_named(std::string_view name) {
  const auto is = [name](std::string_view flag) { return is_same_word(name, flag); };
  switch (name.size()) {
    case 5:
      return is("\\Seen") ? std::optional(system_flag::seen) : std::nullopt;
    case 6:
      return is("\\Draft") ? std::optional(system_flag::draft) : std::nullopt;
    case 8:
      if (is("\\Flagged")) return system_flag::flagged;
      return is("\\Deleted") ? std::optional(system_flag::deleted) : std::nullopt;
    case 9:
      return is("\\Answered") ? std::optional(system_flag::answered) : std::nullopt;
    default:
      return std::nullopt;
  }
}

// Takes flags one by one. Keywords are gathered, since the set sorts them anew on every call.
class flag_collector {
 public:
  explicit flag_collector(quirks tolerated) : tolerated_(tolerated) {}

  /// \Recent and every other backslash flag is understood and dropped (OIMAP-V0004, OIMAP-2.1.6).
  bool take(std::string_view flag) {
    if (const auto known = system_flag_named(flag)) {
      flags_.set(*known);
      return true;
    }
    const bool backslash = !flag.empty() && flag.front() == '\\';
    const auto name = backslash ? flag.substr(1) : flag;
    if (name.empty()) return false;
    for (const char c : name) {
      const bool atom =
          grammar::in_class(c, grammar::atom_bit) || (grammar::is_8bit(c) && tolerated_.tolerates(quirk::eight_bit));
      if (!atom && !(backslash && c == '*')) return false;
    }
    if (backslash) return true;
    if (!keywords_.empty()) keywords_ += ' ';
    keywords_ += name;
    return true;
  }

  flag_set finish() {
    if (!keywords_.empty()) flags_.set_keywords(keywords_);
    return std::move(flags_);
  }

 private:
  quirks tolerated_;
  flag_set flags_;
  std::string keywords_;
};

bool flag_element(scanner& in, flag_collector& flags) {
  const auto begin = in.here();
  if (in.peek() != '"' && in.peek() != '(' && !in.at_literal()) {
    const auto word = in.word();
    return flags.take(word) || in.tolerates(quirk::odd_flag) || in.expected("flag");
  }
  if (!in.tolerates(quirk::odd_flag)) return in.expected("flag");
  std::string name;
  if (in.peek() == '"' && in.quoted(name, "flag")) {
    flags.take(name);
    return true;
  }
  in.back_to(begin);
  // In quotes a server may leave the backslash of a system flag unescaped.
  if (!in.skip_value("flag")) return false;
  auto text = in.since(begin);
  if (text.size() > 2 && text.front() == '"') flags.take(text.substr(1, text.size() - 2));
  return true;
}

// "(" [flag-fetch *(SP flag-fetch)] ")"
bool flag_list(scanner& in, std::optional<flag_set>& out) {
  flag_collector flags(in.tolerated());
  if (in.nil_list()) {
    out.emplace();
    return true;
  }
  if (!in.octet('(', "flag-list")) return false;
  in.blanks();
  std::size_t items = 0;
  while (in.peek() != ')') {
    if (++items > in.bounds().items) return in.limit_broken("flag-list", "items");
    if (!flag_element(in, flags)) return false;
    if (in.peek() == ')') break;
    if (!in.sp("flag-list")) return false;
    if (in.peek() == ')' && !in.tolerates(quirk::loose_spacing)) return in.expected("flag");
  }
  in.advance(1);
  out = flags.finish();
  return true;
}

// What may stand behind a value; without it the value was longer than its rule.
bool item_end(const scanner& in) { return in.peek() == ')' || grammar::is_blank(in.peek()); }

// With odd_date: a date-time without quotes, which has two words or three.
std::optional<internal_date> unquoted_date_time(scanner& in) {
  const auto near = in.rest().substr(0, longest_date_time);
  const auto text = near.substr(0, near.find(')'));
  std::optional<internal_date> date;
  std::size_t length = 0;
  for (auto end = text.find(' '); end != std::string_view::npos;) {
    end = text.find(' ', end + 1);
    const auto words = text.substr(0, end);
    if (const auto longer = parse_date_time(words, in.tolerated())) {
      date = longer;
      length = words.size();
    }
  }
  in.advance(length);
  return date;
}

// DQUOTE … DQUOTE; no octet of a date-time needs an escape.
std::optional<internal_date> date_time(scanner& in) {
  if (in.peek() != '"' && in.tolerates(quirk::odd_date)) return unquoted_date_time(in);
  if (!in.octet('"', "date-time")) return std::nullopt;
  const auto near = in.rest().substr(0, longest_date_time);
  const auto close = near.find('"');
  auto date = close == std::string_view::npos ? std::nullopt : parse_date_time(near.substr(0, close), in.tolerated());
  if (date) in.advance(close + 1);
  return date;
}

// nstring
bool body(scanner& in, body_item& out) {
  if (in.at_discarded_literal()) return in.expected("nstring");
  if (in.at_literal()) {
    std::optional<std::string_view> octets;
    if (!in.literal(octets, "nstring")) return false;
    out.streamed = !octets;
    if (octets) out.text.emplace(*octets);
    return true;
  }
  if (in.peek() == '"') {
    if (in.quoted(out.text.emplace(), "nstring")) return true;
    out.text.reset();
    return false;
  }
  return grammar::is_word(in.word(), "NIL") || in.expected("nstring");
}

// Takes over the value of an item that was matched to its end. Of an item that comes twice the first counts.
template <class Value>
bool store(const scanner& in, std::optional<Value>& out, std::optional<Value> value) {
  if (!value || !item_end(in)) return false;
  if (!out) out = std::move(value);
  return true;
}

// The value by the rule of its item. A value that was not matched leaves no trace in `out`.
bool item_value(scanner& in, fetch_item_name name, fetch_data& out) {
  switch (name.item) {
    case fetch_item::uid: {
      const auto number = in.nz_number("uniqueid");
      return store(in, out.uid, number ? std::optional(outmap::uid{*number}) : std::nullopt);
    }
    case fetch_item::flags: {
      std::optional<flag_set> flags;
      return flag_list(in, flags) && store(in, out.flags, std::move(flags));
    }
    case fetch_item::size:
      return store(in, out.size, in.number(std::numeric_limits<std::int64_t>::max(), "number"));
    case fetch_item::internal_date:
      return store(in, out.date, date_time(in));
    case fetch_item::body_full:
    case fetch_item::body_header: {
      body_item item;
      item.section = name.item == fetch_item::body_full ? body_section::full : body_section::header;
      item.partial = name.partial;
      if (!body(in, item) || !item_end(in)) return false;
      out.bodies.push_back(std::move(item));
      return true;
    }
    default:
      return false;
  }
}

// One data item. A value that is not understood is passed over, and so is a name without a value.
bool msg_att_item(scanner& in, fetch_data& out) {
  std::string_view name;
  if (!item_name(in, name)) return false;
  // "FLAGS(\Seen)" is loose spacing too.
  const bool unspaced = in.tolerates(quirk::loose_spacing) && in.peek() == '(';
  if (in.peek() != ')' && !unspaced && !in.sp("msg-att-item")) return false;
  if (in.peek() == ')') return in.tolerates(quirk::empty_list_item) || in.expected("msg-att-item");
  const auto value = in.here();
  if (item_value(in, classify_fetch_item(name), out)) return true;
  in.back_to(value);
  return !in.hopeless() && in.skip_value("msg-att-item");
}

}  // namespace

bool msg_att(scanner& in, fetch_data& out) {
  if (in.nil_list()) return in.end("msg-att");
  if (!in.octet('(', "msg-att")) return false;
  in.blanks();
  if (in.peek() == ')' && !in.tolerates(quirk::empty_list_item)) return in.expected("msg-att-item");
  std::size_t items = 0;
  while (in.peek() != ')') {
    if (++items > in.bounds().items) return in.limit_broken("msg-att", "items");
    if (!msg_att_item(in, out)) return false;
    if (in.peek() == ')') break;
    if (!in.sp("msg-att")) return false;
    if (in.peek() == ')' && !in.tolerates(quirk::loose_spacing)) return in.expected("msg-att-item");
  }
  in.advance(1);
  return in.end("msg-att");
}

}  // namespace outmap::wire::rules
