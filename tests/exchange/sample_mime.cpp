#include "sample_mime.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>

#include "auth/base64.hpp"

namespace outmap::exchange {

namespace {

constexpr std::string_view hex = "0123456789ABCDEF";
// 45 octets are 60 characters of base64: with "=?UTF-8?B?" and "?=" the word stays below the 75 of RFC 2047 section 2.
constexpr std::size_t octets_a_word = 45;

bool is_plain(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c < '\x7f'; });
}

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\n') out += '\r';
    out += c;
  }
  return out;
}

std::string address_of(const sample_person& who) {
  const std::string name = is_plain(who.name) ? "\"" + who.name + "\"" : encoded_header_text(who.name);
  return name + " <" + who.address + ">";
}

std::string html_of(std::string_view text) {
  std::string out = "<html><body>\n<p>";
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '\n': out += i + 1 < text.size() && text[i + 1] == '\n' ? "</p>\n<p>" : "<br>\n"; break;
      default: out += text[i];
    }
  }
  return out + "</p>\n</body></html>\n";
}

std::string text_part(std::string_view subtype, std::string_view text, sample_encoding encoding) {
  std::string part = "Content-Type: text/" + std::string(subtype) + "; charset=";
  switch (encoding) {
    case sample_encoding::seven_bit: return part + "us-ascii\r\nContent-Transfer-Encoding: 7bit\r\n\r\n" + crlf(text);
    case sample_encoding::quoted_printable:
      return part + "utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" + quoted_printable(text);
    case sample_encoding::base64: break;
  }
  return part + "utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64_lines(crlf(text));
}

/// RFC 2231 where the name needs it.
std::string file_name(std::string_view parameter, std::string_view name) {
  if (is_plain(name)) return std::string(parameter) + "=\"" + std::string(name) + "\"";
  std::string out = std::string(parameter) + "*=utf-8''";
  for (const char c : name) {
    const auto octet = static_cast<unsigned char>(c);
    const bool plain =
        (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
    if (plain) {
      out += c;
    } else {
      out += {'%', hex[octet >> 4], hex[octet & 15]};
    }
  }
  return out;
}

std::string attachment_part(const sample_attachment& file) {
  return "Content-Type: " + file.type + ";\r\n " + file_name("name", file.name) +
         "\r\nContent-Transfer-Encoding: base64\r\nContent-Disposition: attachment;\r\n " +
         file_name("filename", file.name) + "\r\n\r\n" + base64_lines(file.octets);
}

std::string multipart(std::string_view subtype, const std::string& boundary, const std::vector<std::string>& parts) {
  std::string out = "Content-Type: multipart/" + std::string(subtype) + ";\r\n boundary=\"" + boundary + "\"\r\n\r\n";
  for (const std::string& part : parts) out += "--" + boundary + "\r\n" + part + "\r\n";
  return out + "--" + boundary + "--\r\n";
}

}  // namespace

std::string encoded_header_text(std::string_view utf8) {
  if (is_plain(utf8)) return std::string(utf8);
  std::string out;
  while (!utf8.empty()) {
    std::size_t take = std::min(octets_a_word, utf8.size());
    // A character is not spread over two words (RFC 2047 section 5).
    while (take < utf8.size() && (static_cast<unsigned char>(utf8[take]) & 0xc0) == 0x80) --take;
    out += (out.empty() ? "=?UTF-8?B?" : "\r\n =?UTF-8?B?") + auth::encode_base64(utf8.substr(0, take)) + "?=";
    utf8.remove_prefix(take);
  }
  return out;
}

std::string quoted_printable(std::string_view text) {
  std::string out;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n') {
      out += "\r\n";
      column = 0;
      continue;
    }
    const bool line_ends = i + 1 == text.size() || text[i + 1] == '\n';
    const bool plain = (c > ' ' && c < '\x7f' && c != '=') || (c == ' ' && !line_ends);
    if (column + (plain ? 1 : 3) > 75) {
      out += "=\r\n";
      column = 0;
    }
    if (plain) {
      out += c;
      column += 1;
    } else {
      const auto octet = static_cast<unsigned char>(c);
      out += {'=', hex[octet >> 4], hex[octet & 15]};
      column += 3;
    }
  }
  return out;
}

std::string base64_lines(std::string_view octets) {
  const std::string all = auth::encode_base64(octets);
  std::string out;
  out.reserve(all.size() + all.size() / 38 + 2);
  for (std::size_t at = 0; at < all.size(); at += 76) out.append(all, at, 76).append("\r\n");
  return out;
}

std::string header_date(internal_date date) {
  constexpr std::array<const char*, 7> days = {"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
  constexpr std::array<const char*, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
  const std::chrono::sys_seconds local{std::chrono::seconds(date.unix_seconds + date.zone_minutes * 60)};
  const auto midnight = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day day(midnight);
  const std::chrono::hh_mm_ss time(local - midnight);
  const int zone = date.zone_minutes < 0 ? -date.zone_minutes : date.zone_minutes;
  std::array<char, 64> text{};
  std::snprintf(text.data(), text.size(), "%s, %u %s %d %02d:%02d:%02d %c%02d%02d",
                days[std::chrono::weekday(midnight).c_encoding()], static_cast<unsigned>(day.day()),
                months[static_cast<unsigned>(day.month()) - 1], static_cast<int>(day.year()),
                static_cast<int>(time.hours().count()), static_cast<int>(time.minutes().count()),
                static_cast<int>(time.seconds().count()), date.zone_minutes < 0 ? '-' : '+', zone / 60, zone % 60);
  return text.data();
}

std::string to_octets(const sample_message& message) {
  std::string out = "Received: from mail.example.org by exchange.example.test; " + header_date(message.date) + "\r\n";
  out += "From: " + address_of(message.from) + "\r\nTo: ";
  for (std::size_t i = 0; i < message.to.size(); ++i) out += (i == 0 ? "" : ",\r\n ") + address_of(message.to[i]);
  out += "\r\nSubject: " + encoded_header_text(message.subject) + "\r\nDate: " + header_date(message.date);
  out += "\r\nMessage-ID: <" + message.id + ">\r\n";
  if (!message.references.empty()) {
    out += "In-Reply-To: <" + message.references.back() + ">\r\nReferences:";
    for (const std::string& id : message.references) out += "\r\n <" + id + ">";
    out += "\r\n";
  }
  out += "MIME-Version: 1.0\r\n";
  std::string body = text_part("plain", message.text, message.text_encoding);
  if (message.html) {
    const auto form =
        message.text_encoding == sample_encoding::seven_bit ? sample_encoding::quoted_printable : message.text_encoding;
    body = multipart("alternative", message.boundary + "_alt", {body, text_part("html", html_of(message.text), form)});
  }
  if (!message.attachments.empty()) {
    std::vector<std::string> parts = {body};
    for (const sample_attachment& file : message.attachments) parts.push_back(attachment_part(file));
    body = multipart("mixed", message.boundary, parts);
  }
  return out + body;
}

}  // namespace outmap::exchange
