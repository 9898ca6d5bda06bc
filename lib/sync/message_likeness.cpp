#include "sync/message_likeness.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include "core/date_field.hpp"
#include "sync/header_fields.hpp"
#include "sync/mime_outline.hpp"
#include "sync/transfer_encoding.hpp"
#include "wire/grammar.hpp"

namespace outmap::sync {
namespace {

constexpr std::array<std::string_view, 7> telling = {"MESSAGE-ID", "DATE",    "FROM",       "TO",
                                                     "CC",         "SUBJECT", "IN-REPLY-TO"};

std::string_view header_part(std::string_view message) {
  for (std::size_t at = 0; at < message.size();) {
    auto end = message.find('\n', at);
    end = end == std::string_view::npos ? message.size() : end + 1;
    const auto line = message.substr(at, end - at);
    if (line == "\n" || line == "\r\n") return message.substr(0, end);
    at = end;
  }
  return message;
}

std::optional<std::int64_t> written_at(const std::vector<header_field>& fields) {
  const auto body = field_body(fields, "DATE");
  if (!body) return std::nullopt;
  const auto date = parse_date_field(*body);
  if (!date) return std::nullopt;
  return date->unix_seconds;
}

// Line ends and blanks before them do not count: transfer encodings cannot all keep them.
std::string normal_text(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\r') continue;
    if (c == '\n') {
      while (!out.empty() && (out.back() == ' ' || out.back() == '\t')) out.pop_back();
    }
    out += c;
  }
  while (!out.empty() && (out.back() == '\n' || out.back() == ' ' || out.back() == '\t')) out.pop_back();
  return out;
}

void gather(std::string_view message, const mime_part& part, std::vector<std::string>& to) {
  if (part.parts.empty())
    to.push_back(part.type + '\n' + normal_text(decoded_body(part.body_in(message), part.encoding)));
  for (const auto& one : part.parts) gather(message, one, to);
}

// Of a message with too many parts: nothing.
std::optional<std::vector<std::string>> contents_of(std::string_view message) {
  const auto outline = outline_of(message);
  if (!outline) return std::nullopt;
  std::vector<std::string> out;
  gather(message, *outline, out);
  std::sort(out.begin(), out.end());
  return out;
}

bool equal_but_for_line_ends(std::string_view a, std::string_view b) { return a == b || with_crlf(a) == with_crlf(b); }

// The addresses in the fields that name recipients, whatever is written around them.
std::vector<std::string> recipients_of(const std::vector<header_field>& fields) {
  std::vector<std::string> out;
  for (const std::string_view name : {"TO", "CC", "BCC"}) {
    const auto body = field_body(fields, name).value_or("");
    for (std::size_t at = 0; at < body.size();) {
      const auto end = std::min(body.find_first_of(" ,;<>()\"", at), body.size());
      const auto word = std::string_view(body).substr(at, end - at);
      if (word.find('@') != std::string_view::npos) out.push_back(wire::grammar::upper_cased(word));
      at = end + 1;
    }
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace

std::string copy_key(std::string_view header) {
  const auto fields = fields_of(header_part(header));
  std::string out;
  bool any = false;
  for (const auto name : telling) {
    const auto body = field_body(fields, name);
    any = any || body;
    out += body.value_or("") + '\n';
  }
  return any ? out : unfolded(header);
}

bool may_be_same(std::string_view ours, std::string_view theirs) {
  const auto mine = fields_of(header_part(ours));
  const auto other = fields_of(header_part(theirs));
  if (const auto id = field_body(mine, "MESSAGE-ID"); id && field_body(other, "MESSAGE-ID") != id) return false;
  if (const auto date = written_at(mine); date && written_at(other) != date) return false;
  const auto subject = field_body(mine, "SUBJECT");
  if (!subject || subject->find("=?") != std::string::npos) return true;
  const auto shown = field_body(other, "SUBJECT").value_or("");
  return shown == *subject || shown.find("=?") != std::string::npos;
}

likeness likeness_of(std::string_view ours, std::string_view theirs) {
  if (equal_but_for_line_ends(ours, theirs)) return likeness::same;
  const auto my_fields = fields_of(header_part(ours));
  const auto other_fields = fields_of(header_part(theirs));
  const auto mine = contents_of(ours);
  if (mine && mine == contents_of(theirs) && recipients_of(my_fields) == recipients_of(other_fields))
    return likeness::same;
  const auto id = field_body(my_fields, "MESSAGE-ID");
  const auto date = written_at(my_fields);
  const auto subject = field_body(my_fields, "SUBJECT").value_or("");
  // A draft has often nothing but its Subject to be known by.
  const bool linked =
      id || date ? (id && field_body(other_fields, "MESSAGE-ID") == id) || (date && written_at(other_fields) == date)
                 : !subject.empty() && field_body(other_fields, "SUBJECT") == subject;
  return linked ? likeness::unclear : likeness::other;
}

}  // namespace outmap::sync
