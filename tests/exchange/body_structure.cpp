#include "body_structure.hpp"

#include <algorithm>

#include "address_list.hpp"
#include "ascii.hpp"
#include "mime_part.hpp"

namespace outmap::exchange {

namespace {

using field_list = std::vector<header_field>;

struct writer {
  std::string_view octets;
  bool extended;
  bool nil_for_empty;

  [[nodiscard]] std::string envelope(const mime_part& message) const {
    const field_list fields = header_fields(message.header_in(octets));
    const std::string from = addresses(fields, "From");
    const auto or_from = [&](const char* name) {
      const std::string own = addresses(fields, name);
      return own == "NIL" ? from : own;
    };
    return "(" + text(fields, "Date") + " " + text(fields, "Subject") + " " + from + " " + or_from("Sender") + " " +
           or_from("Reply-To") + " " + addresses(fields, "To") + " " + addresses(fields, "Cc") + " " +
           addresses(fields, "Bcc") + " " + text(fields, "In-Reply-To") + " " + text(fields, "Message-ID") + ")";
  }

  [[nodiscard]] std::string structure(const mime_part& part) const {
    const field_list fields = header_fields(part.header_in(octets));
    if (part.is_multipart()) return multipart(part, fields);
    const std::string_view body = part.body_in(octets);
    const std::string lines = std::to_string(std::ranges::count(body, '\n'));
    std::string out = "(" + nstring(part.type, false) + " " + nstring(part.subtype, false) + " " +
                      parameters(part.parameters) + " " + optional(fields, "Content-ID") + " " +
                      optional(fields, "Content-Description") + " " + nstring(part.encoding, false) + " " +
                      std::to_string(body.size());
    if (part.holds_message()) {
      const mime_part& inside = part.children.front();
      out += " " + envelope(inside) + " " + structure(inside) + " " + lines;
    } else if (part.type == "TEXT") {
      out += " " + lines;
    }
    if (extended) out += " " + optional(fields, "Content-MD5") + tail(fields);
    return out + ")";
  }

 private:
  [[nodiscard]] std::string text(const field_list& fields, const char* name) const {
    const auto value = field_value(fields, name);
    return value ? nstring(*value, nil_for_empty) : "NIL";
  }
  [[nodiscard]] static std::string addresses(const field_list& fields, const char* name) {
    return envelope_addresses(field_value(fields, name).value_or(""));
  }
  [[nodiscard]] static std::string optional(const field_list& fields, const char* name) {
    return nstring(field_value(fields, name).value_or(""), true);
  }
  [[nodiscard]] static std::string parameters(const std::vector<std::pair<std::string, std::string>>& all) {
    std::string out;
    for (const auto& [name, value] : all) {
      out += (out.empty() ? "(" : " ") + nstring(upper_cased(name), false) + " " + nstring(value, false);
    }
    return out.empty() ? "NIL" : out + ")";
  }

  [[nodiscard]] std::string multipart(const mime_part& part, const field_list& fields) const {
    std::string out = "(";
    for (const mime_part& child : part.children) out += structure(child);
    out += " " + nstring(part.subtype, false);
    if (extended) out += " " + parameters(part.parameters) + tail(fields);
    return out + ")";
  }

  /// Disposition, language and location.
  [[nodiscard]] static std::string tail(const field_list& fields) {
    std::string out = " NIL";
    if (const auto value = field_value(fields, "Content-Disposition")) {
      const parameter_value parsed = parse_parameters(*value);
      if (!parsed.word.empty()) {
        out = " (" + nstring(upper_cased(parsed.word), false) + " " + parameters(parsed.parameters) + ")";
      }
    }
    return out + " " + optional(fields, "Content-Language") + " " + optional(fields, "Content-Location");
  }
};

}  // namespace

std::string envelope_text(std::string_view octets, bool nil_for_empty) {
  mime_part message;
  message.body = header_size(octets);
  message.end = octets.size();
  return writer{octets, false, nil_for_empty}.envelope(message);
}

std::string body_structure_text(std::string_view octets, bool extended, bool nil_for_empty) {
  return writer{octets, extended, nil_for_empty}.structure(parse_mime(octets));
}

}  // namespace outmap::exchange
