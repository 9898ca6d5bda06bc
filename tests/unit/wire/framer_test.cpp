#include "wire/framer.hpp"

#include <doctest/doctest.h>

#include <numeric>

#include "received.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::outline;
using test::receive;
using test::received_stream;
using event = framer::event;

namespace {

std::span<const char> octets(std::string_view text) { return {text.data(), text.size()}; }

received_stream receive_by_octet(std::string_view stream, const limits& bounds) {
  std::vector<std::size_t> cuts(stream.size());
  std::iota(cuts.begin(), cuts.end(), std::size_t{0});
  return receive(stream, cuts, bounds);
}

// The same however the stream comes.
bool fits(std::string_view stream, const limits& bounds) {
  const auto whole = receive(stream, {}, bounds);
  const auto pieces = receive_by_octet(stream, bounds);
  CHECK(outline(whole) == outline(pieces));
  if (!whole.failure) {
    CHECK(whole.at_boundary);
    return true;
  }
  CHECK(whole.failure->code == errc::limit_exceeded);
  CHECK(whole.failure->reach == scope::connection);
  CHECK_FALSE(whole.at_boundary);
  return false;
}

std::string failure_of(std::string_view stream, const limits& bounds) {
  REQUIRE_FALSE(fits(stream, bounds));
  return receive(stream, {}, bounds).failure->detail;
}

// The responses, each as text in one line.
std::vector<std::string> parsed(std::string_view stream) {
  std::vector<std::string> out;
  const auto received = receive(stream);
  REQUIRE_FALSE(received.failure);
  for (const auto& f : received.frames) out.push_back(outline(f.parsed));
  return out;
}

// What becomes of the one literal of `stream`, whose octets are "abc".
std::string fate_of_literal(const std::string& stream) {
  const auto received = receive(stream);
  REQUIRE(received.frames.size() == 1);
  const auto& f = received.frames[0];
  REQUIRE(f.literals.size() == 1);
  const auto& l = f.literals[0];
  CHECK(l.size == 3);
  CHECK((f.text.find("abc") != std::string::npos) == !l.streamed);
  CHECK(f.bodies.size() == (l.streamed && !l.discarded ? 1 : 0));
  if (l.discarded) return "discarded";
  if (!l.streamed) return "kept";
  CHECK(f.bodies[0].octets == "abc");
  return f.bodies[0].section == body_section::full ? "full" : "header";
}

}  // namespace

TEST_CASE("a frame is one line without its CRLF") {
  framer f;
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
  framer f;
  auto first = octets("* OK ready\r");
  CHECK(f.next(first) == event::need_input);
  CHECK_FALSE(f.at_boundary());
  auto second = octets("\n");
  REQUIRE(f.next(second) == event::frame);
  CHECK(f.current().text == "* OK ready");
}

TEST_CASE("empty lines are passed over") {
  const auto received = receive("\r\n\r\n* 3 EXISTS\r\n\r\n");
  REQUIRE(received.frames.size() == 1);
  CHECK(received.frames[0].text == "* 3 EXISTS");
  CHECK(received.at_boundary);
  CHECK_FALSE(receive("\r").at_boundary);
}

TEST_CASE("a body is streamed as views into the input") {
  const std::string stream = "* 1 FETCH (UID 9 BODY[] {11}\r\nhello world)\r\n";
  framer f;
  auto input = octets(stream);
  REQUIRE(f.next(input) == event::body_begin);
  CHECK(f.section() == body_section::full);
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

TEST_CASE("XIMAP-V0030 a kept literal stands in the text") {
  const std::string line = "* LIST () \"/\" {3}\r\na\\b (\"CHILDINFO\" (\"A\"))";
  const auto received = receive(line + "\r\n* LSUB () {1}\r\n/ {3}\r\na\"b\r\n");
  REQUIRE(received.frames.size() == 2);
  CHECK(received.frames[0].text == line);
  REQUIRE(received.frames[0].literals.size() == 1);
  const auto& first = received.frames[0].literals[0];
  CHECK(first.offset == line.find('{'));
  CHECK(line.substr(first.offset + 5, first.size) == "a\\b");
  CHECK_FALSE(first.streamed);
  CHECK_FALSE(first.discarded);
  // Each literal of a line is found where it stands, also behind the octets of another.
  const auto& second = received.frames[1];
  CHECK(second.text == "* LSUB () {1}\r\n/ {3}\r\na\"b");
  REQUIRE(second.literals.size() == 2);
  CHECK(second.literals[0].offset == second.text.find("{1}"));
  CHECK(second.literals[1].offset == second.text.find("{3}"));
  CHECK(received.frames[0].bodies.empty());
}

TEST_CASE("a literal that the stream ends in is no boundary") {
  for (const std::string begun :
       {"* LIST () \"/\" {3}\r\n", "* LIST () \"/\" {3}\r\nab", "* LIST () \"/\" {3}\r\nabc",
        "* 1 FETCH (BODY[] {3}\r\n", "* 1 FETCH (BODY[] {3}\r\na", "* 1 FETCH (BODY[] {3}\r\nabc",
        "* 1 FETCH (BODY[TEXT] {3}\r\nab", "* 1 FETCH (BODY[] {0}\r\n", "* LIST () \"/\" {0}\r\n"}) {
    CAPTURE(begun);
    const auto received = receive("* 3 EXISTS\r\n" + begun);
    REQUIRE_FALSE(received.failure);
    CHECK_FALSE(received.at_boundary);
    CHECK(received.frames.size() == 1);
    CHECK(received.partial_text.find('{') != std::string::npos);
  }
  const auto cut = receive("* 1 FETCH (BODY[] {3}\r\nab");
  REQUIRE(cut.unfinished.size() == 1);
  CHECK_FALSE(cut.unfinished[0].ended);
  CHECK(cut.unfinished[0].octets == "ab");
}

TEST_CASE("only whole bodies and headers are streamed") {
  const std::pair<const char*, const char*> items[] = {
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
      {"BODY[1.HEADER]", "discarded"},
      {"BODY[HEADER.FIELDS (DATE \"X-]\" FROM)]", "discarded"},
      {"BODY[HEADER.FIELDS.NOT (DATE)]", "discarded"},
      {"RFC822.TEXT", "discarded"},
      {"BINARY[1]", "discarded"},
      {"BODY", "kept"},
      {"XBODY[]", "kept"},
      {"X-SPECIAL", "kept"},
      {"\"BODY[]\"", "kept"},
      {"FLAGS (\\Seen)", "kept"},
  };
  for (const auto& [item, fate] : items) {
    CAPTURE(item);
    CHECK(fate_of_literal("* 1 FETCH (UID 9 " + std::string(item) + " {3}\r\nabc)\r\n") == fate);
  }
  // The name of a body is one only as an item of a FETCH response.
  for (const std::string stream : {"* 1 FETCH (BODYSTRUCTURE (\"a\" BODY[] {3}\r\nabc) UID 5)\r\n",
                                   "* 1 FETCH BODY[] {3}\r\nabc\r\n", "* 1 STORE (BODY[] {3}\r\nabc)\r\n",
                                   "* FETCH (BODY[] {3}\r\nabc)\r\n", "* LIST (BODY[] {3}\r\nabc) \"/\" a\r\n",
                                   "* STATUS a (BODY[] {3}\r\nabc)\r\n", "* X (BODY[] {3}\r\nabc)\r\n"}) {
    CAPTURE(stream);
    CHECK(fate_of_literal(stream) == "kept");
  }
}

TEST_CASE("a literal in the section of an item does not confuse the item that follows") {
  const auto received =
      receive("* 1 FETCH (BODY[HEADER.FIELDS ({4}\r\nDATE {2}\r\nTO)] {3}\r\nabc BODY[] {2}\r\nxy UID 4)\r\n");
  REQUIRE(received.frames.size() == 1);
  REQUIRE(received.frames[0].bodies.size() == 1);
  CHECK(received.frames[0].bodies[0].octets == "xy");
  CHECK(outline(received.frames[0].parsed) == "fetch number=1 uid=4 full/streamed=NIL");
}

TEST_CASE("OIMAP-V0012 {0} is the empty string, streamed and kept") {
  const auto streamed = receive("* 1 FETCH (BODY[] {0}\r\n UID 3)\r\n");
  REQUIRE(streamed.frames.size() == 1);
  REQUIRE(streamed.frames[0].bodies.size() == 1);
  CHECK(streamed.frames[0].bodies[0].ended);
  CHECK(streamed.frames[0].bodies[0].octets.empty());
  CHECK(outline(streamed.frames[0].parsed) == "fetch number=1 uid=3 full/streamed=NIL");
  CHECK(parsed("* LIST () {0}\r\n Name\r\n") == std::vector<std::string>{"list () NIL Name"});
}

TEST_CASE("the octets of a literal may look like anything") {
  const std::string body = "* 2 FETCH (BODY[] {5}\r\n\r\n{9}\r\n)\r\na1 OK\r\n";
  const auto received = receive("* 1 FETCH (BODY[] {" + std::to_string(body.size()) + "}\r\n" + body + ")\r\n");
  REQUIRE(received.frames.size() == 1);
  CHECK(received.frames[0].bodies.at(0).octets == body);
}

TEST_CASE("a non-synchronising announcement and a literal8 of a server count as literals") {
  CHECK(parsed("* LIST () \"/\" {4+}\r\nName\r\n") == std::vector<std::string>{"list () / Name"});
  CHECK(parsed("* 1 FETCH (BINARY[1] ~{3}\r\nabc BODY[] ~{2}\r\nxy UID 2)\r\n") ==
        std::vector<std::string>{"fetch number=1 uid=2"});
}

TEST_CASE("an announcement is text where the grammar has no string") {
  const char* lines[] = {
      "* OK text {5}",
      "* OK an unmatched \" quote {5}",
      "* OK [X {5}",
      "a1b2 NO [X \"y] broken {12}",
      "a1b2 BAD (what {3+}",
      "* BYE {3}",
      "* PREAUTH {3}",
      "+ {3}",
      "+ (text {3}",
      "* CAPABILITY {3}",
      "* SEARCH {3}",
      "* FLAGS {3}",
      "* FLAGS (\\Seen {3}",
      "* 5 EXISTS {3}",
      "* 5 RECENT {3}",
      "* 5 EXPUNGE {3}",
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
      "* LIST () \"/\" {5}}",
      "{5}",
      "a {5}",
  };
  for (const auto* line : lines) {
    CAPTURE(line);
    const auto received = receive(std::string(line) + "\r\n* 7 EXISTS\r\n");
    REQUIRE(received.frames.size() == 2);
    CHECK(received.frames[0].text == line);
    CHECK(received.frames[0].literals.empty());
    CHECK(received.frames[1].text == "* 7 EXISTS");
  }
}

TEST_CASE("limits hold at their exact value") {
  limits bounds;
  SUBCASE("line") {
    bounds.line = 20;
    const auto line = "* OK " + std::string(15, 'x');
    CHECK(fits(line + "\r\n", bounds));
    CHECK_FALSE(fits(line + "y\r\n", bounds));
    CHECK_FALSE(fits(line + "y", bounds));
    // The CR is no part of a line, and a line whose CR has come may still be one.
    CHECK(receive(line + "\r", {}, bounds).failure == std::nullopt);
    CHECK_FALSE(fits(line + "\ry", bounds));
  }
  SUBCASE("response") {
    bounds.response = 40;
    // 22 octets of line with the CRLF, then the literal.
    const std::string line = "* LIST (\\A) \"/\" {%}\r\n";
    const auto with = [&](std::size_t size) {
      auto text = line;
      return text.replace(text.find('%'), 1, std::to_string(size)) + std::string(size, 'n');
    };
    REQUIRE(with(18).size() == 40);
    CHECK(fits(with(18) + "\r\n", bounds));
    CHECK_FALSE(fits(with(19), bounds));
    CHECK_FALSE(fits(with(18) + " ", bounds));
    CHECK(fits(with(17) + " \r\n", bounds));
  }
  SUBCASE("body, streamed and discarded") {
    bounds.body = 1000;
    for (const std::string item : {"BODY[]", "BODY[HEADER]", "BODY[TEXT]"}) {
      CAPTURE(item);
      CHECK(fits("* 1 FETCH (" + item + " {1000}\r\n" + std::string(1000, 'x') + ")\r\n", bounds));
      CHECK_FALSE(fits("* 1 FETCH (" + item + " {1001}\r\n", bounds));
    }
  }
  SUBCASE("literals") {
    bounds.literals = 2;
    CHECK(fits("* X ({1}\r\na {1}\r\nb)\r\n", bounds));
    CHECK_FALSE(fits("* X ({1}\r\na {1}\r\nb {1}\r\n", bounds));
    CHECK(failure_of("* X ({1}\r\na {1}\r\nb {1}\r\n", bounds).find("literals") != std::string::npos);
    // They count anew in each response.
    CHECK(fits("* X ({1}\r\na {1}\r\nb)\r\n* X ({1}\r\na {1}\r\nb)\r\n", bounds));
  }
}

TEST_CASE("a literal over a limit is refused before any octet of it came, with both numbers") {
  limits bounds;
  bounds.body = 1000;
  bounds.response = 500;
  const auto names = [&](const std::string& stream, const char* announced, const char* limit) {
    const auto detail = failure_of(stream, bounds);
    CAPTURE(detail);
    CHECK(detail.find(announced) != std::string::npos);
    CHECK(detail.find(limit) != std::string::npos);
  };
  names("* 1 FETCH (UID 77 BODY[] {1001}\r\n", "1001", "1000");
  names("* 1 FETCH (BODY[TEXT] {1001}\r\n", "1001", "1000");
  names("* LIST () \"/\" {501}\r\n", "501", "500");
  names("* 1 FETCH (BODY[] {18446744073709551616}\r\n", "18446744073709551616", "1000");
  CHECK(failure_of("* 1 FETCH (BODY[] {4294967296}\r\n", limits()).find("4294967296") != std::string::npos);
  CHECK(failure_of("* LIST () \"/\" {" + std::string(400, '9') + "}\r\n", bounds).size() < 200);
}

TEST_CASE("the lines between literals count as one line") {
  limits bounds;
  bounds.line = 40;
  const std::string begin = "* 1 FETCH (BODY[] {100}\r\n" + std::string(100, 'x');
  REQUIRE(std::string("* 1 FETCH (BODY[] {100}").size() == 23);
  CHECK(fits(begin + " UID 4)\r\n", bounds));
  CHECK(fits(begin + " FLAGS (a b c d))\r\n", bounds));
  CHECK_FALSE(fits(begin + " FLAGS (a b c de))\r\n", bounds));
  // So it is behind a literal that is kept or discarded, and over more than one of them.
  CHECK(fits("* X ({100}\r\n" + std::string(100, 'x') + " (" + std::string(26, 'a') + "))\r\n", bounds));
  CHECK_FALSE(fits("* X ({100}\r\n" + std::string(100, 'x') + " (" + std::string(27, 'a') + "))\r\n", bounds));
  std::string many = "* X ({1}\r\na";
  for (int i = 0; i < 7; ++i) many += " {1}\r\na";
  CHECK(fits(many + " b)\r\n", bounds));
  CHECK(fits(many + " bc)\r\n", bounds));
  CHECK_FALSE(fits(many + " bcd)\r\n", bounds));
}

TEST_CASE("kept literals and lines count against the limit of a response, streamed ones do not") {
  limits bounds;
  bounds.response = 60;
  CHECK(fits("* X ({5}\r\nabcde {5}\r\nabcde {5}\r\nabcde)\r\n", bounds));
  CHECK_FALSE(fits("* X ({5}\r\nabcde {5}\r\nabcde {5}\r\nabcde {20}\r\n", bounds));
  CHECK_FALSE(fits("* X ({5}\r\nabcde " + std::string(60, 'x') + ")\r\n", bounds));
  CHECK(fits("* 1 FETCH (BODY[] {500}\r\n" + std::string(500, 'x') + ")\r\n", bounds));
}

TEST_CASE("a limit that is broken tells the text so far, and the error sticks") {
  limits bounds;
  bounds.body = 10;
  framer f(bounds);
  auto input = octets("* 1 FETCH (UID 77 BODY[] {11}\r\n* 5 EXISTS\r\n");
  REQUIRE(f.next(input) == event::failed);
  CHECK(f.partial_text() == "* 1 FETCH (UID 77 BODY[] {11}");
  const auto detail = f.failure().detail;
  CHECK_FALSE(detail.empty());
  auto more = octets("* 6 EXISTS\r\n");
  for (auto* rest : {&input, &more, &input}) {
    REQUIRE(f.next(*rest) == event::failed);
    CHECK(f.failure().detail == detail);
    CHECK(f.partial_text() == "* 1 FETCH (UID 77 BODY[] {11}");
    CHECK_FALSE(f.at_boundary());
  }
  // Nothing behind the error is taken.
  CHECK(more.size() == 12);
}
