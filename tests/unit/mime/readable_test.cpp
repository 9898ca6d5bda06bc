#include "outmap/readable.hpp"

#include <doctest/doctest.h>

#include <string>

using outmap::make_readable;
using outmap::readable_limits;

namespace {

const std::string alternatives =
    "From: =?iso-8859-1?Q?Zo=EB?= <zoe@mail.example>\r\nTo: Anna <anna@mail.example>,\r\n Ben <ben@mail.example>\r\n"
    "Cc: c@mail.example\r\nSubject: =?utf-8?B?R3LDvMOfZQ==?=\r\nDate: Fri, 1 Mar 2024 12:30:00 +0100\r\n"
    "Message-ID: <1@mail.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/alternative; boundary=\"b\"\r\n\r\n"
    "preamble\r\n--b\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    "gr=C3=BCn=\r\n und gut\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>HTML</p>\r\n--b--\r\nepilogue\r\n";

std::string part(const std::string& type, const std::string& body, const std::string& more = "") {
  return "MIME-Version: 1.0\r\nContent-Type: " + type + "\r\n" + more + "\r\n" + body;
}

}  // namespace

TEST_CASE("RFC 2045 fields are decoded, and of alternatives the plain one is taken") {
  const auto got = make_readable(alternatives);
  CHECK(got.from == "Zoë <zoe@mail.example>");
  CHECK(got.to == "Anna <anna@mail.example>, Ben <ben@mail.example>");
  CHECK(got.cc == "c@mail.example");
  CHECK(got.subject == "Grüße");
  CHECK(got.date == "Fri, 1 Mar 2024 12:30:00 +0100");
  CHECK(got.message_id == "<1@mail.example>");
  CHECK(got.text == "grün und gut");
  CHECK(got.attachments.empty());
  CHECK(got.whole);
}

TEST_CASE("a plain alternative that says next to nothing gives way to the HTML") {
  const auto got = make_readable(part(
      "multipart/alternative; boundary=b",
      "--b\r\nContent-Type: text/plain\r\n\r\nsee HTML\r\n--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>" +
          std::string(200, 'x') + " gr\xc3\xbc\xc3\x9f</p>\r\n--b--\r\n"));
  CHECK(got.text == std::string(200, 'x') + " grüß\n");
}

TEST_CASE("an invitation is read by its text, and by its calendar when it has none") {
  const std::string calendar = "--b\r\nContent-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n";
  const auto read = [](const std::string& parts) {
    return make_readable(part("multipart/alternative; boundary=b", parts + "--b--\r\n")).text;
  };
  const std::string plain = "--b\r\nContent-Type: text/plain\r\n\r\nLunch?\r\n";
  const std::string html = "--b\r\nContent-Type: text/html\r\n\r\n<p>Lunch!</p>\r\n";
  CHECK(read(plain + calendar) == "Lunch?");
  CHECK(read(calendar + plain) == "Lunch?");
  CHECK(read(plain + html + calendar) == "Lunch?");
  CHECK(read(html + calendar) == "Lunch!\n");
  CHECK(read("--b\r\nContent-Type: text/plain\r\n\r\n\r\n" + calendar) == "BEGIN:VCALENDAR");
}

TEST_CASE("the type of an attachment is UTF-8, whatever octets it was sent in") {
  const auto got = make_readable("Content-Type: app\xf6/\xf6\xbc\xe9X\r\nContent-Disposition: attachment\r\n\r\nx");
  REQUIRE(got.attachments.size() == 1);
  CHECK(got.attachments[0].type == "appö/ö¼éx");
}

TEST_CASE("RFC 3629 3 what is beyond Unicode is no text") {
  const auto read = [](const std::string& text) { return make_readable(part("text/plain; charset=utf-8", text)).text; };
  CHECK(read("a\xf5\xbe\x91\x99z") == "a\xef\xbf\xbdz");
  CHECK(read("a\xf4\x90\x80\x80z") == "a\xef\xbf\xbdz");
  CHECK(read("a\xf4\x8f\xbf\xbfz") == "a\xf4\x8f\xbf\xbfz");
}

TEST_CASE("an encoded line end makes no field of its own") {
  const std::string letter =
      "From: =?utf-8?Q?Ben=0D=0ASubject:_paid?= <ben@mail.example>\r\nSubject: =?utf-8?B?YQpi?=\r\n";
  const auto got = make_readable(letter + "\r\n");
  CHECK(got.from == "Ben  Subject: paid <ben@mail.example>");
  CHECK(got.subject == "a b");
  const auto outer = make_readable("Content-Type: message/rfc822\r\n\r\n" + letter + "\r\ninner\r\n");
  CHECK(outer.text == "---\nFrom: Ben  Subject: paid <ben@mail.example>\nSubject: a b\n\ninner\n");
}

TEST_CASE("lines end with LF, also where nothing is a header") {
  CHECK(make_readable("\xff no header\r\n\r\nline\r\n").text.find('\r') == std::string::npos);
  CHECK(make_readable(" \r\nno header\r\n").text.find('\r') == std::string::npos);
}

TEST_CASE("RFC 2046, 2183, 2231 attachments are named and not taken for text") {
  const auto got = make_readable(
      part("multipart/mixed; boundary=b",
           "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: application/pdf; name=x\r\n"
           "Content-Disposition: attachment; filename*=utf-8''R%C3%A4tsel%20.pdf\r\nContent-Transfer-Encoding: "
           "base64\r\n\r\n"
           "AAAA\r\n--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; "
           "filename=\"=?utf-8?B?w6Q=?=.txt\"\r\n"
           "\r\nsecret words\r\n--b\r\nContent-Type: IMAGE/PNG\r\n\r\n12345\r\n--b--\r\n"));
  CHECK(got.text == "hello");
  REQUIRE(got.attachments.size() == 3);
  CHECK(got.attachments[0].name == "Rätsel .pdf");
  CHECK(got.attachments[0].type == "application/pdf");
  CHECK(got.attachments[0].octets == 3);
  CHECK(got.attachments[1].name == "ä.txt");
  CHECK(got.attachments[2].name.empty());
  CHECK(got.attachments[2].type == "image/png");
}

TEST_CASE("a message within the message is read too") {
  const auto got = make_readable(part("message/rfc822", alternatives));
  CHECK(got.text.find("From: Zoë <zoe@mail.example>\n") != std::string::npos);
  CHECK(got.text.find("grün und gut") != std::string::npos);
}

TEST_CASE("character sets: named, not named, wrong, broken") {
  const auto text = [](const std::string& type, const std::string& body) {
    return make_readable(part(type, body)).text;
  };
  CHECK(text("text/plain; charset=iso-8859-15", "\xa4") == "€");
  CHECK(text("text/plain; charset=koi8-r", "\xf0\xf2") == "ПР");
  CHECK(text("text/plain; charset=iso-2022-jp", "\x1b$BF|K\\8l\x1b(B") == "日本語");
  CHECK(text("text/plain", "gr\xc3\xbcn") == "grün");
  CHECK(text("text/plain", "gr\xfcn") == "grün");
  CHECK(text("text/plain; charset=us-ascii", "\x93x\x94") == "“x”");
  CHECK(text("text/plain; charset=x-nonsense", "gr\xfcn") == "grün");
  CHECK(text("text/plain; charset=utf-8",
             "a\xff"
             "b") ==
        "a\xef\xbf\xbd"
        "b");
  CHECK(text("text/plain; charset=gb2312", "\xd6\xd0\xff\xce\xc4") == "中\xef\xbf\xbd文");
}

TEST_CASE("what is malformed gives what can be made out") {
  CHECK(make_readable("").text.empty());
  CHECK(make_readable("no header at all").text == "no header at all");
  CHECK(make_readable("Subject: x\r\n\r\nbody").text == "body");
  CHECK(make_readable("Subject: x\n\nbody\n").text == "body\n");
  CHECK(make_readable(part("multipart/mixed", "no boundary is named\r\n")).subject.empty());
  CHECK(make_readable(part("multipart/mixed; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\ncut off")).text ==
        "cut off");
  CHECK(make_readable(part("text/plain", "=ZZ=4", "Content-Transfer-Encoding: quoted-printable\r\n")).text.size() >= 3);
  CHECK(make_readable(part("text/plain", "aGVsbG8", "Content-Transfer-Encoding: base64\r\n")).text == "hello");
  CHECK(make_readable(part("text/plain", "x", "Content-Transfer-Encoding: nonsense\r\n")).text == "x");
  CHECK(make_readable("Subject: a\r\nSubject: b\r\n\r\n").subject == "a");
  CHECK(make_readable(std::string("Subject: a\r\n\r\nx\0y", 17)).text == std::string("x\0y", 3));
}

TEST_CASE("depth, parts and length are bounded, and said to be") {
  std::string nested = "text/plain\r\n\r\ndeepest";
  for (int i = 0; i < 3000; ++i) {
    const auto b = "b" + std::to_string(i);
    nested = "multipart/mixed; boundary=" + b + "\r\n\r\n--" + b + "\r\nContent-Type: " + nested;
    if (nested.size() > 300'000) break;
  }
  const auto deep = make_readable("Subject: deep\r\nContent-Type: " + nested);
  CHECK_FALSE(deep.whole);
  CHECK(deep.subject == "deep");

  std::string matryoshka;
  for (int i = 0; i < 20'000; ++i) matryoshka += "Content-Type: message/rfc822\r\n\r\n";
  CHECK_FALSE(make_readable(matryoshka + "Subject: x\r\n\r\nend").whole);

  std::string many;
  for (int i = 0; i < 20'000; ++i) many += "--b\r\n\r\nx\r\n";
  CHECK_FALSE(make_readable(part("multipart/mixed; boundary=b", many)).whole);

  const auto cut = make_readable(part("text/plain", std::string(100'000, 'x')), {1 << 20, 1000, 10, 10});
  CHECK_FALSE(cut.whole);
  CHECK(cut.text.size() == 1000);
  CHECK_FALSE(make_readable(part("text/plain", std::string(100'000, 'x')), {1000, 1 << 20, 10, 10}).whole);
}

TEST_CASE("messages made to be expensive are read in part") {
  const auto repeated = [](const std::string& text, std::size_t octets) {
    std::string out;
    while (out.size() < octets) out += text;
    return out;
  };
  constexpr std::size_t size = 1'500'000;
  const auto fields = make_readable("Subject: x\r\n" + repeated("a:\n", size));
  CHECK_FALSE(fields.whole);
  CHECK(fields.subject == "x");
  CHECK_FALSE(make_readable(part("multipart/mixed; boundary=b", repeated("--b\n\n", size))).whole);
  std::string attributes = "<p>first</p><p ";
  for (int i = 0; attributes.size() < size / 10; ++i) attributes += "a" + std::to_string(i) + " ";
  CHECK(make_readable(part("text/html", attributes + "x>last</p>")).text.starts_with("first"));
  std::string letters;
  while (letters.size() < size)
    letters += "--b\nContent-Type: message/rfc822\n\nSubject: " + repeated("=?x?q?a", 65'000) + "\n\nx\n";
  CHECK_FALSE(make_readable(part("multipart/mixed; boundary=b", letters)).whole);
}
