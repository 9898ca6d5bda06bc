#include "sync/seven_bit_message.hpp"

#include <algorithm>
#include <utility>

#include "sync/mime_outline.hpp"
#include "sync/seven_bit_header.hpp"
#include "sync/transfer_encoding.hpp"
#include "wire/grammar.hpp"

namespace outmap::sync {
namespace {

namespace grammar = wire::grammar;

bool is_clean(std::string_view octets) { return is_seven_bit(octets) && octets.find('\0') == std::string_view::npos; }

bool is_text(const mime_part& part) { return part.type.starts_with("text/"); }

class re_encoder {
 public:
  explicit re_encoder(std::string_view message) : message_(message) {}

  result<std::string> emit(const mime_part& part, bool outermost) {
    const auto whole = message_.substr(part.begin, part.end - part.begin);
    const bool binary = part.encoding == "binary" && !part.is_multipart() && part.parts.empty();
    if (is_clean(whole) && !binary && !holds_binary(part)) return with_crlf(whole);
    if (part.type == "multipart/signed")
      return fail(errc::unencodable, "a signed part holds 8-bit octets; to encode it would break its signature");
    if (part.is_multipart()) return emit_multipart(part, outermost);
    if (part.type.starts_with("message/")) return emit_message(part, outermost);
    return emit_leaf(part, outermost);
  }

 private:
  struct changes {
    std::string encoding;      // the new Content-Transfer-Encoding; empty: as it is
    std::string content_type;  // added; empty: as it is
    bool version = false;      // MIME-Version is added if there is none
  };

  static bool holds_binary(const mime_part& part) {
    return std::any_of(part.parts.begin(), part.parts.end(), [](const mime_part& p) {
      return (p.parts.empty() && p.encoding == "binary") || holds_binary(p);
    });
  }

  [[nodiscard]] result<std::string> header(const mime_part& part, const changes& how) const {
    const auto octets = part.header_in(message_);
    if (octets.find('\0') != std::string_view::npos) return fail(errc::unencodable, "a header holds a NUL");
    std::string out;
    bool encoding_written = how.encoding.empty();
    bool version = false;
    const auto fields = fields_of(octets);
    for (const auto& field : fields) {
      if (grammar::is_word(field.name, "MIME-VERSION")) version = true;
      if (!how.encoding.empty() && grammar::is_word(field.name, "CONTENT-TRANSFER-ENCODING")) {
        if (!encoding_written) out += "Content-Transfer-Encoding: " + how.encoding + "\r\n";
        encoding_written = true;
        continue;
      }
      auto written = seven_bit_field(field);
      if (!written) return written;
      out += *written;
      // A header without an empty line may end without a line end, too.
      if (!out.ends_with("\r\n")) out += "\r\n";
    }
    if (how.version && !version) out += "MIME-Version: 1.0\r\n";
    if (!how.content_type.empty()) out += "Content-Type: " + how.content_type + "\r\n";
    if (!encoding_written) out += "Content-Transfer-Encoding: " + how.encoding + "\r\n";
    const bool closed = octets.ends_with("\n\n") || octets.ends_with("\n\r\n") || octets == "\n" || octets == "\r\n";
    if (closed || part.body < part.end) out += "\r\n";
    return out;
  }

  result<std::string> emit_leaf(const mime_part& part, bool outermost) {
    const auto body = part.body_in(message_);
    changes how;
    std::string encoded;
    const bool plain = part.encoding == "7bit" || part.encoding == "8bit" || part.encoding == "binary";
    const bool clean = is_clean(body) && part.encoding != "binary";
    if (clean) {
      encoded = with_crlf(body);
    } else if (part.encoding == "quoted-printable" && body.find('\0') == std::string_view::npos) {
      encoded = escape_stray(with_crlf(body));
    } else if (!plain) {
      return fail(errc::unencodable, "a part in " + printable(part.encoding, 40) + " holds 8-bit octets");
    } else {
      encode_plain(part, body, how, encoded);
      how.version = outermost;
      // Within a multipart the line end belongs to the boundary that follows.
      if (how.encoding == "base64" && outermost) encoded += "\r\n";
    }
    auto head = header(part, how);
    if (!head) return head;
    return *head + encoded;
  }

  static void encode_plain(const mime_part& part, std::string_view body, changes& how, std::string& encoded) {
    const bool as_text = is_text(part) && part.encoding != "binary" && body.find('\0') == std::string_view::npos;
    const auto text = as_text ? with_crlf(body) : std::string();
    how.encoding = "base64";
    if (as_text) {
      encoded = to_quoted_printable(text);
      if (encoded.size() <= text.size() * 2 + 8) how.encoding = "quoted-printable";
    }
    if (how.encoding == "base64") encoded = to_base64_lines(as_text ? text : std::string(body));
    if (!part.typed && is_text(part))
      how.content_type = is_utf8(body) ? "text/plain; charset=utf-8" : "text/plain; charset=unknown-8bit";
  }

  // Only what is no quoted-printable at all is escaped.
  static std::string escape_stray(std::string_view body) {
    std::string out;
    for (const char c : body) {
      if (grammar::is_8bit(c)) {
        const auto escaped = to_quoted_printable({&c, 1});
        out += escaped;
      } else {
        out += c;
      }
    }
    return out;
  }

  result<std::string> emit_message(const mime_part& part, bool outermost) {
    if (part.type != "message/rfc822" || part.parts.empty()) {
      // What stands in it has rules of its own; only its header may be encoded.
      if (!is_clean(part.body_in(message_)))
        return fail(errc::unencodable, "a part of type " + printable(part.type, 40) + " holds 8-bit octets");
      auto head = header(part, {});
      if (!head) return head;
      return *head + with_crlf(part.body_in(message_));
    }
    auto inner = emit(part.parts.front(), true);
    if (!inner) return inner;
    auto head = header(part, {part.encoding == "7bit" ? "" : "7bit", "", outermost && part.encoding != "7bit"});
    if (!head) return head;
    return *head + *inner;
  }

  result<std::string> emit_multipart(const mime_part& part, bool outermost) {
    auto out = header(part, {part.encoding == "7bit" ? "" : "7bit", "", outermost && part.encoding != "7bit"});
    if (!out) return out;
    std::size_t at = part.body;
    for (const auto& one : part.parts) {
      if (auto ok = around(at, one.begin, *out); !ok) return tl::unexpected(ok.error());
      auto inner = emit(one, false);
      if (!inner) return inner;
      *out += *inner;
      at = one.end;
    }
    if (auto ok = around(at, part.end, *out); !ok) return tl::unexpected(ok.error());
    return out;
  }

  // Boundary lines, and what readers do not show.
  result<void> around(std::size_t from, std::size_t to, std::string& out) const {
    const auto octets = message_.substr(from, to - from);
    if (!is_clean(octets))
      return fail(errc::unencodable, "the text around the parts of a multipart holds 8-bit octets");
    out += with_crlf(octets);
    return {};
  }

  std::string_view message_;
};

}  // namespace

result<std::string> to_seven_bit(std::string_view message) {
  auto outline = outline_of(message);
  if (!outline) return tl::unexpected(outline.error());
  auto out = re_encoder(message).emit(*outline, true);
  if (out && !is_clean(*out)) return fail(errc::unencodable, "8-bit octets are left after encoding");
  return out;
}

}  // namespace outmap::sync
