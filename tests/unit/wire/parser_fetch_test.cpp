#include <doctest/doctest.h>

#include "received.hpp"
#include "wire/parser.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::expect;
using test::parse_one;

namespace {

// The FETCH response with these data items.
fetch_data fetch(const std::string& items, quirks tolerated = quirks::all()) {
  return expect<fetch_data>("* 12 FETCH (" + items + ")\r\n", tolerated);
}

std::string flags_of(const std::string& list) {
  const auto r = fetch("UID 7 FLAGS " + list);
  REQUIRE(r.flags);
  return r.flags->to_string();
}

}  // namespace

TEST_CASE("a FETCH response gives its items in any order and case") {
  const auto r =
      fetch("uid 7 FLAGS (\\Seen) INTERNALDATE \"17-Jul-1996 02:44:25 -0700\" RFC822.SIZE 4286", quirks::none());
  CHECK(r.number.value == 12);
  CHECK(r.uid == outmap::uid{7});
  CHECK(r.flags->to_string() == "\\Seen");
  CHECK(r.date == internal_date{837596665, -420});
  CHECK(r.size == 4286);
  const auto turned = fetch("RFC822.SIZE 4286 FLAGS () UID 4294967295");
  CHECK(turned.uid == outmap::uid{4294967295u});
  REQUIRE(turned.flags);
  CHECK(turned.flags->to_string().empty());
}

TEST_CASE("OIMAP-2.1.6 OIMAP-V0004 XIMAP-E0001 flags: Recent and unknown ones are dropped, keywords kept once") {
  CHECK(flags_of("(\\Recent \\Seen)") == "\\Seen");
  CHECK(flags_of("(\\Seen \\XFuture \\*)") == "\\Seen");
  CHECK(flags_of("(\\draft \\DELETED \\Flagged \\answered \\seen)") == "\\Seen \\Answered \\Flagged \\Deleted \\Draft");
  CHECK(flags_of("($MDNSent \\Seen $MDNSent $mdnsent)") == "\\Seen $MDNSent");
  CHECK(flags_of("(b A b a)") == "A b");
}

TEST_CASE("OIMAP-V0007 the size is a number and nothing depends on it") {
  CHECK(fetch("RFC822.SIZE 0").size == 0);
  CHECK(fetch("RFC822.SIZE 6000000000").size == 6'000'000'000u);
  for (const std::string size : {"10", "10000000"}) {
    const auto received = test::receive("* 1 FETCH (RFC822.SIZE " + size + " BODY[] {4}\r\nabcd)\r\n");
    REQUIRE(received.frames.size() == 1);
    CHECK(received.frames[0].bodies.at(0).octets == "abcd");
  }
}

TEST_CASE("OIMAP-2.1.3 a bad optional item is left out, the rest counts") {
  for (const std::string bad :
       {"RFC822.SIZE -1", "RFC822.SIZE 99999999999999999999", "RFC822.SIZE 12x", "INTERNALDATE \"yesterday\"",
        "INTERNALDATE NIL", "FLAGS NIL", "FLAGS \"x\"", "RFC822.SIZE (1 2)", "INTERNALDATE {3}\r\nabc", "BODY[] 17",
        "XNEW (\"a\" (NIL) {2}\r\n)))", "MODSEQ (12121231000)"}) {
    CAPTURE(bad);
    const auto r = fetch("UID 5 " + bad + " FLAGS (\\Draft)");
    CHECK(r.uid == outmap::uid{5});
    CHECK_FALSE(r.size);
    CHECK_FALSE(r.date);
    CHECK(r.bodies.empty());
  }
  for (const std::string bad : {"UID 0", "UID 4294967296", "UID x", "UID NIL", "UID 1x"}) {
    CAPTURE(bad);
    const auto r = fetch(bad + " FLAGS (\\Draft)");
    CHECK(r.flags->to_string() == "\\Draft");
  }
  CHECK_FALSE(fetch("UID 0 RFC822.SIZE 1").uid);
  CHECK_FALSE(fetch("UID 4294967296 RFC822.SIZE 1").uid);
}

TEST_CASE("an item that comes twice counts the first time") {
  const auto r = fetch("UID 5 UID 6 FLAGS (\\Seen) FLAGS () RFC822.SIZE 1 RFC822.SIZE 2");
  CHECK(r.uid == outmap::uid{5});
  CHECK(r.flags->to_string() == "\\Seen");
  CHECK(r.size == 1);
}

TEST_CASE("OIMAP-2.1.5 ENVELOPE and BODYSTRUCTURE are stepped over") {
  const auto r = fetch(
      "ENVELOPE (\"d\" \"s )(\" ((\"N \\\" q\" NIL \"u\" \"h\")(NIL NIL {3}\r\nu)( \"h\")) NIL NIL NIL NIL NIL NIL "
      "\"<i@d>\") "
      "BODYSTRUCTURE ((\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 2279 48 NIL (\"inline\" NIL) NIL)"
      "(\"APPLICATION\" \"X\" NIL NIL NIL {6}\r\nbase64 10 (1 (2 (3)))) \"MIXED\" (\"BOUNDARY\" \"=)\") NIL NIL) "
      "BODY (\"TEXT\" \"PLAIN\" NIL) UID 7 FLAGS (\\Seen)",
      quirks::none());
  CHECK(r.uid == outmap::uid{7});
  CHECK(r.flags->to_string() == "\\Seen");
  CHECK(r.bodies.empty());
}

TEST_CASE("bodies: streamed, quoted, empty and NIL") {
  const auto streamed = fetch("BODY[] {3}\r\nabc UID 4", quirks::none());
  REQUIRE(streamed.bodies.size() == 1);
  CHECK(streamed.bodies[0].streamed);
  CHECK_FALSE(streamed.bodies[0].partial);
  CHECK_FALSE(streamed.bodies[0].text);
  CHECK(streamed.uid == outmap::uid{4});
  const auto quoted = fetch("BODY[HEADER] \"A: \\\"b\\\"\" UID 4");
  REQUIRE(quoted.bodies.size() == 1);
  CHECK(quoted.bodies[0].section == body_section::header);
  CHECK_FALSE(quoted.bodies[0].streamed);
  CHECK(quoted.bodies[0].text == "A: \"b\"");
  CHECK(fetch("RFC822 \"\"").bodies.at(0).text == "");
  const auto nil = fetch("BODY[] NIL");
  REQUIRE(nil.bodies.size() == 1);
  CHECK_FALSE(nil.bodies[0].streamed);
  CHECK_FALSE(nil.bodies[0].text);
}

TEST_CASE("OIMAP-V0070 a part of a body is marked as such") {
  const auto r = fetch("UID 7 BODY[]<0> {5}\r\n01234");
  REQUIRE(r.bodies.size() == 1);
  CHECK(r.bodies[0].partial);
  CHECK(r.bodies[0].streamed);
  CHECK(fetch("BODY[HEADER]<10> \"x\"").bodies.at(0).partial);
}

TEST_CASE("content that is never asked for leaves no body item") {
  for (const std::string item :
       {"BODY[TEXT]", "BODY[1]", "BODY[1.MIME]", "BINARY[2]", "RFC822.TEXT", "BODY[HEADER.FIELDS (TO)]"}) {
    CAPTURE(item);
    const auto r = fetch(item + " {8}\r\nBODY[] ) UID 8");
    CHECK(r.bodies.empty());
    CHECK(r.uid == outmap::uid{8});
  }
}

TEST_CASE("streamed items stand in the order of the body events") {
  const auto received = test::receive(
      "* 1 FETCH (BODY[HEADER] {2}\r\nh1 BODY[TEXT] {2}\r\nxx BODY[] {2}\r\nb1 BODY[] ~{2}\r\nyy UID 3)\r\n");
  REQUIRE(received.frames.size() == 1);
  const auto& bodies = received.frames[0].bodies;
  REQUIRE(bodies.size() == 2);
  const auto& items = std::get<fetch_data>(received.frames[0].parsed.value()).bodies;
  REQUIRE(items.size() == 2);
  CHECK(items[0].section == bodies[0].section);
  CHECK(items[1].section == bodies[1].section);
  CHECK(bodies[1].octets == "b1");
}

TEST_CASE("a response whose body events fit no item is dropped whole") {
  for (const std::string items :
       {"X BODY[] {3}\r\nabc UID 5 BODY[HEADER] {2}\r\nde", "BODY[] {3}\r\nabcd UID 5", "UID 5 X BODY[] {3}\r\nabc"}) {
    CAPTURE(items);
    CHECK_FALSE(parse_one("* 1 FETCH (" + items + ")\r\n"));
  }
}
