#include <doctest/doctest.h>

#include <algorithm>

#include "../address_list.hpp"
#include "../body_structure.hpp"
#include "../mime_part.hpp"
#include "../regenerated_mime.hpp"
#include "../seven_bit.hpp"
#include "client.hpp"

namespace outmap::exchange::test {

namespace {

using list = std::vector<std::string>;

const std::string inner = "From: x@example.org\r\nSubject: inner\r\n\r\nInner text.\r\nTwo lines.\r\n";

const std::string nested =
    "From: \"Anna \\\"A\\\" Muster\" <anna@example.org>\r\n"
    "To: bob@example.org, Team: carl@example.org, <dora@example.org>;, (comment) eve@example.org (Eve)\r\n"
    "Subject: two\r\n parts\r\nMessage-ID: <1@example.org>\r\nDate: Wed, 17 Jul 1996 02:44:25 -0700\r\n"
    "MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=\"outer boundary\"\r\nContent-Language: de\r\n\r\n"
    "preamble\r\n"
    "--outer boundary\r\nContent-Type: multipart/alternative; boundary=inner_boundary_1\r\n\r\n"
    "--inner_boundary_1\r\n\r\nPlain.\r\n"
    "--inner_boundary_1\r\nContent-Type: text/html; charset=us-ascii\r\nContent-ID: <h@x>\r\n\r\n<p>Rich.</p>\r\n"
    "--inner_boundary_1--\r\n\r\n"
    "--outer boundary\r\nContent-Type: message/rfc822\r\nContent-Description: forwarded\r\n\r\n" +
    inner +
    "\r\n--outer boundary\r\nContent-Type: image/png; name=\"a.png\"\r\nContent-Transfer-Encoding: base64\r\n"
    "Content-Disposition: attachment; filename=\"a.png\"\r\nContent-MD5: abc\r\nContent-Location: "
    "here\r\n\r\niVBORw==\r\n"
    "--outer boundary--\r\nepilogue\r\n";

const std::string plain_body = R"(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 6 0)";

std::string fetched(client& c, const std::string& item) {
  const std::string line = c.command("FETCH 1 " + item).untagged.at(0);
  return line.substr(9, line.size() - 10);
}

}  // namespace

TEST_CASE("XIMAP-1.4 BODYSTRUCTURE, BODY and ENVELOPE of nested parts (RFC 3501 7.4.2)") {
  running_server server(personality::exchange_2019());
  server.store().add("INBOX", nested);
  client c = server.login();
  c.command("SELECT INBOX");
  const std::string from = R"((("Anna \"A\" Muster" NIL "anna" "example.org")))";
  CHECK(
      fetched(c, "ENVELOPE") ==
      R"(ENVELOPE ("Wed, 17 Jul 1996 02:44:25 -0700" "two parts" )" + from + " " + from + " " + from +
          R"( ((NIL NIL "bob" "example.org")(NIL NIL "Team" NIL)(NIL NIL "carl" "example.org"))" +
          R"((NIL NIL "dora" "example.org")(NIL NIL NIL NIL)("Eve" NIL "eve" "example.org")) NIL NIL NIL "<1@example.org>"))");
  const std::string inner_size = std::to_string(inner.size());
  const std::string forwarded =
      R"(("MESSAGE" "RFC822" NIL NIL "forwarded" "7BIT" )" + inner_size +
      R"( (NIL "inner" ((NIL NIL "x" "example.org")) ((NIL NIL "x" "example.org")) ((NIL NIL "x" "example.org")) NIL NIL NIL NIL NIL) )" +
      R"(("TEXT" "PLAIN" ("CHARSET" "US-ASCII") NIL NIL "7BIT" 25 2) 5))";
  CHECK(fetched(c, "BODY") == "BODY ((" + plain_body +
                                  R"()("TEXT" "HTML" ("CHARSET" "us-ascii") "<h@x>" NIL "7BIT" 12 0) "ALTERNATIVE"))" +
                                  forwarded + R"(("IMAGE" "PNG" ("NAME" "a.png") NIL NIL "BASE64" 8) "MIXED"))");
}

TEST_CASE("XIMAP-V0056 BODYSTRUCTURE carries extension data, BODY does not") {
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    server.store().add("INBOX", nested);
    client c = server.login();
    c.command("SELECT INBOX");
    const std::string whole = fetched(c, "BODYSTRUCTURE");
    const auto holds = [&](const std::string& part) { return whole.find(part) != std::string::npos; };
    CHECK(holds(R"("BASE64" 8 "abc" ("ATTACHMENT" ("FILENAME" "a.png")) NIL "here"))"));
    CHECK(holds(R"("MIXED" ("BOUNDARY" "outer boundary") NIL "de" NIL))"));
    CHECK(holds(R"("ALTERNATIVE" ("BOUNDARY" "inner_boundary_1") NIL NIL NIL))"));
    CHECK(holds(plain_body + " NIL NIL NIL NIL)"));
    CHECK(fetched(c, "BODY").find("ATTACHMENT") == std::string::npos);
  }
}

TEST_CASE("XIMAP-V0057 empty Date, Subject, In-Reply-To and Message-ID are NIL in ENVELOPE") {
  const std::string empty = "Date:\r\nSubject: \r\nIn-Reply-To:\r\nMessage-ID: \r\nFrom:\r\n\r\n";
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    server.store().add("INBOX", empty);
    client c = server.login();
    c.command("SELECT INBOX");
    CHECK(fetched(c, "ENVELOPE") == "ENVELOPE (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
  }
  // RFC 3501 7.4.2 itself: present but empty is the empty string; absent is NIL.
  CHECK(envelope_text(empty, false) == R"(("" "" NIL NIL NIL NIL NIL NIL "" ""))");
  CHECK(envelope_text("\r\n", false) == "(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)");
}

TEST_CASE("XIMAP-1.4 sections of a message (RFC 3501 6.4.5)") {
  running_server server(personality::exchange_2019());
  server.store().add("INBOX", nested);
  client c = server.login();
  c.command("EXAMINE INBOX");
  const auto section = [&](const std::string& name) {
    const std::string got = fetched(c, "BODY.PEEK[" + name + "]");
    CHECK(got.starts_with("BODY[" + name + "] {"));
    return got.substr(got.find("\r\n") + 2);
  };
  CHECK(section("1.1") == "Plain.");
  CHECK(section("1.2") == "<p>Rich.</p>");
  CHECK(section("1.2.MIME") == "Content-Type: text/html; charset=us-ascii\r\nContent-ID: <h@x>\r\n\r\n");
  CHECK(section("2") == inner);
  CHECK(section("2.HEADER") == "From: x@example.org\r\nSubject: inner\r\n\r\n");
  CHECK(section("2.TEXT") == "Inner text.\r\nTwo lines.\r\n");
  CHECK(section("2.1") == "Inner text.\r\nTwo lines.\r\n");
  CHECK(section("3") == "iVBORw==");
  CHECK(section("HEADER.FIELDS (subject X-None)") == "Subject: two\r\n parts\r\n\r\n");
  CHECK(section("2.HEADER.FIELDS.NOT (Subject)") == "From: x@example.org\r\n\r\n");
  CHECK(section("4") == "");
  CHECK(section("1.1.1") == "");
  CHECK(section("3.TEXT") == "");
  for (const char* wrong : {"MIME", "0", "1.", "1.0", "HEADER.FIELDS", "HEADER.FIELDS ()", "1.NONSENSE"}) {
    CAPTURE(wrong);
    CHECK(c.command("FETCH 1 BODY.PEEK[" + std::string(wrong) + "]").tagged.starts_with("BAD"));
  }
  // The macros are names for lists.
  CHECK(fetched(c, "FAST").starts_with("FLAGS ("));
  CHECK(fetched(c, "ALL").find(" ENVELOPE (") != std::string::npos);
  CHECK(fetched(c, "FULL").find(" BODY ((") != std::string::npos);
  CHECK(c.command("FETCH 1 (FAST)").tagged.starts_with("BAD"));
}

TEST_CASE("a message without MIME has one part, and damaged MIME is text") {
  CHECK(section_text("a: b\r\n\r\ntext", "1", {}) == "text");
  CHECK(section_text("a: b\r\n\r\ntext", "1.1", {}) == "");
  CHECK(section_text("a: b\r\n\r\ntext", "1.MIME", {}) == "a: b\r\n\r\n");
  for (const std::string type : {"multipart/mixed", "multipart/mixed; boundary=\"\"", "multipart/mixed; boundary=none",
                                 "text", "/", "\"", "(((", "text/plain; =; ;;"}) {
    CAPTURE(type);
    const std::string octets = "Content-Type: " + type + "\r\n\r\n--\r\nbody";
    CHECK(body_structure_text(octets, true, true).starts_with("("));
    CHECK(to_seven_bit(octets) == octets);
  }
  std::string deep;
  for (int i = 0; i < 500; ++i) deep += "Content-Type: message/rfc822\r\n\r\n";
  CHECK(body_structure_text(deep, true, true).size() > 30);
  CHECK(envelope_addresses("<<<>>>, ((, \"unfinished, a:b:c;;;, @").starts_with("("));
  CHECK(envelope_addresses("") == "NIL");
  CHECK(envelope_addresses("<@route,@other:real@example.org>") == R"(((NIL NIL "real" "example.org")))");
}

TEST_CASE("damaged messages do no harm, and what comes out keeps its promises") {
  std::string sample = nested;
  for (const char* special : {"\xc3\xbc", "\xff", "\"", "\\", "(", ")", "--outer boundary", "--inner_boundary_1--",
                              "\r\n", "\n", ";", "=", "<", ">", ":", "Content-Type: multipart/x; boundary=outer"}) {
    for (std::size_t at = 3; at < sample.size(); at += 41) {
      std::string damaged = sample;
      damaged.replace(at, at % 5, special);
      const std::string plain = to_seven_bit(damaged);
      CHECK(std::ranges::none_of(plain, [](char x) { return static_cast<unsigned char>(x) > 127; }));
      const std::string structure = body_structure_text(damaged, true, true);
      CHECK(structure.starts_with("("));
      CHECK(structure.ends_with(")"));
      CHECK(envelope_text(damaged, true).ends_with(")"));
      CHECK_FALSE(regenerated_mime(damaged, 3).empty());
      for (const char* section : {"1", "1.1", "1.2.MIME", "2.HEADER", "2.1", "3"}) {
        CHECK(section_text(damaged, section, {}).has_value());
      }
    }
  }
}

TEST_CASE("XIMAP-V0007 nothing over 127 goes out, and what was said is still there") {
  const std::string stored =
      "Subject: Grüße\r\nFrom: \"Müller\" <m@example.org>\r\nMIME-Version: 1.0\r\n"
      "Content-Type: multipart/mixed; boundary=bbbbbbbbbbbbbb\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
      "--bbbbbbbbbbbbbb\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nZürich = "
      "1\r\n"
      "--bbbbbbbbbbbbbb\r\nContent-Type: application/x-thing\r\n\r\n\xff\xfe\r\n--bbbbbbbbbbbbbb--\r\n";
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    server.store().add("INBOX", stored);
    client c = server.login();
    c.command("SELECT INBOX");
    for (const char* items : {"BODY.PEEK[]", "BODYSTRUCTURE", "ENVELOPE", "RFC822.HEADER", "BODY.PEEK[1]"}) {
      const std::string got = fetched(c, items);
      CHECK(std::ranges::none_of(got, [](char x) { return static_cast<unsigned char>(x) > 127; }));
    }
    CHECK(fetched(c, "BODY.PEEK[1]").ends_with("Z=C3=BCrich =3D 1"));
    CHECK(fetched(c, "BODY.PEEK[2]").find("//4=") != std::string::npos);
    CHECK(fetched(c, "ENVELOPE").find("=?UTF-8?B?R3LDvMOfZQ==?=") != std::string::npos);
    const std::string structure = fetched(c, "BODYSTRUCTURE");
    CHECK(structure.find("\"QUOTED-PRINTABLE\"") != std::string::npos);
    CHECK(structure.find("\"BASE64\"") != std::string::npos);
    // XIMAP-V0045: the true size is that of what was sent.
    const std::string body = fetched(c, "BODY.PEEK[]");
    const auto octets = body.size() - body.find("\r\n") - 2;
    CHECK(fetched(c, "RFC822.SIZE") == "RFC822.SIZE " + std::to_string(octets));
  }
  running_server server(personality::generic());
  server.store().add("INBOX", stored);
  client c = server.login();
  c.command("SELECT INBOX");
  CHECK(fetched(c, "BODY.PEEK[]").ends_with(stored));
}

TEST_CASE("NTLM-PB9 2007 and 2010 make the MIME stream anew at each retrieval, 2003 keeps it") {
  const std::string mixed =
      "Subject: x\r\nContent-Type: multipart/mixed; boundary=\"boundary_of_the_sender\"\r\n\r\n"
      "--boundary_of_the_sender\r\n\r\ntext\r\n--boundary_of_the_sender\r\nContent-Type: a/one\r\n\r\n1\r\n"
      "--boundary_of_the_sender\r\nContent-Type: a/two\r\n\r\n2\r\n--boundary_of_the_sender--\r\n";
  for (const personality& behaves : exchanges()) {
    CAPTURE(behaves.name);
    running_server server(strict(behaves));
    server.store().add("INBOX", mixed);
    client c = server.login();
    c.command("SELECT INBOX");
    const std::string first = fetched(c, "BODY.PEEK[]");
    const std::string second = fetched(c, "BODY.PEEK[]");
    const std::string third = fetched(c, "BODY.PEEK[]");
    CHECK(first.ends_with(mixed));
    const bool anew = behaves.name.starts_with("2007") || behaves.name.starts_with("2010");
    CHECK((second != first) == anew);
    CHECK((third != second) == anew);
    CHECK(second.size() == first.size());
    if (!anew) continue;
    CHECK(second.find("boundary_of_the_sender") == std::string::npos);
    // One content in another order: the same message under the same UID.
    CHECK(second.find("a/two") < second.find("a/one"));
    CHECK(section_text(regenerated_mime(mixed, 1), "1", {}) == "text");
    CHECK(section_text(regenerated_mime(mixed, 1), "2", {}) == "2");
    CHECK(section_text(regenerated_mime(mixed, 2), "2", {}) == "1");
    CHECK(c.command("FETCH 1 UID").untagged == list{"1 FETCH (UID 1)"});
    // The header that was fetched apart need not be that of the next whole text.
    CHECK(third.find(fetched(c, "BODY.PEEK[HEADER]").substr(20)) == std::string::npos);
  }
}

TEST_CASE("NTLM-PB5 NTLM-PB6 NTLM-PB8 XIMAP-V0006 XIMAP-V0045 the size before and after the first retrieval") {
  const std::string mail = "Subject: x\r\n\r\n" + std::string(3000, 'x') + "\r\n";
  for (personality behaves : exchanges()) {
    CAPTURE(behaves.name);
    for (const bool exact : {false, true}) {
      behaves.sizes = exact ? size_rule::exact : behaves.sizes;
      running_server server(strict(behaves));
      server.store().add("INBOX", mail);
      client c = server.login();
      c.command("SELECT INBOX");
      const std::string truth = "RFC822.SIZE " + std::to_string(mail.size());
      const std::string before = fetched(c, "RFC822.SIZE");
      CHECK((before == truth) == exact);
      CHECK(fetched(c, "RFC822.SIZE") == before);
      fetched(c, "BODY.PEEK[]<0.10>");  // not the whole of it
      CHECK(fetched(c, "RFC822.SIZE") == before);
      fetched(c, "BODY.PEEK[]");
      CHECK(fetched(c, "RFC822.SIZE") == truth);
      // NTLM-PB8: changed by another protocol, it is converted anew.
      server.store().revise_in_place("INBOX", 1, mail + "more\r\n");
      CHECK((fetched(c, "RFC822.SIZE") == "RFC822.SIZE " + std::to_string(mail.size() + 6)) == exact);
    }
  }
}

}  // namespace outmap::exchange::test
