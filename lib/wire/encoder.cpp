#include "wire/encoder.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "wire/grammar.hpp"

namespace outmap::wire {
namespace {

using grammar::in_class;

constexpr std::string_view hidden_text = "<secret>";

bool all_in(std::string_view text, grammar::class_bits bit) {
  return std::all_of(text.begin(), text.end(), [bit](char c) { return in_class(c, bit); });
}

// seq-number: nz-number or "*".
bool is_sequence_number(std::string_view text) {
  if (text == "*") return true;
  return !text.empty() && text.size() <= 10 && text.front() != '0' && std::all_of(text.begin(), text.end(), grammar::is_digit);
}

// sequence-set: numbers and ranges with commas between.
bool is_sequence_set(std::string_view text) {
  while (true) {
    const auto comma = text.find(',');
    const auto element = text.substr(0, comma);
    const auto colon = element.find(':');
    if (!is_sequence_number(element.substr(0, colon))) return false;
    if (colon != std::string_view::npos && !is_sequence_number(element.substr(colon + 1))) return false;
    if (comma == std::string_view::npos) return true;
    text.remove_prefix(comma + 1);
  }
}

}  // namespace

encoder::encoder(std::string_view tag) {
  out_.fragments.emplace_back();
  if (tag.empty() || tag.find('+') != std::string_view::npos || !all_in(tag, grammar::atom_bit)) refuse("the tag is no tag");
  put(tag);
}

void encoder::refuse(std::string why) {
  if (!refusal_) refusal_ = error(errc::unencodable, std::move(why));
}

void encoder::put(std::string_view bytes, std::string_view trace) {
  if (refusal_) return;
  line_octets_ += bytes.size();
  if (line_octets_ > longest_command) return refuse("the command is longer than " + std::to_string(longest_command) + " octets (NTLM-PB3)");
  out_.fragments.back().bytes += bytes;
  out_.fragments.back().trace += trace;
}

void encoder::put_literal(std::string_view octets, std::string_view trace) {
  put("{" + std::to_string(octets.size()) + "}\r\n");
  if (refusal_) return;
  out_.fragments.emplace_back(std::string(octets), std::string(trace));
}

// OIMAP-V0013: no octet over 127 goes out; CR, LF and NUL would end the line or the string.
bool encoder::sendable(std::string_view value, const char* what) {
  const auto bad = std::find_if(value.begin(), value.end(), [](char c) { return c == '\0' || c == '\r' || c == '\n' || grammar::is_8bit(c); });
  if (bad == value.end()) return true;
  refuse(std::string(what) + " holds " + (grammar::is_8bit(*bad) ? "an 8-bit octet (OIMAP-V0013)" : "CR, LF or NUL"));
  return false;
}

void encoder::put_quoted(std::string_view value, bool hidden) {
  std::string quoted = "\"";
  // Room for the worst case, so that no copy of a secret is left behind by growing.
  quoted.reserve(value.size() * 2 + 2);
  for (const char c : value) {
    if (c == '"' || c == '\\') quoted += '\\';
    quoted += c;
  }
  quoted += '"';
  if (hidden) {
    auto& bytes = out_.fragments.back().bytes;
    std::string grown;
    grown.reserve(bytes.size() + quoted.size() + 64);
    grown = bytes;
    bytes.swap(grown);
    out_.fragments.back().holds_secret = true;
  }
  put(quoted, hidden ? hidden_text : std::string_view(quoted));
  if (hidden) wipe(quoted);
}

void encoder::put_string(std::string_view value, bool hidden) {
  // CTL characters other than CR, LF and NUL go out as they are, in quotes or not (OIMAP-V0015).
  if (!sendable(value, hidden ? "a secret" : "a string")) return;
  put(" ");
  if (value.size() <= longest_quoted) return put_quoted(value, hidden);
  put_literal(value, hidden ? hidden_text : value);
  if (!refusal_) out_.fragments.back().holds_secret = hidden;
}

encoder& encoder::atom(std::string_view word) {
  if (word.empty() || !all_in(word, grammar::atom_bit)) refuse("'" + std::string(word.substr(0, 64)) + "' is no atom");
  put(" ");
  put(word);
  return *this;
}

encoder& encoder::raw(std::string_view text) {
  put(" ");
  put(text);
  return *this;
}

encoder& encoder::string(std::string_view value) {
  put_string(value, false);
  return *this;
}

encoder& encoder::astring(std::string_view value) {
  // "NIL" as an atom would be read as absence by some servers.
  const bool plain = !value.empty() && value.size() <= longest_quoted && all_in(value, grammar::astring_bit) && !grammar::is_word(value, "NIL");
  return plain ? raw(value) : string(value);
}

encoder& encoder::secret_astring(const secret& value) {
  put_string(value.reveal(), true);
  return *this;
}

encoder& encoder::mailbox(const mailbox_name& name) { return astring(name.wire()); }

encoder& encoder::list_pattern(std::string_view pattern) {
  const bool plain = !pattern.empty() && pattern.size() <= longest_quoted && all_in(pattern, grammar::list_bit);
  return plain ? raw(pattern) : string(pattern);
}

encoder& encoder::set(const uid_set& uids) { return set(uids.to_string()); }

encoder& encoder::set(std::string_view sequence_set) {
  if (!is_sequence_set(sequence_set)) refuse("'" + std::string(sequence_set.substr(0, 64)) + "' is no sequence set");
  return raw(sequence_set);
}

encoder& encoder::flags(const flag_set& flags) {
  if (!flags.keywords().empty()) refuse("keywords are never sent (OIMAP-V0005)");
  return raw("(" + system_flags_text(flags) + ")");
}

encoder& encoder::date_time(internal_date date) {
  using namespace std::chrono;
  static constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const sys_seconds local{seconds(date.unix_seconds) + minutes(date.zone_minutes)};
  const auto day = floor<days>(local);
  const year_month_day ymd(day);
  const hh_mm_ss time(local - day);
  const int year = static_cast<int>(ymd.year());
  const int zone = date.zone_minutes < 0 ? -date.zone_minutes : date.zone_minutes;
  if (year < 0 || year > 9999 || zone > 99 * 60 + 59) {
    refuse("the date has no IMAP form");
    return *this;
  }
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "\"%2u-%s-%04d %02d:%02d:%02d %c%02d%02d\"", static_cast<unsigned>(ymd.day()),
                months[static_cast<unsigned>(ymd.month()) - 1], year, static_cast<int>(time.hours().count()),
                static_cast<int>(time.minutes().count()), static_cast<int>(time.seconds().count()), date.zone_minutes < 0 ? '-' : '+',
                zone / 60, zone % 60);
  return raw(text.data());
}

encoder& encoder::message_literal(std::string_view message) {
  const auto bad = std::find_if(message.begin(), message.end(), [](char c) { return c == '\0' || grammar::is_8bit(c); });
  if (bad != message.end()) {
    refuse("the message holds NUL or 8-bit octets: it must have a 7-bit transfer encoding first (OIMAP-V0013)");
    return *this;
  }
  put(" ");
  put_literal(message, message);
  return *this;
}

result<encoded_command> encoder::finish() {
  put("\r\n");
  if (refusal_) return tl::unexpected(*refusal_);
  return std::move(out_);
}

std::string system_flags_text(const flag_set& flags) { return flag_set(flags.system_bits()).to_string(); }

}  // namespace outmap::wire
