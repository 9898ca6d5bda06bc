#include <doctest/doctest.h>

#include <algorithm>
#include <random>

#include "sync/mime_outline.hpp"
#include "sync/seven_bit_header.hpp"
#include "sync/seven_bit_message.hpp"
#include "sync/transfer_encoding.hpp"

using namespace outmap;

namespace {

std::string encoded(std::string_view message) {
  const auto out = sync::to_seven_bit(message);
  REQUIRE_MESSAGE(out, out.error().message());
  CHECK(std::none_of(out->begin(), out->end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == 0; }));
  return *out;
}

std::string refusal(std::string_view message) {
  const auto out = sync::to_seven_bit(message);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::unencodable);
  return out.error().detail;
}

// What the leaves stand for, in their order.
void leaves(std::string_view message, const sync::mime_part& part, std::vector<std::string>& to) {
  if (part.parts.empty()) to.push_back(sync::decoded_body(part.body_in(message), part.encoding));
  for (const auto& one : part.parts) leaves(message, one, to);
}
std::vector<std::string> contents(std::string_view message) {
  const auto outline = sync::outline_of(message);
  REQUIRE(outline);
  std::vector<std::string> out;
  leaves(message, *outline, out);
  return out;
}

}  // namespace

TEST_CASE("OIMAP-V0013 a 7-bit message keeps its octets but for line ends") {
  CHECK(encoded("Subject: x\r\n\r\nhello\r\n") == "Subject: x\r\n\r\nhello\r\n");
  CHECK(encoded("Subject: x\n\nhello\n") == "Subject: x\r\n\r\nhello\r\n");
  CHECK(encoded("").empty());
  CHECK(encoded("\r\nonly text") == "\r\nonly text");
}

TEST_CASE("OIMAP-V0013 OIMAP-V0046 text with umlauts becomes quoted-printable and lacks what it lacked") {
  const auto out = encoded(
      "Subject: Gr\xc3\xbc\xc3\x9f"
      "e aus K\xc3\xb6ln heute\n\nSch\xc3\xb6n = gut \nEnde\n");
  CHECK(out ==
        "Subject: =?utf-8?B?R3LDvMOfZSBhdXMgS8O2bG4=?=\r\n heute\r\nMIME-Version: 1.0\r\n"
        "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
        "Sch=C3=B6n =3D gut=20\r\nEnde\r\n");
  CHECK(out.find("From:") == std::string::npos);
}

TEST_CASE("OIMAP-V0013 a charset that is named stays, and the encoding field is replaced where it stood") {
  const auto out = encoded(
      "MIME-Version: 1.0\r\nContent-Transfer-Encoding: 8bit\r\nContent-Type: text/html; charset=iso-8859-1\r\n\r\n"
      "<p>M\xfcller liest und liest und liest</p>\r\n");
  CHECK(out ==
        "MIME-Version: 1.0\r\nContent-Transfer-Encoding: quoted-printable\r\n"
        "Content-Type: text/html; charset=iso-8859-1\r\n\r\n<p>M=FCller liest und liest und liest</p>\r\n");
}

TEST_CASE("OIMAP-V0014 binary data becomes base64 of exactly its octets") {
  std::string octets;
  for (int i = 0; i < 300; ++i) octets += static_cast<char>(i % 256);
  for (const std::string encoding :
       {"Content-Transfer-Encoding: binary\r\n", "Content-Transfer-Encoding: 8bit\r\n", ""}) {
    CAPTURE(encoding);
    const auto message =
        "Content-Type: multipart/mixed; boundary=\"b b\"\r\n\r\n--b b\r\n\r\nhello\r\n--b b\r\n"
        "Content-Type: application/octet-stream\r\n" +
        encoding + "\r\n" + octets + "\r\n--b b--\r\n";
    const auto out = encoded(message);
    CHECK(out.find("Content-Transfer-Encoding: base64") != std::string::npos);
    CHECK(contents(out) == std::vector<std::string>{"hello", octets});
    // Once is enough.
    CHECK(encoded(out) == out);
  }
}

TEST_CASE("OIMAP-V0013 multiparts and messages within messages keep their structure") {
  const std::string message =
      "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=outer\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
      "preamble\r\n--outer\r\nContent-Type: multipart/alternative; boundary=inner\r\n\r\n--inner\r\n"
      "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nf\xc3\xbcr\r\n--inner\r\n"
      "Content-Type: text/html\r\n\r\n<b>plain</b>\r\n--inner--\r\n--outer\r\nContent-Type: message/rfc822\r\n\r\n"
      "Subject: in\xc3\xbcner\r\n\r\n\xc3\xa4\r\n--outer--\r\nepilogue\r\n";
  const auto out = encoded(message);
  CHECK(contents(out) == contents(message));
  CHECK(out.find("8bit") == std::string::npos);
  CHECK(out.find("<b>plain</b>") != std::string::npos);
  CHECK(out.find("epilogue\r\n") != std::string::npos);
}

TEST_CASE("OIMAP-V0013 names of addresses and of files are encoded, addresses are not touched") {
  const auto out = encoded(
      "From: \"M\xc3\xbcller, Anna\" <anna@example.com>\r\nTo: b@example.com, J\xc3\xb6rg <j@example.com>\r\n"
      "Content-Type: text/plain; name=\"\xc3\xbc.txt\"; charset=us-ascii\r\n\r\nx\r\n");
  CHECK(out ==
        "From: =?utf-8?B?TcO8bGxlciwgQW5uYQ==?=\r\n <anna@example.com>\r\nTo: b@example.com,\r\n "
        "=?utf-8?B?SsO2cmc=?=\r\n <j@example.com>\r\nContent-Type: text/plain;\r\n name*=utf-8''%C3%BC.txt;\r\n "
        "charset=\"us-ascii\"\r\n\r\nx\r\n");
}

TEST_CASE("OIMAP-V0013 what cannot be encoded safely is refused with the reason") {
  CHECK(refusal("To: m\xc3\xbcller@example.com\r\n\r\nx").find("To") != std::string::npos);
  CHECK(refusal("To: <m\xc3\xbcller@example.com>\r\n\r\nx").find("To") != std::string::npos);
  CHECK(refusal("To: a@example.com (\xc3\xbc)\r\n\r\nx").find("To") != std::string::npos);
  CHECK(refusal("Subject: M\xfcller\r\n\r\nx").find("UTF-8") != std::string::npos);
  CHECK(refusal("Subject: =?utf-8?Q?a?= \xc3\xbc =?utf-8?Q?b?= \xc3\xbc\r\n\r\nx").find("Subject") !=
        std::string::npos);
  CHECK(refusal("Message-ID: <\xc3\xbc@x>\r\n\r\nx").find("Message-ID") != std::string::npos);
  CHECK(refusal("Content-Transfer-Encoding: base64\r\n\r\n\xc3\xbc").find("base64") != std::string::npos);
  CHECK(refusal("Content-Type: message/delivery-status\r\n\r\n\xc3\xbc").find("delivery-status") != std::string::npos);
  CHECK(refusal("Content-Type: multipart/mixed; boundary=b\r\n\r\n\xc3\xbc\r\n--b\r\n\r\nx\r\n--b--\r\n")
            .find("around") != std::string::npos);
  CHECK(refusal("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: multipart/signed; boundary=b\r\n"
                "\r\n--b\r\n\r\n\xc3\xbc\r\n--b\r\nContent-Type: application/pgp-signature\r\n\r\nx\r\n--b--\r\n--o--")
            .find("signature") != std::string::npos);
}

TEST_CASE("a signed part in 7 bits goes out as it is, beside parts that are encoded") {
  const std::string part =
      "Content-Type: multipart/signed; boundary=b\r\n\r\n--b\r\n\r\nsigned  \r\n--b\r\n\r\nsig\r\n--b--\r\n";
  const auto out =
      encoded("Content-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\n" + part + "--o\r\n\r\n\xc3\xbc\r\n--o--\r\n");
  CHECK(out.find(part) != std::string::npos);
}

TEST_CASE("quoted-printable lines have at most 76 octets and give back what was encoded") {
  std::mt19937 random(7);
  for (int round = 0; round < 300; ++round) {
    std::string text;
    const auto size = random() % 400;
    for (unsigned i = 0; i < size; ++i) {
      const auto kind = random() % 8;
      if (kind == 0) {
        text += "\r\n";
      } else if (kind == 1) {
        text += " \t= "[random() % 4];
      } else {
        const char c = static_cast<char>(random() % 256);
        text += c == '\r' || c == '\n' ? 'x' : c;
      }
    }
    const auto out = sync::to_quoted_printable(text);
    CHECK(sync::decoded_body(out, "quoted-printable") == text);
    std::size_t column = 0;
    for (std::size_t i = 0; i < out.size(); ++i) {
      if (out[i] == '\n') {
        CHECK(out[i - 1] == '\r');
        CHECK((i < 2 || (out[i - 2] != ' ' && out[i - 2] != '\t')));
        column = 0;
      } else if (out[i] != '\r') {
        ++column;
      }
      CHECK(column <= 76);
    }
    CHECK(sync::decoded_body(sync::to_base64_lines(text), "base64") == text);
  }
}

TEST_CASE("any octets are encoded or refused, and what comes out has the same contents") {
  const std::string pieces[] = {"\r\n",
                                "\n",
                                "\r",
                                "--b",
                                "--b--",
                                "--c",
                                "Content-Type: ",
                                "multipart/mixed; boundary=b",
                                "multipart/alternative; boundary=c",
                                "text/plain",
                                "Content-Transfer-Encoding: ",
                                "binary",
                                "8bit",
                                "base64",
                                "quoted-printable",
                                "message/rfc822",
                                "\xc3\xbc",
                                "\xff",
                                "Subject: ",
                                "a",
                                " ",
                                "\"",
                                "=?",
                                ";",
                                std::string(1, '\0'),
                                "multipart/signed; boundary=c"};
  std::mt19937 random(11);
  unsigned passed = 0;
  for (int round = 0; round < 3000; ++round) {
    std::string message;
    const auto count = random() % 40;
    for (unsigned i = 0; i < count; ++i) {
      message += pieces[random() % std::size(pieces)];
      if (random() % 3 == 0) message += "\r\n";
    }
    const auto out = sync::to_seven_bit(message);
    if (!out) continue;
    ++passed;
    CHECK(
        std::none_of(out->begin(), out->end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80 || c == 0; }));
    CHECK(sync::to_seven_bit(*out).value_or("refused") == *out);
  }
  CHECK(passed > 100);
}
