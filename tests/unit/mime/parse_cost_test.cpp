#include "mime/parse_cost.hpp"

#include <doctest/doctest.h>

#include <string>

using outmap::mime::affordable;

namespace {

std::string repeated(const std::string& text, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += text;
  return out;
}

constexpr std::size_t parts = 100;

void check_cut(const std::string& message, std::size_t most) {
  const auto got = affordable(message, parts);
  CHECK(got < message.size());
  CHECK(got <= most);
  CHECK(got > 0);
}

}  // namespace

TEST_CASE("mail as it is goes through whole, however large") {
  for (const std::string& message :
       {std::string(), std::string("no line end"), "Subject: x\r\n\r\n" + repeated("-- a line\r\n", 100'000),
        "Subject: x\n\n" + repeated("a: b\n", 300'000),
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: a/b\r\n\r\n" +
            repeated(std::string(76, 'A') + "\r\n", 50'000) + "--b--\r\n",
        "Message-ID: <1@mail.example>\r\n\r\n" + std::string(3'000'000, 'x')}) {
    CHECK(affordable(message, parts) == message.size());
  }
}

TEST_CASE("fields, delimiters and octets in fields are bounded, also those of parts and of messages within") {
  check_cut(repeated("a:\n", 100'000), 60'000);
  check_cut("Subject: x\r\n" + repeated(" folded\r\n", 100'000), 200'000);
  check_cut("Subject: x\r\nTo: " + repeated("a@b,", 1'000'000) + "\r\n\r\n", 12);
  check_cut("Subject: x\r\nTo: " + repeated("=?a?q?b", 3000) + "\r\n\r\n", 12);
  check_cut("To: x\r\n" + repeated(" =?utf-8?q?a?= <a@b>,\r\n", 3000) + "\r\n", 50'000);
  const std::string mixed = "CONTENT-TYPE:\r\n Multipart/mixed; boundary=b\r\n\r\n";
  check_cut(mixed + repeated("--b\r\n\r\n", 100'000), mixed.size() + 7 * 10 * parts);
  check_cut(mixed + "--b\r\n" + repeated("a:\n", 100'000), 70'000);
  check_cut("Content-Type: message/rfc822\n\n" + repeated("a:\n", 100'000), 70'000);
  check_cut("content-type: Message/rfc822\n\ncontent-type: message/rfc822\n\n" + repeated("a:\n", 100'000), 70'000);
  check_cut("Content-Type: multipart/digest; boundary=b\n\n--b\n\n" + repeated("a:\n", 100'000), 70'000);
}
