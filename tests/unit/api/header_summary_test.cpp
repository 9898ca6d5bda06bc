#include <doctest/doctest.h>

#include <string>

#include "outmap/store.hpp"

using outmap::summarize;

TEST_CASE("the fields of a message list are found") {
  const auto s = summarize(
      "Received: from x\r\n"
      "FROM: =?utf-8?Q?M=C3=BCller?= <mueller@mail.example>\r\n"
      "To: somebody\r\n"
      "Subject: =?iso-8859-1?Q?Gr=FC=DFe?=\r\n"
      "Date: Tue, 14 Nov 2023 22:13:20 +0100 (CET)\r\n"
      "Message-Id: <1@mail.example>\r\n"
      "\r\n"
      "Subject: not this one\r\n");
  CHECK(s.from == "Müller <mueller@mail.example>");
  CHECK(s.subject == "Grüße");
  CHECK(s.date == "Tue, 14 Nov 2023 22:13:20 +0100 (CET)");
  CHECK(s.message_id == "<1@mail.example>");
}

TEST_CASE("folded fields are one line") {
  const auto s = summarize(
      "Subject: one\r\n two\r\n\tthree\r\n"
      "From:\r\n =?utf-8?Q?a?=\r\n =?utf-8?Q?b?=\r\n <a@b>\r\n"
      "Message-ID:\r\n <1@x>\r\n\r\n");
  CHECK(s.subject == "one two three");
  CHECK(s.from == "ab <a@b>");
  CHECK(s.message_id == "<1@x>");
}

TEST_CASE("odd headers are read as far as they go") {
  CHECK(summarize("").subject.empty());
  CHECK(summarize("\r\nSubject: body\r\n").subject.empty());
  CHECK(summarize("Subject: lf only\nFrom: x\n\n").from == "x");
  CHECK(summarize("Subject: no end").subject == "no end");
  CHECK(summarize("Subject : blank before the colon\r\n").subject == "blank before the colon");
  CHECK(summarize("From mbox Tue Nov 14\r\nFrom: x\r\n").from == "x");
  CHECK(summarize("Subject: first\r\nSubject: second\r\n").subject == "first");
  CHECK(summarize("Subject:\r\nSubject: second\r\n").subject.empty());
  CHECK(summarize(" stray continuation\r\nSubject: x\r\n").subject == "x");
  CHECK(summarize("Subjects: other\r\nX-Subject: other\r\n").subject.empty());
  CHECK(summarize("Subject: a\r\nno colon here\r\n b\r\n").subject == "a");
  CHECK(summarize("Subject: raw \xe4\r\n").subject == "raw \xe4");
  CHECK(summarize("Message-ID: =?utf-8?Q?a?=\r\n").message_id == "=?utf-8?Q?a?=");
  CHECK(summarize(std::string("Subject: a\0b\r\n", 15)).subject == std::string("a\0b", 3));
}

TEST_CASE("a field without end is cut") {
  std::string header = "Subject: " + std::string(1'000'000, 'x') + "\r\n";
  for (int i = 0; i < 100'000; ++i) header += " more\r\n";
  const auto s = summarize(header + "From: x\r\n\r\n");
  CHECK(s.subject.size() == 16384);
  CHECK(s.from == "x");
}
