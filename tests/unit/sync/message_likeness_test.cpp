#include "sync/message_likeness.hpp"

#include <doctest/doctest.h>

using namespace outmap;
using sync::likeness;

namespace {

const std::string head =
    "From: a@example.com\r\nTo: b@example.com\r\nDate: Fri, 1 Aug 2025 10:00:00 +0200\r\nSubject: Hello\r\n"
    "Message-ID: <1@example.com>\r\n";

std::string multipart(const std::string& boundary, const std::string& first, const std::string& second) {
  return head + "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n" + first +
         "\r\n--" + boundary + "\r\n" + second + "\r\n--" + boundary + "--\r\n";
}

}  // namespace

TEST_CASE("the key of a copy does not change with folding, order, or boundaries") {
  CHECK(
      sync::copy_key(head + "\r\n") ==
      sync::copy_key("Message-ID:\r\n <1@example.com>\r\nSubject: Hello\r\nFrom: a@example.com\r\nTo: b@example.com\r\n"
                     "Date: Fri, 1 Aug 2025 10:00:00 +0200\r\nContent-Type: multipart/mixed; boundary=x\r\n\r\n"));
  CHECK(sync::copy_key(head + "\r\n") != sync::copy_key("Subject: Hello\r\n\r\n"));
  CHECK(sync::copy_key("X-A: 1\r\n\r\n") != sync::copy_key("X-A: 2\r\n\r\n"));
}

TEST_CASE("what we lack a server may add, what we have it must have") {
  CHECK(sync::may_be_same("Subject: Hello\r\n\r\n", head + "\r\n"));
  CHECK_FALSE(sync::may_be_same(head + "\r\n", "Subject: Hello\r\n\r\n"));
  CHECK(sync::may_be_same("Date: Fri, 1 Aug 2025 08:00:00 GMT\r\n\r\n", head + "\r\n"));
  CHECK_FALSE(sync::may_be_same("Date: Fri, 1 Aug 2025 08:00:01 GMT\r\n\r\n", head + "\r\n"));
  CHECK(sync::may_be_same("Subject: =?utf-8?Q?H=C3=A4?=\r\n\r\n", "Subject: =?utf-8?B?SMOk?=\r\n\r\n"));
  CHECK_FALSE(sync::may_be_same("Subject: Hello\r\n\r\n", "Subject: Hullo\r\n\r\n"));
}

TEST_CASE("NTLM-PB9 a message that the server writes anew is the same, another version of it is not") {
  const std::string text = "Content-Type: text/plain\r\n\r\nhello";
  const std::string file = "Content-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nAAEC";
  const auto ours = multipart("one", text, file);
  CHECK(sync::likeness_of(ours, ours) == likeness::same);
  CHECK(sync::likeness_of(ours, multipart("another", file, text)) == likeness::same);
  CHECK(sync::likeness_of(ours, multipart("one", "Content-Transfer-Encoding: quoted-printable\r\n\r\nh=65llo", file)) ==
        likeness::same);
  CHECK(sync::likeness_of(ours, multipart("one", "Content-Type: text/plain\r\n\r\nhello!", file)) == likeness::unclear);
  // Other recipients, the rest alike.
  auto other = ours;
  other.replace(other.find("b@"), 2, "c@");
  CHECK(sync::likeness_of(ours, other) == likeness::unclear);
  CHECK(sync::likeness_of("Subject: x\r\n\r\none\r\n", "Subject: y\r\n\r\ntwo\r\n") == likeness::other);
  CHECK(sync::likeness_of("\r\none\r\n", "\r\ntwo\r\n") == likeness::other);
  // Somebody may have gone on writing it.
  CHECK(sync::likeness_of("Subject: x\r\n\r\none\r\n", "Subject: x\r\n\r\none\r\nand two\r\n") == likeness::unclear);
  CHECK(sync::likeness_of("Subject: x\r\n\r\none\r\n", "Message-ID: <1@x>\r\nSubject: x\r\n\r\ntwo\r\n") ==
        likeness::unclear);
  // What has a Message-ID is known by it.
  CHECK(sync::likeness_of("Message-ID: <2@x>\r\nSubject: x\r\n\r\none\r\n", "Subject: x\r\n\r\ntwo\r\n") ==
        likeness::other);
  CHECK(sync::likeness_of("Subject: x\r\n\r\none\r\n", "Subject: x\n\none\n") == likeness::same);
}
