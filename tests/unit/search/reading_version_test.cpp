// An index holds what was made of messages when they were read. Whoever changes what comes of them raises
// reading_version, or indexes that are there keep the words of old.
#include <doctest/doctest.h>

#include <array>
#include <string>

#include "cache/digester.hpp"
#include "outmap/readable.hpp"
#include "search/index_file.hpp"
#include "search/match_text.hpp"

using namespace outmap;

namespace {

std::string letter(const std::string& type, const std::string& body) {
  return "From: =?iso-8859-1?Q?Zo=EB?= <zoe@mail.example>\r\nTo: Anna <anna@mail.example>,\r\n Ben <b@mail.example>\r\n"
         "Subject: =?utf-8?B?R3LDvMOfZQ==?= =?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=\r\nMIME-Version: 1.0\r\nContent-Type: " +
         type + "\r\n\r\n" + body;
}

std::string leaf(const std::string& type, const std::string& body) {
  return "--b\r\nContent-Type: " + type + "\r\n\r\n" + body + "\r\n";
}

const std::array<std::string, 6>& messages() {
  static const std::array<std::string, 6> out = {
      letter("text/plain; charset=iso-8859-1", "gr\xfc\xdf Gott, 4711\r\n-- \r\nsignature\r\n"),
      letter("text/plain; format=flowed", "one line \r\nthat flows\r\n> quoted \r\n> too\r\n"),
      letter("text/html; charset=utf-8",
             "<head><title>t</title><style>p{}</style></head><p>shining <b>mor</b>ning<br>a&nbsp;&amp;&euro;"
             "<table><tr><td>left<td>right</table><script>no()</script><a href='http://x.example'>link</a>"),
      letter("multipart/alternative; boundary=b",
             leaf("text/plain", "plain") + leaf("text/html", "<p>rich</p>") + "--b--\r\n"),
      letter("multipart/mixed; boundary=b",
             leaf("text/plain", "beside") + leaf("application/pdf; name=\"plan.pdf\"", "x") +
                 leaf("message/rfc822", "Subject: inner\r\n\r\ninner text") + "--b--\r\n"),
      letter("text/plain; charset=no-such", "caf\xe9 \xe6\x97\xa5\xe6\x9c\xac\xe8\xaa\x9e")};
  return out;
}

std::string words_of(const std::string& message) {
  const auto read = make_readable(message);
  std::string out;
  for (const auto& field : {read.from, read.to, read.cc, read.bcc, read.subject, read.text}) {
    out += search::word_by_word(field) + '\n';
  }
  for (const auto& file : read.attachments) out += search::word_by_word(file.name) + '\n';
  return out;
}

std::string hex(const cache::digest& digest) {
  std::string out;
  for (const auto octet : digest) {
    for (const int nibble : {octet >> 4, octet & 15}) out += "0123456789abcdef"[nibble];
  }
  return out;
}

}  // namespace

TEST_CASE("other words of the same messages ask for another version of reading") {
  std::string all;
  for (const auto& message : messages()) all += words_of(message);
  CAPTURE(all);
  cache::digester sum;
  const auto digest = sum.of(all);
  REQUIRE(digest);
  INFO("raise reading_version in search/index_file.hpp, then note the digest and the version here");
  CHECK(hex(*digest) == "deecd1d69ae40d8fab579c58ae699c8ea2861e512a032391ddeccf4383f44e85");
  CHECK(search::reading_version == 1);
}
