#include "interop/sample_messages.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdlib>
#include <random>
#include <string_view>

#include "support/base64.hpp"
#include "support/temp_dir.hpp"

namespace outmap::interop {
namespace {

namespace fs = std::filesystem;

// std::mt19937 is the same everywhere; the standard distributions are not, hence pick() and below().
class maker {
 public:
  maker(std::uint32_t seed, std::size_t index)
      : index_(index), random_(seed * 7919U + static_cast<std::uint32_t>(index)) {}

  [[nodiscard]] std::size_t index() const { return index_; }
  std::uint32_t below(std::uint32_t bound) { return static_cast<std::uint32_t>(random_() % bound); }
  template <class T, std::size_t N>
  T pick(const std::array<T, N>& from) {
    return from[below(N)];
  }

  std::string octets(std::size_t count) {
    std::string out(count, '\0');
    for (char& c : out) c = static_cast<char>(random_() & 0xFF);
    return out;
  }

  std::string sentence(std::size_t word_count) {
    static constexpr std::array<std::string_view, 20> vocabulary = {
        "the",   "quarterly", "figures", "were",   "moved",   "to",       "a",     "later", "meeting", "please",
        "check", "invoice",   "before",  "Friday", "because", "delivery", "comes", "with",  "seven",   "boxes"};
    std::string out;
    for (std::size_t i = 0; i < word_count; ++i) out += (i == 0 ? "" : " ") + std::string(pick(vocabulary));
    return out + ".";
  }

  std::string paragraphs(std::size_t line_count) {
    std::string out;
    for (std::size_t i = 0; i < line_count; ++i) out += sentence(4 + below(8)) + (i % 5 == 4 ? "\r\n\r\n" : "\r\n");
    return out;
  }

  // From, To, Subject, Date, Message-ID.
  std::string head(std::string_view subject) {
    static constexpr std::array<std::string_view, 4> people = {
        "Ada Brook <ada@example.com>", "\"Brook, Ben\" <ben@example.org>", "carla@example.net",
        "=?utf-8?q?J=C3=BCrgen_Gr=C3=BCn?= <juergen@example.com>"};
    static constexpr std::array<std::string_view, 12> months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                                "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    std::string out = "From: " + std::string(pick(people)) + "\r\nTo: " + std::string(pick(people)) + "\r\n";
    out += "Subject: " + std::string(subject) + " " + std::to_string(index_) + "\r\n";
    const auto day = 1 + below(28);
    out += "Date: " + std::to_string(day) + " " + std::string(pick(months)) + " " + std::to_string(1996 + below(28)) +
           " " + std::to_string(10 + below(14)) + ":" + std::to_string(10 + below(50)) + ":00 +0" +
           std::to_string(below(10)) + "00\r\n";
    return out + "Message-ID: <" + std::to_string(index_) + "." + std::to_string(random_()) + "@example.com>\r\n";
  }

  std::string boundary() { return "=_part_" + std::to_string(random_()) + "_" + std::to_string(index_); }

 private:
  std::size_t index_;
  std::mt19937 random_;
};

std::string folded_base64(std::string_view octets) {
  const auto flat = test::to_base64(octets);
  std::string out;
  for (std::size_t i = 0; i < flat.size(); i += 76) out += flat.substr(i, 76) + "\r\n";
  return out;
}

std::string quoted_printable(std::string_view text) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  std::size_t column = 0;
  for (const unsigned char c : text) {
    if (column > 70) {
      out += "=\r\n";
      column = 0;
    }
    const bool literal = c >= ' ' && c < 127 && c != '=';
    if (literal) out += static_cast<char>(c);
    if (!literal) out += {'=', digits[c >> 4], digits[c & 15]};
    column += literal ? 1 : 3;
  }
  return out + "\r\n";
}

const std::string mime = "MIME-Version: 1.0\r\n";
const std::string utf8_text =
    "Gr\xC3\xBC\xC3\x9F"
    "e aus K\xC3\xB6ln \xE2\x80\x93 \xE3\x81\x93\xE3\x82\x93\xE3\x81\xAB\xE3\x81\xA1\xE3\x81\xAF \xF0\x9F\x93\xA7 "
    "\xD0\x9F\xD1\x80\xD0\xB8\xD0\xB2\xD0\xB5\xD1\x82";

std::string plain(maker& m) { return m.head("plain") + "\r\n" + m.paragraphs(5 + m.below(40)); }

std::string flowed(maker& m) {
  return m.head("flowed") + mime + "Content-Type: text/plain; charset=us-ascii; format=flowed; delsp=no\r\n\r\n> " +
         m.sentence(8) + " \r\n> " + m.sentence(8) + "\r\n\r\n-- \r\nsent from nowhere\r\n";
}

std::string encoded_text(maker& m) {
  std::string body = utf8_text;
  for (int i = 0; i < 5; ++i) body += " " + m.sentence(9) + utf8_text;
  return m.head("=?utf-8?B?" + test::to_base64(utf8_text.substr(0, 15)) + "?=") + mime +
         "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
         quoted_printable(body);
}

std::string raw_utf8(maker& m) {
  return m.head("8bit") + mime + "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
         utf8_text + "\r\n" + m.paragraphs(10) + utf8_text + "\r\n";
}

std::string raw_latin1(maker& m) {
  return m.head("caf\xE9 \xFC") + "X-Raw: \x80\x9F\xFE\xFF\r\n\r\nno charset: \xE4\xF6\xFC\xDF \xA0\xAD\r\n" +
         m.paragraphs(3);
}

std::string every_octet(maker& m) {
  std::string all;
  for (int c = 1; c < 256; ++c) {
    if (c != '\r' && c != '\n') all += static_cast<char>(c);
  }
  return m.head("octets") + mime + "Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: 8bit\r\n\r\n" +
         all + "\r\n" + all + "\r\n";
}

std::string alternative(maker& m) {
  const auto line = m.boundary();
  return m.head("alternative") + mime + "Content-Type: multipart/alternative;\r\n\tboundary=\"" + line +
         "\"\r\n\r\nThis is a multi-part message.\r\n--" + line + "\r\nContent-Type: text/plain\r\n\r\n" +
         m.paragraphs(6) + "--" + line +
         "\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n" +
         quoted_printable("<html><body><p style=\"color:red\">" + utf8_text + m.sentence(40) + "</p></body></html>") +
         "--" + line + "--\r\n";
}

std::string attachment_of(maker& m, std::size_t size) {
  const auto line = m.boundary();
  return m.head("attachment") + mime + "Content-Type: multipart/mixed; boundary=\"" + line + "\"\r\n\r\n--" + line +
         "\r\nContent-Type: text/plain\r\n\r\nsee attachment\r\n--" + line +
         "\r\nContent-Type: application/pdf; name=\"=?utf-8?q?=C3=84nderung.pdf?=\"\r\nContent-Disposition: "
         "attachment;\r\n"
         " filename*0*=utf-8''%C3%84nderung;\r\n filename*1*=.pdf\r\nContent-Transfer-Encoding: base64\r\n\r\n" +
         folded_base64(m.octets(size)) + "--" + line + "--\r\n\r\nepilogue\r\n";
}

std::string attachment(maker& m) { return attachment_of(m, 2000 + m.below(30'000)); }
std::string large(maker& m) { return attachment_of(m, 220'000); }

std::string nested(maker& m) {
  const auto line = m.boundary();
  return m.head("Fwd:") + mime + "Content-Type: multipart/mixed; boundary=\"" + line + "\"\r\n\r\n--" + line +
         "\r\nContent-Type: message/rfc822\r\nContent-Disposition: inline\r\n\r\n" + alternative(m) + "\r\n--" + line +
         "\r\nContent-Type: message/rfc822\r\n\r\n" + raw_utf8(m) + "--" + line + "--\r\n";
}

std::string deep(maker& m) {
  std::string open = m.head("deep") + mime;
  std::string close;
  for (int level = 0; level < 30; ++level) {
    const auto line = m.boundary();
    open += "Content-Type: multipart/mixed; boundary=\"" + line + "\"\r\n\r\n--" + line + "\r\n";
    close = "\r\n--" + line + "--\r\n" + close;
  }
  return open + "Content-Type: text/plain\r\n\r\nat the bottom\r\n" + close;
}

std::string unclosed(maker& m) {
  return m.head("cut off") + mime + "Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nno end" +
         m.sentence(3);
}

std::string long_line(maker& m) {
  std::string body;
  while (body.size() < 20'000) body += m.sentence(10) + " ";
  return m.head("long line") + "\r\n" + body + "\r\nshort\r\n" + std::string(70'000, '=') + "\r\n";
}

std::string long_header(maker& m) {
  std::string out = m.head("long header") + "References:";
  for (int i = 0; i < 400; ++i) out += "\r\n <" + std::to_string(i) + "." + m.sentence(1) + "@thread.example.com>";
  return out + "\r\nX-One-Line: " + std::string(9000, 'x') + "\r\n\r\nbody\r\n";
}

std::string line_feeds(maker& m) {
  auto text = plain(m);
  text.erase(std::remove(text.begin(), text.end(), '\r'), text.end());
  return text;
}

std::string mixed_line_ends(maker& m) {
  return m.head("line ends") + "\r\nCRLF\r\nLF\nlone CR \r in a line\r\r\nCR CRLF\n\n\r\n\r\nlast" + m.sentence(2) +
         "\n";
}

std::string no_final_line_end(maker& m) { return m.head("no final line end") + "\r\nends here: " + m.sentence(3); }
std::string no_body(maker& m) { return m.head("no body") + "\r\n"; }
std::string header_only(maker& m) { return m.head("no empty line"); }
std::string no_header(maker& m) { return "\r\n" + m.paragraphs(3); }

// The same Message-ID and Date in every message of this kind: only the body tells them apart.
std::string twin(maker& m) {
  return "From: list@example.com\r\nDate: 1 Jan 2020 00:00:00 +0000\r\nMessage-ID: <twin@example.com>\r\nSubject: "
         "twin\r\n\r\n" +
         m.sentence(6) + " copy " + std::to_string(m.index()) + "\r\n";
}

// What mbox files and line readers trip over.
std::string traps(maker& m) {
  return m.head("traps") +
         "\r\nFrom ada@example.com Mon Jan  1 00:00:00 2024\r\n>From quoted\r\n.\r\n..\r\nr1 OK done\r\n"
         "* 1 EXPUNGE\r\n)\r\n{42}\r\n" +
         m.sentence(4) + "\r\n";
}

std::string invitation(maker& m) {
  return m.head("meeting") + mime +
         "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\n"
         "VERSION:2.0\r\nMETHOD:REQUEST\r\nBEGIN:VEVENT\r\nUID:" +
         std::to_string(m.index()) + "@example.com\r\nDTSTART:20240102T100000Z\r\nSUMMARY:" + m.sentence(3) +
         "\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
}

struct kind {
  const char* label;
  std::string (*make)(maker&);
};

constexpr std::array<kind, 23> kinds = {{{"plain", plain},
                                         {"flowed", flowed},
                                         {"encoded_text", encoded_text},
                                         {"raw_utf8", raw_utf8},
                                         {"raw_latin1", raw_latin1},
                                         {"every_octet", every_octet},
                                         {"alternative", alternative},
                                         {"attachment", attachment},
                                         {"large", large},
                                         {"nested", nested},
                                         {"deep", deep},
                                         {"unclosed", unclosed},
                                         {"long_line", long_line},
                                         {"long_header", long_header},
                                         {"line_feeds", line_feeds},
                                         {"mixed_line_ends", mixed_line_ends},
                                         {"no_final_line_end", no_final_line_end},
                                         {"no_body", no_body},
                                         {"header_only", header_only},
                                         {"no_header", no_header},
                                         {"twin", twin},
                                         {"traps", traps},
                                         {"invitation", invitation}}};

}  // namespace

std::vector<sample_message> sample_messages(std::size_t count, std::uint32_t seed) {
  std::vector<sample_message> out;
  out.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    maker m(seed, i);
    const auto& k = kinds[i % kinds.size()];
    out.push_back({k.label + std::string(" ") + std::to_string(i), k.make(m)});
  }
  return out;
}

std::optional<fs::path> corpus_directory() {
  const char* value =
      std::getenv("OUTMAP_CORPUS");  // NOLINT(concurrency-mt-unsafe): tests do not change their environment
  if (value == nullptr || !fs::is_directory(value)) return std::nullopt;
  return fs::path(value);
}

std::vector<sample_message> corpus_messages(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    auto suffix = entry.path().extension().string();
    std::transform(suffix.begin(), suffix.end(), suffix.begin(), [](unsigned char c) { return std::tolower(c); });
    if (entry.is_regular_file() && suffix == ".eml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::vector<sample_message> out;
  for (const auto& file : files) {
    auto octets = test::read_file(file);
    if (octets.empty() || octets.find('\0') != std::string::npos) continue;
    out.push_back({fs::relative(file, folder).string(), std::move(octets)});
  }
  return out;
}

}  // namespace outmap::interop
