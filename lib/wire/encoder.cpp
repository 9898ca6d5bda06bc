#include "wire/encoder.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "wire/date_time.hpp"
#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

using grammar::in_class;

constexpr std::string_view hidden_text = "<secret>";

bool all_of_class(std::string_view text, grammar::class_bits bit) {
  return std::all_of(text.begin(), text.end(), [bit](char c) { return in_class(c, bit); });
}

// In eights, since messages are large.
bool is_7bit(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080u;
  std::uint64_t seen = 0;
  while (text.size() >= sizeof seen) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, text.data(), sizeof eight);
    seen |= eight;
    text.remove_prefix(sizeof eight);
  }
  return (seen & high_bits) == 0 && std::none_of(text.begin(), text.end(), grammar::is_8bit);
}

// seq-number: nz-number or "*"
bool take_seq_number(std::string_view& rest) {
  if (!rest.empty() && rest.front() == '*') {
    rest.remove_prefix(1);
    return true;
  }
  std::uint64_t value = 0;
  std::size_t digits = 0;
  while (digits < rest.size() && grammar::is_digit(rest[digits]) && value <= UINT32_MAX) {
    value = value * 10 + static_cast<std::uint64_t>(rest[digits++] - '0');
  }
  const bool good = digits > 0 && rest.front() != '0' && value <= UINT32_MAX;
  rest.remove_prefix(digits);
  return good;
}

bool is_sequence_set(std::string_view rest) {
  while (true) {
    if (!take_seq_number(rest)) return false;
    if (!rest.empty() && rest.front() == ':') {
      rest.remove_prefix(1);
      if (!take_seq_number(rest)) return false;
    }
    if (rest.empty()) return true;
    if (rest.front() != ',') return false;
    rest.remove_prefix(1);
  }
}

bool is_tag(std::string_view tag) {
  return !tag.empty() && tag.find('+') == std::string_view::npos && all_of_class(tag, grammar::astring_bit);
}

}  // namespace

fragment::fragment(std::string octets, std::string shown) : bytes(std::move(octets)), trace(std::move(shown)) {
  wipe(octets);
}

fragment::fragment(fragment&& other) noexcept : bytes(std::move(other.bytes)), trace(std::move(other.trace)) {
  wipe(other.bytes);
}

fragment& fragment::operator=(fragment other) noexcept {
  bytes.swap(other.bytes);
  trace.swap(other.trace);
  return *this;
}

fragment::~fragment() { wipe(bytes); }

encoder::encoder(std::string_view tag) {
  command_.fragments.emplace_back();
  if (!is_tag(tag)) {
    refuse("a tag is not made of tag characters");
    return;
  }
  append(tag, tag);
}

encoder& encoder::refuse(std::string why) {
  if (!refused_) refusal_ = error(errc::unencodable, std::move(why));
  refused_ = true;
  return *this;
}

encoder& encoder::append(std::string_view octets, std::string_view shown) {
  constexpr std::size_t end_of_line = 2;
  if (refused_) return *this;
  if (line_octets_ + octets.size() > longest_command - end_of_line) {
    return refuse("a command line would be longer than " + std::to_string(longest_command) + " octets (NTLM-PB3)");
  }
  line_octets_ += octets.size();
  command_.fragments.back().bytes += octets;
  command_.fragments.back().trace += shown;
  return *this;
}

bool encoder::sendable(std::string_view value) {
  if (refused_) return false;
  if (std::any_of(value.begin(), value.end(), [](char c) { return c == '\r' || c == '\n' || c == '\0'; })) {
    refuse("a value holds CR, LF or NUL");
  } else if (!is_7bit(value)) {
    refuse("a value holds octets over 127 (OIMAP-V0013)");
  }
  return !refused_;
}

encoder& encoder::atom(std::string_view word) {
  if (word.empty() || !all_of_class(word, grammar::atom_bit)) return refuse("an atom is empty or holds atom-specials");
  return append(" ", " ").append(word, word);
}

encoder& encoder::raw(std::string_view text) {
  if (text.empty() || !all_of_class(text, grammar::text_bit))
    return refuse("fixed text is empty or not printable ASCII");
  return append(" ", " ").append(text, text);
}

encoder& encoder::append_literal(std::string_view octets, std::string_view shown) {
  const auto announced = "{" + std::to_string(octets.size()) + "}";
  append(announced, announced);
  if (refused_) return *this;
  auto& last = command_.fragments.back();
  last.bytes += "\r\n";
  last.trace += "\r\n";
  line_octets_ += 2;
  auto& next = command_.fragments.emplace_back();
  // With room for the rest of the line no growth leaves a copy of the octets behind.
  next.bytes.reserve(octets.size() + longest_command);
  next.bytes = octets;
  next.trace = shown;
  return *this;
}

encoder& encoder::append_string(std::string_view value, bool hidden) {
  append(" ", " ");
  if (!sendable(value)) return *this;
  if (value.size() > longest_quoted) return append_literal(value, hidden ? hidden_text : value);
  // As in append_literal: no growth may leave a copy of a secret behind.
  if (hidden) command_.fragments.back().bytes.reserve(longest_command);
  append("\"", "\"");
  for (std::size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '"' || value[i] == '\\') append("\\", hidden ? "" : "\\");
    append(value.substr(i, 1), hidden ? "" : value.substr(i, 1));
  }
  append("", hidden ? hidden_text : "");
  return append("\"", "\"");
}

encoder& encoder::string(std::string_view value) { return append_string(value, false); }

encoder& encoder::astring(std::string_view value) {
  const bool is_atom = !value.empty() && value.size() <= longest_quoted && all_of_class(value, grammar::astring_bit) &&
                       !grammar::is_word(value, "NIL");
  return is_atom ? append(" ", " ").append(value, value) : string(value);
}

encoder& encoder::secret_astring(const secret& value) { return append_string(value.reveal(), true); }

encoder& encoder::mailbox(const mailbox_name& name) { return astring(name.wire()); }

encoder& encoder::list_pattern(std::string_view pattern) {
  const bool is_list = !pattern.empty() && pattern.size() <= longest_quoted && all_of_class(pattern, grammar::list_bit);
  return is_list ? append(" ", " ").append(pattern, pattern) : string(pattern);
}

encoder& encoder::set(const uid_set& uids) {
  if (uids.empty()) return refuse("an empty set names no message");
  return set(uids.to_string());
}

encoder& encoder::set(std::string_view sequence_set) {
  if (!is_sequence_set(sequence_set)) return refuse("a text is no sequence-set");
  return append(" ", " ").append(sequence_set, sequence_set);
}

encoder& encoder::flags(const flag_set& flags) {
  if (!flags.keywords().empty()) return refuse("keywords are never sent (OIMAP-V0005)");
  const auto text = "(" + system_flags_text(flags) + ")";
  return append(" ", " ").append(text, text);
}

encoder& encoder::date_time(internal_date date) {
  const auto text = format_date_time(date);
  if (!text) return refuse("a date is outside the years 0 to 9999 or its zone outside 24 hours");
  const auto in_quotes = '"' + *text + '"';
  return append(" ", " ").append(in_quotes, in_quotes);
}

encoder& encoder::message_literal(std::string_view message) {
  if (message.find('\0') != std::string_view::npos) return refuse("a message holds NUL");
  if (!is_7bit(message)) return refuse("a message holds octets over 127; it must be 7-bit encoded first (OIMAP-V0013)");
  return append(" ", " ").append_literal(message, "<" + std::to_string(message.size()) + " octets>");
}

result<encoded_command> encoder::finish() {
  if (refused_) return tl::unexpected(refusal_);
  auto& last = command_.fragments.back();
  last.bytes += "\r\n";
  last.trace += "\r\n";
  auto out = std::move(command_);
  command_.fragments.clear();
  refuse("this command was finished before");
  return out;
}

std::string system_flags_text(const flag_set& flags) { return flag_set(flags.system_bits()).to_string(); }

}  // namespace outmap::wire
