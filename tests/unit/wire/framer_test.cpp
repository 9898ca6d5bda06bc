#include <doctest/doctest.h>

#include "unit/wire/wire_support.hpp"

using namespace wire_test;
using event = wire::framer::event;

namespace {

std::span<const char> octets(std::string_view text) { return {text.data(), text.size()}; }

std::string failure_of(std::string_view stream, const limits& bounds) {
  recorder r(bounds);
  r.feed(stream);
  const auto out = r.take();
  REQUIRE(out.failed);
  CHECK(r.framer().failure().code == errc::limit_exceeded);
  CHECK(r.framer().failure().reach == scope::connection);
  return r.framer().failure().detail;
}

}  // namespace

TEST_CASE("a frame is one line without its CRLF") {
  wire::framer f;
  auto input = octets("* OK ready\r\n* 3 EXISTS\r\n");
  REQUIRE(f.next(input) == event::frame);
  CHECK(f.current().text == "* OK ready");
  CHECK(f.at_boundary());
  REQUIRE(f.next(input) == event::frame);
  CHECK(f.current().text == "* 3 EXISTS");
  CHECK(input.empty());
  CHECK(f.next(input) == event::need_input);
  CHECK(f.at_boundary());
}

TEST_CASE("CR and LF in separate reads end one line") {
  wire::framer f;
  auto first = octets("* OK ready\r");
  CHECK(f.next(first) == event::need_input);
  CHECK_FALSE(f.at_boundary());
  auto second = octets("\n");
  REQUIRE(f.next(second) == event::frame);
  CHECK(f.current().text == "* OK ready");
}

TEST_CASE("empty lines are passed over") {
  const auto out = run("\r\n\r\n* 3 EXISTS\r\n\r\n");
  CHECK(out.lines == std::vector<std::string>{"exists 3"});
  CHECK(out.at_boundary);
  CHECK(run("\r").at_boundary == false);
}

TEST_CASE("a body is streamed as views into the input") {
  const std::string stream = "* 1 FETCH (UID 9 BODY[] {11}\r\nhello world)\r\n";
  wire::framer f;
  auto input = octets(stream);
  REQUIRE(f.next(input) == event::body_begin);
  CHECK(f.section() == wire::body_section::full);
  CHECK(f.body_size() == 11);
  CHECK(f.partial_text().find("UID 9") != std::string_view::npos);
  REQUIRE(f.next(input) == event::body_data);
  CHECK(f.data().data() == stream.data() + stream.find("hello"));
  CHECK(f.data().size() == 11);
  REQUIRE(f.next(input) == event::body_end);
  REQUIRE(f.next(input) == event::frame);
  CHECK(f.current().text == "* 1 FETCH (UID 9 BODY[] {11}\r\n)");
  REQUIRE(f.current().literals.size() == 1);
  CHECK(f.current().literals[0].offset == f.current().text.find('{'));
  CHECK(f.current().literals[0].streamed);
  CHECK_FALSE(f.current().literals[0].discarded);
}

TEST_CASE("which literals of a FETCH response are streamed, discarded and kept") {
  struct row {
    const char* item;
    const char* outcome;
  };
  const row rows[] = {
      {"BODY[]", "full"},
      {"body[]", "full"},
      {"RFC822", "full"},
      {"RFC822.PEEK", "full"},
      {"BODY[]<0>", "full"},
      {"BODY[HEADER]", "header"},
      {"RFC822.HEADER", "header"},
      {"BODY[HEADER]<5>", "header"},
      {"BODY[TEXT]", "discarded"},
      {"BODY[1.2]", "discarded"},
      {"BODY[HEADER.FIELDS (DATE \"X-]\" FROM)]", "discarded"},
      {"RFC822.TEXT", "discarded"},
      {"BINARY[1]", "discarded"},
      {"X-SPECIAL", "kept"},
      {"\"BODY[]\"", "kept"},
      {"FLAGS (\\Seen)", "kept"},
  };
  for (const auto& r : rows) {
    CAPTURE(r.item);
    wire::framer f;
    const auto stream = "* 1 FETCH (UID 9 " + std::string(r.item) + " {3}\r\nabc)\r\n";
    auto input = octets(stream);
    auto e = f.next(input);
    std::string outcome;
    if (e == event::body_begin) outcome = f.section() == wire::body_section::full ? "full" : "header";
    while (e != event::frame) {
      REQUIRE(e != event::need_input);
      REQUIRE(e != event::failed);
      e = f.next(input);
    }
    REQUIRE(f.current().literals.size() == 1);
    const auto& l = f.current().literals[0];
    if (outcome.empty()) outcome = l.discarded ? "discarded" : l.streamed ? "streamed" : "kept";
    CHECK(outcome == r.outcome);
    CHECK((f.current().text.find("abc") != std::string::npos) == (outcome == "kept"));
  }
}

TEST_CASE("a literal inside a nested list of a FETCH response is kept, whatever stands before it") {
  const auto out = run("* 1 FETCH (BODYSTRUCTURE (\"a\" BODY[] {3}\r\nabc) UID 5)\r\n");
  CHECK(out.lines == std::vector<std::string>{"fetch 1 uid=5"});
}

TEST_CASE("a literal in the section of an item does not confuse the item that follows") {
  const auto out = run("* 1 FETCH (BODY[HEADER.FIELDS ({4}\r\nDATE {2}\r\nTO)] {3}\r\nabc BODY[] {2}\r\nxy UID 4)\r\n");
  CHECK(out.lines == std::vector<std::string>{"begin 0 2", "body xy", "fetch 1 uid=4 full streamed"});
}

TEST_CASE("OIMAP-V0012 {0} is the empty string, streamed and kept") {
  CHECK(run("* 1 FETCH (BODY[] {0}\r\n UID 3)\r\n").lines ==
        std::vector<std::string>{"begin 0 0", "body ", "fetch 1 uid=3 full streamed"});
  CHECK(run("* LIST () {0}\r\n Name\r\n").lines ==
        std::vector<std::string>{"list noselect=0 noinferiors=0 delimiter= name=Name attributes="});
}

TEST_CASE("the octets of a literal may look like anything") {
  const std::string body = "* 2 FETCH (BODY[] {5}\r\n\r\n{9}\r\n)\r\na1 OK\r\n";
  const auto out = run("* 1 FETCH (BODY[] {" + std::to_string(body.size()) + "}\r\n" + body + ")\r\n");
  REQUIRE(out.lines.size() == 3);
  CHECK(out.lines[1] == "body " + body);
}

TEST_CASE("a non-synchronising announcement and a literal8 of a server count as literals") {
  CHECK(run("* LIST () \"/\" {4+}\r\nName\r\n").lines ==
        std::vector<std::string>{"list noselect=0 noinferiors=0 delimiter=/ name=Name attributes="});
  CHECK(run("* 1 FETCH (BINARY[1] ~{3}\r\nabc BODY[] ~{2}\r\nxy UID 2)\r\n").lines ==
        std::vector<std::string>{"fetch 1 uid=2"});
}

TEST_CASE("braces that are no announcement of a literal") {
  const char* lines[] = {
      "* OK text {5}",  // the text of a status response is no string
      "* OK an unmatched \" quote {5}",
      "a1b2 NO [X \"y] broken {12}",
      "* BYE {3}",
      "+ {3}",
      "* SEARCH {3}",
      "* FLAGS {3}",
      "* 5 EXISTS {3}",
      "* LIST () \"/\" \"{5}\"",            // inside a quoted string
      "* LIST () \"/\" \"a {5}",            // a quoted string that is not closed
      "* LIST () \"/\" a{5}",               // inside an atom
      "* LIST () \"/\" unquoted name {5}",  // behind the name of a mailbox
      "* STATUS unquoted name {5}",
      "* LIST () \"/\" {5x}",
      "* LIST () \"/\" {}",
      "* LIST () \"/\" {+}",
      "* LIST () \"/\" {-5}",
      "* LIST () \"/\" {5} ",
      "{5}",
      "a {5}",
  };
  for (const auto* line : lines) {
    CAPTURE(line);
    wire::framer f;
    const auto stream = std::string(line) + "\r\n* 7 EXISTS\r\n";
    auto input = octets(stream);
    REQUIRE(f.next(input) == event::frame);
    CHECK(f.current().text == line);
    CHECK(f.current().literals.empty());
    REQUIRE(f.next(input) == event::frame);
    CHECK(f.current().text == "* 7 EXISTS");
  }
}

TEST_CASE("a literal over a limit is refused before any octet of it came") {
  limits bounds;
  bounds.body = 1000;
  bounds.response = 500;
  SUBCASE("streamed") {
    const auto detail = failure_of("* 1 FETCH (UID 77 BODY[] {1001}\r\n", bounds);
    CHECK(detail.find("1001") != std::string::npos);
    CHECK(detail.find("1000") != std::string::npos);
  }
  SUBCASE("discarded") {
    CHECK(failure_of("* 1 FETCH (BODY[TEXT] {1001}\r\n", bounds).find("1001") != std::string::npos);
  }
  SUBCASE("kept") {
    const auto detail = failure_of("* LIST () \"/\" {501}\r\n", bounds);
    CHECK(detail.find("501") != std::string::npos);
    CHECK(detail.find("500") != std::string::npos);
  }
  SUBCASE("four gibioctets") {
    CHECK(failure_of("* 1 FETCH (BODY[] {4294967296}\r\n", limits()).find("4294967296") != std::string::npos);
  }
  SUBCASE("a number beyond 64 bits") {
    CHECK(failure_of("* 1 FETCH (BODY[] {18446744073709551616}\r\n", bounds).find("18446744073709551616") !=
          std::string::npos);
    const auto detail = failure_of("* LIST () \"/\" {" + std::string(400, '9') + "}\r\n", bounds);
    CHECK(detail.size() < 200);
  }
  SUBCASE("at the limit it passes") {
    CHECK_FALSE(run("* 1 FETCH (BODY[] {1000}\r\n" + std::string(1000, 'x') + ")\r\n", bounds).failed);
  }
}

TEST_CASE("the UID of a body that is too large can be read from the partial text") {
  limits bounds;
  bounds.body = 10;
  recorder r(bounds);
  r.feed("* 1 FETCH (UID 77 BODY[] {11}\r\n");
  CHECK(r.framer().partial_text() == "* 1 FETCH (UID 77 BODY[] {11}");
}

TEST_CASE("a line over the limit is refused however it comes, at the limit it passes") {
  limits bounds;
  bounds.line = 20;
  const std::string fits = "* OK " + std::string(15, 'x');
  CHECK_FALSE(run(fits + "\r\n", bounds).failed);
  CHECK_FALSE(run_by_octet(fits + "\r\n", bounds).failed);
  CHECK(run(fits + "y\r\n", bounds).failed);
  CHECK(run_by_octet(fits + "y\r\n", bounds).failed);
  CHECK(run(fits + "y", bounds).failed);
}

TEST_CASE("the lines of one response count together, its literals do not") {
  limits bounds;
  bounds.line = 40;
  const std::string body(100, 'x');
  CHECK_FALSE(run("* 1 FETCH (BODY[] {100}\r\n" + body + " UID 4)\r\n", bounds).failed);
  CHECK(run("* 1 FETCH (BODY[] {100}\r\n" + body + " UID 4 FLAGS (\\Seen))\r\n", bounds).failed);
}

TEST_CASE("kept literals and lines count against the limit of a response") {
  limits bounds;
  bounds.response = 60;
  CHECK_FALSE(run("* X ({5}\r\nabcde {5}\r\nabcde {5}\r\nabcde)\r\n", bounds).failed);
  CHECK(run("* X ({5}\r\nabcde {5}\r\nabcde {5}\r\nabcde {20}\r\n", bounds).failed);
  CHECK(run("* X ({5}\r\nabcde " + std::string(60, 'x') + ")\r\n", bounds).failed);
}

TEST_CASE("the number of literals is limited") {
  limits bounds;
  bounds.literals = 2;
  CHECK_FALSE(run("* X ({1}\r\na {1}\r\nb)\r\n", bounds).failed);
  CHECK(failure_of("* X ({1}\r\na {1}\r\nb {1}\r\n", bounds).find("literals") != std::string::npos);
}

TEST_CASE("after an error every call gives the same error") {
  limits bounds;
  bounds.body = 10;
  wire::framer f(bounds);
  auto input = octets("* 1 FETCH (BODY[] {11}\r\n* 5 EXISTS\r\n");
  REQUIRE(f.next(input) == event::failed);
  const auto detail = f.failure().detail;
  REQUIRE(f.next(input) == event::failed);
  CHECK(f.failure().detail == detail);
  CHECK_FALSE(f.at_boundary());
}
