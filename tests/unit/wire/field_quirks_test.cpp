// What servers were seen to do to a stream of responses, and what the profile tells a client to step over.
#include <doctest/doctest.h>

#include "received.hpp"
#include "wire/encoder.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::check_every_cut;
using test::expect;
using test::outline;
using test::parse_one;
using test::receive;

namespace {

// The responses of `stream` in one line each; "dropped" for a frame that is none. The same however it is cut.
std::vector<std::string> understood(const std::string& stream, quirks tolerated = quirks::all()) {
  check_every_cut(stream, tolerated);
  const auto received = receive(stream, {}, {}, tolerated);
  REQUIRE_FALSE(received.failure);
  CHECK(received.at_boundary);
  std::vector<std::string> out;
  for (const auto& f : received.frames) out.push_back(f.parsed ? outline(f.parsed) : "dropped");
  return out;
}

using lines = std::vector<std::string>;

// What a client keeps of the answer to SELECT (OIMAP-V0036): everything else is data that it ignores.
lines needed_of_select(const std::string& stream) {
  lines out;
  for (const auto& f : receive(stream).frames) {
    REQUIRE(f.parsed);
    if (const auto* exists = std::get_if<exists_data>(&*f.parsed)) out.push_back(std::to_string(exists->count));
    const auto* status = std::get_if<status_response>(&*f.parsed);
    if (status != nullptr && status->code.kind == code_kind::uid_validity) {
      out.push_back("validity " + std::to_string(status->code.number));
    }
    if (status != nullptr && !status->tag.empty()) {
      CHECK(status->condition == condition::ok);
      CHECK((status->code.kind == code_kind::none || status->code.kind == code_kind::ignored));
      out.push_back("done");
    }
  }
  return out;
}

}  // namespace

TEST_CASE("OIMAP-2.1.3 stray text between responses is dropped alone, strict or lenient") {
  for (const std::string stray : {"The information store is busy", "--", "250 fine", "-ERR what", "+-", "\"unclosed",
                                  "(", ")", "{7}", "text {7}", "text (BODY[] {7}", "*", "* ", "*5 EXISTS", "* 5", "* (",
                                  "EXISTS 5", "\x1b[31mred", "caf\xc3\xa9 ferm\xc3\xa9"}) {
    CAPTURE(stray);
    const auto stream = "* 1 EXISTS\r\n" + stray + "\r\n* 2 EXISTS\r\na1 OK done\r\n";
    for (const auto tolerated : {quirks::all(), quirks::none()}) {
      const auto got = understood(stream, tolerated);
      REQUIRE(got.size() == 4);
      CHECK(got[0] == "exists count=1");
      CHECK((got[1] == "dropped" || stray == "+-"));
      CHECK(got[2] == "exists count=2");
      CHECK(got[3] == outline(parse_one("a1 OK done\r\n")));
    }
  }
}

TEST_CASE("stray text in the form of a tagged status is one, of a tag that nobody gave") {
  const auto got = expect<status_response>("250 ok then\r\n");
  CHECK(got.tag == "250");
  CHECK(got.text == "then");
}

TEST_CASE("OIMAP-2.1.3 a line after the tagged OK is dropped, or is what it is") {
  const auto done = outline(parse_one("a1 OK done\r\n"));
  CHECK(understood("a1 OK done\r\nelapsed 3 ms\r\n* 5 EXISTS\r\n") == lines{done, "dropped", "exists count=5"});
  CHECK(understood("a1 OK done\r\n\r\n* 5 EXISTS\r\n") == lines{done, "exists count=5"});
  CHECK(understood("a1 OK done\r\n* 5 EXISTS\r\n* 1 FETCH (FLAGS ())\r\n") ==
        lines{done, "exists count=5", "fetch number=1 flags=()"});
}

TEST_CASE("NTLM-1.1-01 OIMAP-2.1.3 '+' that nobody asked for is a continuation request, never a status") {
  CHECK(understood("* 1 EXISTS\r\n+ idling\r\n+\r\n* 2 EXISTS\r\n+OK x\r\n-ERR x\r\n") ==
        lines{"exists count=1", "continue idling", "continue ", "exists count=2", "continue OK x", "dropped"});
  // It takes nothing of what follows, also where it ends like an announcement.
  CHECK(understood("+ {11}\r\n* 2 EXISTS\r\n") == lines{"continue {11}", "exists count=2"});
}

TEST_CASE("OIMAP-2.1.3 a name with tabs is read and can be sent") {
  const auto name = expect<list_data>("* LIST () \"/\" In\tbox\told \r\n").mailbox;
  CHECK(name.wire() == "In\tbox\told");
  CHECK(expect<status_data>("* STATUS In\tbox\told (UNSEEN 2)\r\n").mailbox == name);
  CHECK(expect<list_data>("* LIST () \"/\" {10}\r\nIn\tbox\told\r\n", quirks::none()).mailbox == name);
  encoder out("ab12");
  const auto sent = out.raw("STATUS").mailbox(name).finish();
  REQUIRE(sent);
  std::string octets;
  for (const auto& f : sent->fragments) octets += f.bytes;
  CHECK(octets == "ab12 STATUS \"In\tbox\told\"\r\n");
}

TEST_CASE("OIMAP-2.1.4 trailing blanks of a response are no part of it") {
  for (const std::string line :
       {"* OK ready", "a1 NO [ALERT] no", "+ abc=", "* CAPABILITY IMAP4rev1 IDLE", "* LIST (\\Noselect) \"/\" a/b",
        "* LIST () \"/\" \"a b\"", "* LSUB () \"/\" {1}\r\na", "* STATUS \"a b\" (UNSEEN 1)", "* 5 EXISTS",
        "* 5 RECENT", "* 5 EXPUNGE", "* FLAGS (\\Seen)", "* SEARCH", "* 1 FETCH (UID 7 FLAGS (\\Seen))",
        "* 1 FETCH (UID 7 BODY[] {2}\r\nab)"}) {
    CAPTURE(line);
    const auto canonical = understood(line + "\r\n", quirks::none());
    for (const std::string blanks : {" ", "  ", "\t", " \t "}) CHECK(understood(line + blanks + "\r\n") == canonical);
  }
}

TEST_CASE("XIMAP-2.1.5 missing text behind each condition, with a code and without") {
  for (const std::string status : {"* OK", "* PREAUTH", "* BYE", "* NO", "* BAD", "a1 OK", "a1 NO", "a1 BAD"}) {
    for (const std::string end : {"", " ", " [X]", " [X] "}) {
      CAPTURE(status + end);
      const auto r = expect<status_response>(status + end + "\r\n");
      CHECK(r.text.empty());
      CHECK((r.code.kind == code_kind::ignored) == (end.find('[') != std::string::npos));
      CHECK_FALSE(parse_one(status + end + "\r\n", quirks::all().without(quirk::missing_text)));
    }
  }
  CHECK(expect<status_response>("* OK [UIDVALIDITY 7]\r\n").code.number == 7);
}

TEST_CASE("XIMAP-2.1.5 keywords in any case are the same, which the grammar says too") {
  for (const std::string stream :
       {"* OK [UIDVALIDITY 7] x\r\n", "A1 NO [ALERT] x\r\n", "* BYE x\r\n", "* CAPABILITY IMAP4REV1 AUTH=NTLM\r\n",
        "* LIST (\\NOSELECT) NIL X\r\n", "* LSUB (\\NOINFERIORS) \"/\" {1}\r\nX\r\n", "* STATUS X (UNSEEN 3)\r\n",
        "* 3 EXISTS\r\n", "* 3 EXPUNGE\r\n", "* 3 RECENT\r\n", "* SEARCH 1\r\n", "* FLAGS (\\SEEN)\r\n",
        "* 3 FETCH (UID 7 FLAGS (\\SEEN) RFC822.SIZE 2 INTERNALDATE \"17-JUL-1996 02:44:25 -0700\" BODY[] "
        "{1}\r\nX)\r\n",
        "* 3 FETCH (BODY[HEADER] {1}\r\nX BODY[TEXT] {1}\r\nX RFC822 NIL ENVELOPE (NIL))\r\n"}) {
    std::string lower = stream;
    for (auto& c : lower) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    CAPTURE(stream);
    std::vector<std::string> upper_lines = understood(stream, quirks::none());
    std::vector<std::string> lower_lines = understood(lower, quirks::none());
    // Names, tags and texts keep their case, so compare without it.
    for (auto* list : {&upper_lines, &lower_lines}) {
      for (auto& c : list->at(0)) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    }
    CHECK(upper_lines == lower_lines);
    CHECK(upper_lines.at(0) != "dropped");
  }
}

TEST_CASE("XIMAP-2.1.6 what Exchange sends needs no loose spacing") {
  const std::string stream =
      "* OK The Microsoft Exchange IMAP4 service is ready.\r\n"
      "* CAPABILITY IMAP4 IMAP4rev1 AUTH=NTLM AUTH=GSSAPI AUTH=PLAIN UIDPLUS CHILDREN IDLE NAMESPACE LITERAL+\r\n"
      "a001 OK CAPABILITY completed.\r\n"
      "* LIST (\\HasNoChildren) \"/\" \"Sent Items\"\r\n* LIST (\\Marked \\HasNoChildren) \"/\" INBOX\r\n"
      "* LIST (\\HasNoChildren) \"/\" {3}\r\na\\b\r\na002 OK LIST completed.\r\n"
      "* 3 EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)\r\n"
      "* OK [PERMANENTFLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)] Permanent flags\r\n"
      "* OK [UNSEEN 2] Is the first unseen message\r\n* OK [UIDVALIDITY 14] UIDVALIDITY value\r\n"
      "* OK [UIDNEXT 9] The next unique identifier value\r\na003 OK [READ-WRITE] SELECT completed.\r\n"
      "* 1 FETCH (UID 4 FLAGS (\\Seen))\r\n* 2 FETCH (BODY[HEADER] {4}\r\n\r\n\r\n UID 5)\r\na004 OK FETCH "
      "completed.\r\n";
  const auto strict = understood(stream, quirks::none());
  CHECK(strict == understood(stream));
  CHECK(std::count(strict.begin(), strict.end(), "dropped") == 0);
  CHECK(strict.size() == 18);
}

TEST_CASE("OIMAP-V0012 both forms of the empty string are the same wherever a string may stand") {
  for (const std::string line :
       {"* LIST () % a", "* LIST () \"/\" %", "* LSUB () % %", "* STATUS % (UNSEEN 2)",
        "* 1 FETCH (UID 7 ENVELOPE (% NIL (%)))", "* 1 FETCH (BODYSTRUCTURE (\"text\" %) FLAGS (\\Seen))",
        "* LIST () \"/\" a (\"X\" (%))", "* NAMESPACE ((% \"/\")) NIL NIL"}) {
    CAPTURE(line);
    const auto with = [&](const std::string& empty) {
      auto text = line;
      for (auto at = text.find('%'); at != std::string::npos; at = text.find('%')) text.replace(at, 1, empty);
      return understood(text + "\r\n", quirks::none());
    };
    CHECK(with("\"\"") == with("{0}\r\n"));
    CHECK(with("\"\"") != lines{"dropped"});
  }
  // A body is streamed as a literal and held as a quoted string: no octets either way.
  for (const std::string item : {"BODY[]", "BODY[HEADER]", "RFC822"}) {
    const auto quoted = receive("* 1 FETCH (UID 7 " + item + " \"\")\r\n", {}, {}, quirks::none());
    CHECK(std::get<fetch_data>(quoted.frames.at(0).parsed.value()).bodies.at(0).text == "");
    const auto streamed = receive("* 1 FETCH (UID 7 " + item + " {0}\r\n)\r\n", {}, {}, quirks::none());
    CHECK(std::get<fetch_data>(streamed.frames.at(0).parsed.value()).bodies.at(0).streamed);
    REQUIRE(streamed.frames[0].bodies.size() == 1);
    CHECK(streamed.frames[0].bodies[0].ended);
    CHECK(streamed.frames[0].bodies[0].octets.empty());
  }
}

TEST_CASE("OIMAP-2.1.6 a flag-extension changes nothing in any flag list") {
  const std::pair<std::string, std::string> pairs[] = {
      {"* 1 FETCH (UID 7 FLAGS (\\Seen%))\r\n", "\\Seen"},
      {"* 1 FETCH (FLAGS (%\\Seen %$X \\Draft))\r\n", "\\Seen \\Draft $X"},
  };
  for (const auto& [text, flags] : pairs) {
    for (const std::string extension : {"\\XFuture", "\\x", "\\Seen2", "\\*", "\\Recent"}) {
      CAPTURE(extension);
      auto stream = text;
      for (auto at = stream.find('%'); at != std::string::npos; at = stream.find('%')) {
        const bool behind = stream[at - 1] == 'n';
        stream.replace(at, 1, behind ? " " + extension : extension + " ");
      }
      CHECK(expect<fetch_data>(stream, quirks::none()).flags->to_string() == flags);
      check_every_cut(stream);
    }
  }
  CHECK(expect<ignored_data>("* FLAGS (\\Seen \\XFuture)\r\n", quirks::none()).name == "FLAGS");
  const auto code = expect<status_response>("* OK [PERMANENTFLAGS (\\Seen \\XFuture \\*)] x\r\n", quirks::none()).code;
  CHECK(code.kind == code_kind::ignored);
  const auto list = expect<list_data>("* LIST (\\XFuture \\Noselect) \"/\" a\r\n", quirks::none());
  CHECK(list.noselect);
  CHECK_FALSE(list.noinferiors);
}

TEST_CASE("OIMAP-2.1.5 structure that the server volunteers is skipped, sound or damaged") {
  const std::string plain = "\"TEXT\" \"PLAIN\" (\"CHARSET\" \"US-ASCII\") NIL NIL \"7BIT\" 3028 92";
  const std::string extended =
      plain + " \"md5\" (\"inline\" (\"a\" {3}\r\n)\r\n)) (\"en\" \"de\") \"loc\" (1 (2 (NIL)) \"x\")";
  for (const std::string& item :
       {"BODYSTRUCTURE (" + plain + ")", "BODYSTRUCTURE (" + extended + ")", "BODY (" + plain + ")",
        "BODYSTRUCTURE ((" + extended + ")(" + plain + ") \"MIXED\" (\"BOUNDARY\" \")(\") NIL NIL NIL 7 (8))",
        std::string("BODYSTRUCTURE NIL"), std::string("BODYSTRUCTURE ()"), std::string("ENVELOPE NIL"),
        std::string("ENVELOPE (\"d\" \"a \\\" ( b\" ((NIL NIL \"u\" \"h\")) NIL NIL NIL NIL NIL NIL \"<i@h>\")"),
        std::string("ENVELOPE (\"d\" {14}\r\n) BODY[] {3}\r\nx NIL)"),
        std::string("ENVELOPE (\"d\" \"say \"hi\"\" NIL)"), std::string("ENVELOPE (caf\xc3\xa9 \"\xe4\")")}) {
    CAPTURE(item);
    const auto stream =
        "* 1 FETCH (" + item + " UID 7)\r\n* 2 FETCH (UID 8 " + item + " FLAGS (\\Seen))\r\n* 9 EXISTS\r\n";
    CHECK(understood(stream) == lines{"fetch number=1 uid=7", "fetch number=2 uid=8 flags=(\\Seen)", "exists count=9"});
    for (const auto& f : receive(stream).frames) CHECK(f.bodies.empty());
  }
  // One that cannot be followed costs its response and no other.
  for (const std::string item : {"ENVELOPE (\"d\" \"say \"hi\" now\" NIL)", "BODYSTRUCTURE (\"a\" (",
                                 "BODYSTRUCTURE \"a\" \"b\")) (", "ENVELOPE (\"unclosed)"}) {
    CAPTURE(item);
    CHECK(understood("* 1 FETCH (UID 7 " + item + ")\r\n* 9 EXISTS\r\n") == lines{"dropped", "exists count=9"});
  }
}

TEST_CASE("OIMAP-V0036 OIMAP-V0037 OIMAP-V0038 OIMAP-V0039 of SELECT only EXISTS and UIDVALIDITY are data") {
  const std::string optional[] = {
      "* FLAGS (\\Answered \\Deleted)\r\n", "* 1 RECENT\r\n",         "* OK [UNSEEN 2] first\r\n",
      "* OK [PERMANENTFLAGS ()] none\r\n",  "* OK [UIDNEXT 9] n\r\n", "* OK [READ-ONLY] r\r\n",
  };
  const lines needed = {"3", "validity 14", "done"};
  for (const std::string end :
       {"a1 OK done\r\n", "a1 OK [READ-WRITE] done\r\n", "a1 OK [READ-ONLY] done\r\n", "a1 OK\r\n"}) {
    for (unsigned bits = 0; bits < 64; ++bits) {
      std::string stream = "* 3 EXISTS\r\n";
      for (unsigned i = 0; i < 6; ++i) {
        if ((bits & (1u << i)) != 0) stream += optional[i];
      }
      stream += "* OK [UIDVALIDITY 14] v\r\n" + end;
      CAPTURE(stream);
      CHECK(needed_of_select(stream) == needed);
    }
  }
  // Without UIDVALIDITY, or with one that is none, nothing is taken for it.
  CHECK(needed_of_select("* 3 EXISTS\r\na1 OK done\r\n") == lines{"3", "done"});
  CHECK(needed_of_select("* 3 EXISTS\r\n* OK [UIDVALIDITY 0] x\r\na1 OK done\r\n") == lines{"3", "done"});
  CHECK(needed_of_select("* 3 EXISTS\r\n* OK [UIDVALIDITY] x\r\na1 OK done\r\n") == lines{"3", "done"});
}
