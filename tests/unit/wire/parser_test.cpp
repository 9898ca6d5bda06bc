#include "wire/parser.hpp"

#include <doctest/doctest.h>

#include "received.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::expect;
using test::parse_one;

TEST_CASE("a tagged status has its tag, condition and text") {
  const auto r = expect<status_response>("A0b1 NO no such mailbox\r\n");
  CHECK(r.tag == "A0b1");
  CHECK(r.condition == condition::no);
  CHECK(r.code.kind == code_kind::none);
  CHECK(r.text == "no such mailbox");
  CHECK(expect<status_response>("a ok x\r\n").condition == condition::ok);
  CHECK(expect<status_response>("a Bad x\r\n").condition == condition::bad);
  CHECK_FALSE(parse_one("a BYE x\r\n"));
  CHECK_FALSE(parse_one("a PREAUTH x\r\n"));
}

TEST_CASE("an untagged status has no tag") {
  const auto bye = expect<status_response>("* BYE going {12}\r\n");
  CHECK(bye.tag.empty());
  CHECK(bye.condition == condition::bye);
  CHECK(bye.text == "going {12}");
  CHECK(expect<status_response>("* PREAUTH hello\r\n").condition == condition::preauth);
  CHECK(expect<status_response>("* OK it is \"half\r\n").text == "it is \"half");
}

TEST_CASE("OIMAP-V0062 ALERT, UIDVALIDITY and UNSEEN are processed") {
  const auto alert = expect<status_response>("* NO [ALERT] full [really]\r\n");
  CHECK(alert.code.kind == code_kind::alert);
  CHECK(alert.text == "full [really]");
  const auto validity = expect<status_response>("* OK [UIDVALIDITY 4294967295] fine\r\n");
  CHECK(validity.code.kind == code_kind::uid_validity);
  CHECK(validity.code.number == 4294967295u);
  CHECK(expect<status_response>("* OK [unseen 17] x\r\n").code.kind == code_kind::unseen);
  CHECK(expect<status_response>("* OK [UNSEEN 17] x\r\n").code.number == 17);
}

TEST_CASE("OIMAP-V0062 XIMAP-V0038 every other code is ignored") {
  for (const std::string code :
       {"BADCHARSET (US-ASCII)", "CAPABILITY IMAP4rev1 UIDPLUS", "PARSE", "PERMANENTFLAGS (\\Seen \\* $MDNSent)",
        "READ-ONLY", "READ-WRITE", "TRYCREATE", "UIDNEXT 4392", "XFUTURE {5} \"a ] b\" (c)", "UIDVALIDITY 0",
        "UIDVALIDITY 4294967296", "UIDVALIDITY -1", "UIDVALIDITY", "UNSEEN x", "UNSEEN 1 2"}) {
    CAPTURE(code);
    const auto r = expect<status_response>("a1 NO [" + code + "] text\r\n");
    CHECK(r.code.kind == code_kind::ignored);
    CHECK(r.code.number == 0);
    CHECK(r.text == "text");
  }
  const auto unclosed = expect<status_response>("a1 OK [ALERT text\r\n");
  CHECK(unclosed.code.kind == code_kind::none);
  CHECK(unclosed.text == "[ALERT text");
}

TEST_CASE("a code name is held up to a bound") {
  CHECK(expect<status_response>("* OK [" + std::string(5000, 'x') + "] t\r\n").code.name == std::string(64, 'X'));
}

TEST_CASE("a continuation request has its text") {
  CHECK(expect<continuation_request>("+ TlRMTVNTUA==\r\n").text == "TlRMTVNTUA==");
  CHECK(expect<continuation_request>("+ Ready {3}\r\n").text == "Ready {3}");
}

TEST_CASE("NTLM-2.2.1-04 an empty continuation request is understood with and without its space") {
  CHECK(expect<continuation_request>("+ \r\n").text.empty());
  CHECK(expect<continuation_request>("+\r\n").text.empty());
}

TEST_CASE("capabilities are upper-cased") {
  const auto r = expect<capability_data>("* CAPABILITY imap4rev1 AUTH=ntlm\r\n", quirks::none());
  CHECK(r.names == std::vector<std::string>{"IMAP4REV1", "AUTH=NTLM"});
}

TEST_CASE("EXISTS and EXPUNGE carry their number") {
  CHECK(expect<exists_data>("* 23 EXISTS\r\n", quirks::none()).count == 23);
  CHECK(expect<exists_data>("* 0 exists\r\n").count == 0);
  CHECK(expect<exists_data>("* 4294967295 EXISTS\r\n").count == 4294967295u);
  CHECK_FALSE(parse_one("* 4294967296 EXISTS\r\n"));
  CHECK_FALSE(parse_one("* 99999999999999999999999999 EXISTS\r\n"));
  CHECK(expect<expunge_data>("* 7 EXPUNGE\r\n", quirks::none()).number.value == 7);
  CHECK_FALSE(parse_one("* 0 EXPUNGE\r\n"));
}

TEST_CASE("OIMAP-V0067 OIMAP-V0068 OIMAP-V0069 SEARCH, FLAGS and RECENT are ignored") {
  CHECK(expect<ignored_data>("* SEARCH 1 2 3\r\n").name == "SEARCH");
  CHECK(expect<ignored_data>("* search\r\n").name == "SEARCH");
  CHECK(expect<ignored_data>("* FLAGS (\\Seen $MDNSent)\r\n").name == "FLAGS");
  CHECK(expect<ignored_data>("* FLAGS ()\r\n").name == "FLAGS");
  CHECK(expect<ignored_data>("* 5 RECENT\r\n").name == "RECENT");
  CHECK(expect<ignored_data>("* NAMESPACE ((\"\" {1}\r\n/)) NIL NIL\r\n").name == "NAMESPACE");
  CHECK(expect<ignored_data>("* " + std::string(1000, 'x') + "\r\n").name.size() == 64);
}

TEST_CASE("OIMAP-V0066 LIST attributes: Noselect and Noinferiors matter") {
  const auto plain = expect<list_data>("* LIST (\\Marked \\HasChildren \\X) \"/\" a/b\r\n", quirks::none());
  CHECK_FALSE(plain.lsub);
  CHECK_FALSE(plain.noselect);
  CHECK_FALSE(plain.noinferiors);
  CHECK(plain.attributes.size() == 3);
  CHECK(plain.delimiter == '/');
  CHECK(plain.mailbox.wire() == "a/b");
  CHECK(expect<list_data>("* LIST (\\NOSELECT) \"/\" a\r\n").noselect);
  CHECK(expect<list_data>("* LIST (\\NonExistent) \"/\" a\r\n").noselect);
  CHECK(expect<list_data>("* LIST (\\Unmarked \\noinferiors) \"/\" a\r\n").noinferiors);
}

TEST_CASE("OIMAP-V0017 XIMAP-V0030 XIMAP-V0033 quoted and literal names give the same folder") {
  for (const std::string verb : {"LIST", "LSUB"}) {
    CAPTURE(verb);
    const auto quoted = expect<list_data>("* " + verb + " () \"/\" \"a \\\"b\\\\ c\"\r\n", quirks::none());
    const auto literal = expect<list_data>("* " + verb + " () \"/\" {7}\r\na \"b\\ c\r\n", quirks::none());
    CHECK(quoted.lsub == (verb == "LSUB"));
    CHECK(quoted.mailbox.wire() == "a \"b\\ c");
    CHECK(literal.mailbox == quoted.mailbox);
    CHECK(literal.delimiter == '/');
  }
}

TEST_CASE("XIMAP-V0030 a line goes on behind a literal name") {
  const auto r = expect<list_data>("* LIST () \"/\" {3}\r\na\\b (\"CHILDINFO\" (\"SUBSCRIBED\"))\r\n", quirks::none());
  CHECK(r.mailbox.wire() == "a\\b");
  CHECK_FALSE(parse_one("* LIST () \"/\" {3}\r\na\\bcd\r\n"));
}

TEST_CASE("OIMAP-V0012 both forms of the empty string as delimiter and name") {
  for (const std::string none : {"NIL", "nil", "\"\"", "{0}\r\n"}) {
    CAPTURE(none);
    CHECK_FALSE(expect<list_data>("* LIST () " + none + " a\r\n", quirks::none()).delimiter);
  }
  CHECK(expect<list_data>("* LIST () {1}\r\n. a\r\n").delimiter == '.');
  CHECK(expect<list_data>("* LIST () \"\\\\\" a\r\n").delimiter == '\\');
  CHECK_FALSE(parse_one("* LIST () \"//\" a\r\n"));
  CHECK_FALSE(parse_one("* LIST () // a\r\n"));
  CHECK(expect<list_data>("* LIST () \"/\" \"\"\r\n").mailbox.wire().empty());
  CHECK(expect<list_data>("* LIST () \"/\" {0}\r\n\r\n").mailbox.wire().empty());
  CHECK_FALSE(parse_one("* LIST () \"/\" \r\n"));
}

TEST_CASE("INBOX is one mailbox in any spelling, and a name may be NIL") {
  CHECK(expect<list_data>("* LIST () \"/\" InBox\r\n").mailbox.wire() == "INBOX");
  CHECK(expect<list_data>("* LIST () \"/\" NIL\r\n").mailbox.wire() == "NIL");
}

TEST_CASE("a name with NUL is refused") {
  CHECK_FALSE(parse_one({"* LIST () \"/\" {3}\r\na\0b\r\n", 24}));
  CHECK_FALSE(parse_one({"* LIST () \"/\" \"a\0b\"\r\n", 21}));
}

TEST_CASE("STATUS gives UNSEEN and steps over the rest") {
  const auto r = expect<status_data>("* STATUS \"a (b\" (MESSAGES 9 X (1 (2)) UNSEEN 4 Y \"z)\")\r\n", quirks::none());
  CHECK(r.mailbox.wire() == "a (b");
  CHECK(r.unseen == 4);
  CHECK(expect<status_data>("* STATUS {3}\r\na(b (UNSEEN 1)\r\n", quirks::none()).mailbox.wire() == "a(b");
  CHECK_FALSE(expect<status_data>("* STATUS a ()\r\n").unseen);
  CHECK_FALSE(expect<status_data>("* STATUS a (UNSEEN 4294967296)\r\n").unseen);
  CHECK_FALSE(expect<status_data>("* STATUS a (UNSEEN NIL)\r\n").unseen);
  CHECK_FALSE(parse_one("* STATUS a\r\n"));
  CHECK_FALSE(parse_one("* STATUS (UNSEEN 1)\r\n"));
}

TEST_CASE("OIMAP-2.1.3 what is no response fails alone, as a message-scoped error that names the place") {
  for (const std::string line : {"*",
                                 "* ",
                                 "* (",
                                 "* 5",
                                 "* 5 ",
                                 "* 5 6",
                                 "* -1 EXISTS",
                                 "* 0 FETCH (UID 1)",
                                 "* 1 FETCH",
                                 "* 1 FETCH UID 1",
                                 "* 1 FETCH (UID 1",
                                 "* 1 FETCH (UID 1))",
                                 "* LIST",
                                 "* LIST ()",
                                 "* LIST (\\A \"/\" a",
                                 "* LIST a \"/\" b",
                                 "* 5 EXISTS 6",
                                 "a1",
                                 "a1 ",
                                 "a1 MAYBE",
                                 "(",
                                 "a1 OKAY",
                                 "**",
                                 "\x01 OK x",
                                 "* 1 FETCH ((UID 1))"}) {
    CAPTURE(line);
    const auto r = parse_one(line + "\r\n");
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::malformed_response);
    CHECK(r.error().reach == scope::message);
    CHECK(r.error().detail.find("at octet") != std::string::npos);
  }
}

TEST_CASE("the limits depth and items hold in lists") {
  limits bounds;
  bounds.items = 3;
  CHECK(expect<capability_data>("* CAPABILITY A B C\r\n", quirks::all(), bounds).names.size() == 3);
  for (const std::string line :
       {"* CAPABILITY A B C D", "* LIST (\\A \\B \\C \\D) \"/\" x", "* STATUS x (A 1 B 2 C 3 D 4)",
        "* 1 FETCH (A 1 B 2 C 3 D 4)", "* 1 FETCH (FLAGS (a b c d))", "* 1 FETCH (ENVELOPE (a b c d))"}) {
    CAPTURE(line);
    const auto r = parse_one(line + "\r\n", quirks::all(), bounds);
    REQUIRE_FALSE(r);
    CHECK(r.error().code == errc::limit_exceeded);
    CHECK(r.error().reach == scope::message);
  }
  bounds = {};
  bounds.depth = 3;
  CHECK(parse_one("* 1 FETCH (ENVELOPE (((1))))\r\n", quirks::all(), bounds));
  const auto deep = parse_one("* 1 FETCH (ENVELOPE ((((1)))))\r\n", quirks::all(), bounds);
  REQUIRE_FALSE(deep);
  CHECK(deep.error().code == errc::limit_exceeded);
  CHECK_FALSE(parse_one("* 1 FETCH (X " + std::string(100'000, '(') + "\r\n"));
}
