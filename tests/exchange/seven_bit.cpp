#include "seven_bit.hpp"

#include <algorithm>
#include <utility>

#include "ascii.hpp"
#include "auth/base64.hpp"
#include "mime_part.hpp"
#include "sample_mime.hpp"

namespace outmap::exchange {

namespace {

bool is_seven_bit(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 128; });
}

/// Whether the octets are well-formed enough to be called UTF-8: each lead octet has its continuations.
bool looks_like_utf8(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t size = lead < 0x80 ? 1 : lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : lead >= 0xc2 ? 2 : 0;
    if (size == 0 || i + size > text.size()) return false;
    for (std::size_t k = 1; k < size; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xc0) != 0x80) return false;
    }
    i += size;
  }
  return true;
}

/// Each word with 8-bit octets in it becomes one encoded word; the rest of the header stays octet for octet.
std::string seven_bit_header(std::string_view header) {
  std::string out;
  for (std::size_t start = 0; start < header.size();) {
    const std::size_t end = std::min(header.find_first_of(" \t\r\n", start), header.size());
    const std::string_view word = header.substr(start, end - start);
    if (is_seven_bit(word)) {
      out += word;
    } else {
      out += looks_like_utf8(word) ? "=?UTF-8?B?" : "=?ISO-8859-1?B?";
      out += auth::encode_base64(word) + "?=";
    }
    const std::size_t next = std::min(header.find_first_not_of(" \t\r\n", end), header.size());
    out += header.substr(end, next - end);
    start = next;
  }
  return out;
}

/// The header with this Content-Transfer-Encoding instead of its own.
std::string with_encoding(std::string_view header, std::string_view encoding) {
  std::string out;
  const std::string line = "Content-Transfer-Encoding: " + std::string(encoding) + "\r\n";
  bool written = false;
  for (const header_field& field : header_fields(header)) {
    const bool ours = same_word(field.name, "Content-Transfer-Encoding");
    if (!ours) out += field.whole;
    if (ours && !std::exchange(written, true)) out += line;
  }
  if (!written) {
    if (!out.empty() && !out.ends_with('\n')) out += "\r\n";
    out += line;
  }
  return out + "\r\n";
}

std::string without_cr(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c != '\r') out += c;
  }
  return out;
}

class converter {
 public:
  explicit converter(std::string_view octets) : octets_(octets) {}

  std::string part(const mime_part& p) const {
    const std::string_view whole = octets_.substr(p.begin, p.end - p.begin);
    if (is_seven_bit(whole)) return std::string(whole);
    const std::string header = seven_bit_header(p.header_in(octets_));
    const bool label_lies = p.encoding == "8BIT" || p.encoding == "BINARY";
    const std::string plain_header = label_lies ? with_encoding(header, "7bit") : header;
    if (!p.children.empty()) return plain_header + container(p);
    const std::string_view body = p.body_in(octets_);
    if (is_seven_bit(body)) return plain_header + std::string(body);
    // A part that says it is encoded and yet holds such octets is damaged; encoding it again would hide that.
    if (p.encoding == "BASE64" || p.encoding == "QUOTED-PRINTABLE") return header + replaced(body);
    if (p.type == "TEXT") return with_encoding(header, "quoted-printable") + quoted_printable(without_cr(body));
    return with_encoding(header, "base64") + base64_lines(body);
  }

 private:
  /// What lies between the children, delimiter lines above all, keeps its octets.
  [[nodiscard]] std::string container(const mime_part& p) const {
    std::string out;
    std::size_t at = p.body;
    for (const mime_part& child : p.children) {
      out += replaced(octets_.substr(at, child.begin - at)) + part(child);
      at = child.end;
    }
    return out + replaced(octets_.substr(at, p.end - at));
  }

  static std::string replaced(std::string_view text) {
    std::string out(text);
    std::ranges::replace_if(
        out, [](char c) { return static_cast<unsigned char>(c) > 127; }, '?');
    return out;
  }

  std::string_view octets_;
};

}  // namespace

std::string to_seven_bit(std::string_view octets) { return converter(octets).part(parse_mime(octets)); }

}  // namespace outmap::exchange
