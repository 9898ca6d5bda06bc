#include "sync/transfer_encoding.hpp"

#include <algorithm>
#include <cstddef>

#include "auth/base64.hpp"

namespace outmap::sync {
namespace {

constexpr std::size_t longest_line = 76;
constexpr std::string_view digits = "0123456789ABCDEF";

int value_of(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  return -1;
}

std::string from_quoted_printable(std::string_view body) {
  std::string out;
  for (std::size_t i = 0; i < body.size(); ++i) {
    if (body[i] != '=') {
      out += body[i];
      continue;
    }
    const auto rest = body.substr(i + 1);
    if (rest.starts_with("\r\n")) {
      i += 2;
    } else if (rest.starts_with('\n')) {
      i += 1;
    } else if (rest.size() >= 2 && value_of(rest[0]) >= 0 && value_of(rest[1]) >= 0) {
      out += static_cast<char>(value_of(rest[0]) * 16 + value_of(rest[1]));
      i += 2;
    } else {
      out += '=';
    }
  }
  return out;
}

std::string from_base64(std::string_view body) {
  std::string letters;
  for (const char c : body) {
    const bool letter =
        (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    if (letter) letters += c;
  }
  letters.append((4 - letters.size() % 4) % 4, '=');
  auto octets = auth::decode_base64(letters);
  return octets ? *octets : std::string(body);
}

}  // namespace

std::string with_crlf(std::string_view text) {
  std::string out;
  out.reserve(text.size() + text.size() / 32);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out += "\r\n";
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (text[i] == '\n') {
      out += "\r\n";
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string to_quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto rest = text.substr(i);
    if (rest.starts_with("\r\n")) {
      out += "\r\n";
      column = 0;
      ++i;
      continue;
    }
    const char c = text[i];
    const bool ends_line = rest.size() == 1 || rest.substr(1).starts_with("\r\n");
    const bool blank = c == ' ' || c == '\t';
    const bool plain = blank ? !ends_line : c > ' ' && c < 0x7f && c != '=';
    const std::size_t width = plain ? 1 : 3;
    if (column + width > longest_line - (ends_line ? 0 : 1)) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += c;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += '=';
      out += digits[octet >> 4];
      out += digits[octet & 15];
    }
    column += width;
  }
  return out;
}

std::string to_base64_lines(std::string_view octets) {
  const auto letters = auth::encode_base64(octets);
  std::string out;
  out.reserve(letters.size() + letters.size() / longest_line * 2 + 2);
  for (std::size_t at = 0; at < letters.size(); at += longest_line) {
    if (at != 0) out += "\r\n";
    out.append(letters, at, longest_line);
  }
  return out;
}

std::string decoded_body(std::string_view body, std::string_view encoding) {
  if (encoding == "base64") return from_base64(body);
  if (encoding == "quoted-printable") return from_quoted_printable(body);
  return std::string(body);
}

}  // namespace outmap::sync
