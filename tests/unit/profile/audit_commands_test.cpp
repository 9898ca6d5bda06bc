// Each command by itself: what the profile has is allowed by its row, what it has not is named with its row.
#include "audited.hpp"

using namespace outmap;
using test::audit_command_text;

namespace {

// The rules named for the one command behind opened(), in order, with spaces between.
std::string rules_of(const std::string& command, const std::string& listed = "IMAP4rev1 IDLE") {
  const auto got = audit_command_text(command, listed);
  REQUIRE(got.ok);
  REQUIRE(got.report.commands.size() == 5);
  std::string out;
  for (const auto& f : got.report.commands.back().findings) {
    for (const auto rule : f.rules) out += (out.empty() ? "" : " ") + std::string(rule);
  }
  return out;
}

std::string row_of(const std::string& command, const std::string& listed = "IMAP4rev1 IDLE") {
  const auto got = audit_command_text(command, listed);
  REQUIRE(got.report.commands.size() == 5);
  const auto& last = got.report.commands.back();
  CHECK_MESSAGE(last.verdict == audit_verdict::allowed, got.report.violations());
  return std::string(last.rule);
}

}  // namespace

TEST_CASE("an undisturbed session is allowed to the last line") {
  const auto got = test::audit_text(test::opened());
  REQUIRE(got.ok);
  CHECK_MESSAGE(got.counts.clean(), got.report.violations());
  CHECK(got.counts.allowed == 4);
  CHECK(got.report.lines == std::vector<std::string>{"2 allowed k3f0 CAPABILITY: OIMAP-V0065",
                                                     "5 allowed 9zq1 LOGIN <hidden> <hidden>: OIMAP-V0032",
                                                     "7 allowed p0x7 CAPABILITY: OIMAP-V0035",
                                                     "10 allowed m2b5 SELECT INBOX: OIMAP-V0036"});
}

TEST_CASE("OIMAP-V0055 the lists for any server and those of IMAP4rev1 are allowed, the others are not") {
  for (const auto* list : {"(UID)", "(UID FLAGS)", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER] INTERNALDATE)",
                           "(UID FLAGS BODY.PEEK[])", "(UID FLAGS RFC822.SIZE BODY.PEEK[HEADER])"}) {
    CAPTURE(std::string(list));
    CHECK(row_of("UID FETCH 1:* " + std::string(list)) == "OIMAP-V0055");
    CHECK(row_of("FETCH 1:3,7 " + std::string(list)) == "OIMAP-V0055");
  }
  for (const auto* list : {"(UID FLAGS RFC822.SIZE RFC822.HEADER INTERNALDATE)", "(UID FLAGS RFC822)",
                           "(UID FLAGS RFC822.SIZE RFC822.HEADER)", "(UID FLAGS RFC822.PEEK)"}) {
    CAPTURE(std::string(list));
    CHECK(rules_of("UID FETCH 1 " + std::string(list)) == "OIMAP-V0055");
    CHECK(row_of("UID FETCH 1 " + std::string(list), "IMAP4") == "OIMAP-V0055");
  }
  CHECK(rules_of("UID FETCH 1 (UID FLAGS BODY.PEEK[])", "IMAP4") == "OIMAP-V0055");
  CHECK(row_of("UID FETCH 1 (UID FLAGS)", "IMAP4") == "OIMAP-V0055");
  for (const auto* list :
       {"(FLAGS UID)", "(FLAGS)", "FLAGS", "(UID FLAGS INTERNALDATE)", "(BODY.PEEK[])", "(uid flags)",
        "(UID FLAGS RFC822.SIZE)", "(UID MODSEQ)", "RFC822", "()", "(UID FLAGS", "UID)"}) {
    CAPTURE(std::string(list));
    CHECK(rules_of("UID FETCH 1 " + std::string(list)) == "OIMAP-V0055");
  }
}

TEST_CASE("OIMAP-V0008 OIMAP-V0072 OIMAP-V0009 OIMAP-V0071 ENVELOPE and BODYSTRUCTURE are named") {
  CHECK(rules_of("FETCH 1 (ENVELOPE)") == "OIMAP-V0008 OIMAP-V0072");
  CHECK(rules_of("UID FETCH 1:5 (UID BODYSTRUCTURE)") == "OIMAP-V0009 OIMAP-V0071");
  CHECK(rules_of("UID FETCH 1:5 BODY") == "OIMAP-V0009 OIMAP-V0071");
  CHECK(rules_of("UID FETCH 1:5 (UID ENVELOPE BODYSTRUCTURE FLAGS)") ==
        "OIMAP-V0008 OIMAP-V0072 OIMAP-V0009 OIMAP-V0071");
}

TEST_CASE("OIMAP-V0010 OIMAP-V0054 parts, sections and BODY without PEEK are named") {
  for (const auto* item : {"BODY.PEEK[1]", "BODY.PEEK[TEXT]", "BODY.PEEK[1.2.MIME]",
                           "BODY.PEEK[HEADER.FIELDS (DATE FROM)]", "BODY.PEEK[header]"}) {
    CAPTURE(std::string(item));
    CHECK(rules_of("UID FETCH 1 (UID " + std::string(item) + ")") == "OIMAP-V0010 OIMAP-V0054");
  }
  CHECK(rules_of("UID FETCH 1 (UID FLAGS BODY[])") == "OIMAP-V0054");
  CHECK(rules_of("UID FETCH 1 BODY[TEXT]") == "OIMAP-V0010 OIMAP-V0054 OIMAP-V0054");
}

TEST_CASE("OIMAP-V0052 OIMAP-V0053 OIMAP-V0070 macros and partial fetches are named") {
  for (const auto* macro : {"ALL", "FAST", "FULL", "fast"})
    CHECK(rules_of("FETCH 1:* " + std::string(macro)) == "OIMAP-V0052");
  CHECK(rules_of("UID FETCH 1 (BODY.PEEK[]<0.2048>)") == "OIMAP-V0053 OIMAP-V0070");
  CHECK(rules_of("UID FETCH 1 BODY[]<0.10>") == "OIMAP-V0054 OIMAP-V0053 OIMAP-V0070");
}

TEST_CASE("OIMAP-V0056 the STORE forms are allowed to the letter and no other") {
  for (const auto* form : {"FLAGS (\\Seen \\Draft \\Flagged \\Answered \\Deleted)", "FLAGS (\\Draft)", "FLAGS ()",
                           "+FLAGS (\\Deleted \\Seen)", "-FLAGS (\\Deleted)", "+FLAGS (\\Seen)", "-FLAGS (\\Seen)",
                           "+FLAGS.SILENT (\\Deleted)", "-FLAGS.SILENT (\\Deleted)", "+FLAGS.SILENT (\\Seen)",
                           "-FLAGS.SILENT (\\Seen)", "+FLAGS.SILENT (\\Flagged)", "-FLAGS.SILENT (\\Flagged)",
                           "+FLAGS.SILENT (\\Answered)", "-FLAGS.SILENT (\\Answered)"}) {
    CAPTURE(std::string(form));
    CHECK(row_of("UID STORE 7 " + std::string(form)) == "OIMAP-V0056");
    CHECK(row_of("STORE 1:2 " + std::string(form)) == "OIMAP-V0056");
  }
  for (const auto* form : {"+FLAGS (\\Draft)", "-FLAGS.SILENT (\\Draft)", "+FLAGS (\\Deleted)",
                           "+FLAGS (\\Seen \\Deleted)", "FLAGS.SILENT (\\Seen)", "+FLAGS \\Deleted",
                           "+FLAGS.SILENT (\\Seen \\Flagged)", "+flags (\\Seen)", "FLAGS \\Seen"}) {
    CAPTURE(std::string(form));
    CHECK(rules_of("UID STORE 7 " + std::string(form)) == "OIMAP-V0056");
  }
  CHECK(rules_of("UID STORE 7 (UNCHANGEDSINCE 5) +FLAGS (\\Seen)") == "OIMAP-V0061 OIMAP-V0056");
}

TEST_CASE("OIMAP-V0005 OIMAP-V0004 keywords and \\Recent are never sent") {
  CHECK(rules_of("UID STORE 7 FLAGS (\\Seen $Forwarded)") == "OIMAP-V0005");
  CHECK(rules_of("UID STORE 7 +FLAGS (NonJunk)") == "OIMAP-V0005 OIMAP-V0056");
  CHECK(rules_of("UID STORE 7 FLAGS (\\Recent)") == "OIMAP-V0004 OIMAP-2.1.3");
  CHECK(rules_of("APPEND INBOX (\\Seen $MDNSent) {3}\nS: + go\nC: <3 octets>") == "OIMAP-V0005");
}

TEST_CASE("OIMAP-V0040 OIMAP-V0049 OIMAP-V0050 OIMAP-V0051 OIMAP-V0059 the commands that Outlook never uses") {
  CHECK(rules_of("EXAMINE INBOX") == "OIMAP-V0040");
  CHECK(rules_of("CHECK") == "OIMAP-V0049");
  CHECK(rules_of("CLOSE") == "OIMAP-V0050");
  CHECK(rules_of("SEARCH UNSEEN") == "OIMAP-V0051");
  CHECK(rules_of("UID SEARCH RETURN (ALL) 1:*") == "OIMAP-V0051 OIMAP-V0059");
  CHECK(rules_of("UID EXPUNGE 1:5") == "OIMAP-V0059 OIMAP-V0061");
  CHECK(rules_of("UID MOVE 1:5 Trash") == "OIMAP-V0059 OIMAP-V0061");
  CHECK(rules_of("UID THREAD REFERENCES UTF-8 ALL") == "OIMAP-V0059 OIMAP-V0061");
}

TEST_CASE("OIMAP-V0061 OIMAP-V0022 commands of extensions and experimental ones") {
  for (const auto* command :
       {"ID (\"name\" \"x\")", "ENABLE QRESYNC", "UNSELECT", "XLIST \"\" *", "MOVE 1 a", "GETQUOTAROOT INBOX",
        "SORT (DATE) UTF-8 ALL", "XYZZY", "NOTIFY NONE", "GETACL INBOX", "FROBNICATE", "X-GM-THING"}) {
    CAPTURE(std::string(command));
    CHECK(rules_of(command) == "OIMAP-V0061");
  }
  CHECK(rules_of("NAMESPACE") == "OIMAP-V0022 OIMAP-V0061");
  CHECK(rules_of("SELECT INBOX (CONDSTORE)") == "OIMAP-V0061 OIMAP-2.1.3");
  CHECK(rules_of("LIST \"\" * RETURN (SPECIAL-USE)") == "OIMAP-V0061 OIMAP-2.1.3");
  CHECK(rules_of("LIST (SUBSCRIBED) \"\" *") == "OIMAP-V0061 OIMAP-2.1.3");
  CHECK(rules_of("LIST \"\" (INBOX a/%)") == "OIMAP-V0061 OIMAP-2.1.3");
  CHECK(rules_of("UID FETCH 1:* (UID FLAGS) (CHANGEDSINCE 5)") == "OIMAP-V0061 OIMAP-V0055");
}

TEST_CASE("OIMAP-V0045 STATUS asks for UNSEEN alone") {
  CHECK(row_of("STATUS a (UNSEEN)") == "OIMAP-V0045");
  CHECK(rules_of("STATUS a (MESSAGES UNSEEN)") == "OIMAP-V0045");
  CHECK(rules_of("STATUS a (UIDNEXT)") == "OIMAP-V0045");
  CHECK(rules_of("STATUS a UNSEEN") == "OIMAP-2.1.3");
}

TEST_CASE("OIMAP-V0041 OIMAP-V0043 XIMAP-V0031 LIST and LSUB") {
  CHECK(row_of("LIST \"\" *") == "OIMAP-V0041");
  CHECK(row_of("LIST \"\" \"*\"") == "OIMAP-V0041");
  CHECK(row_of("LIST \"\" \"\"") == "OIMAP-V0041");
  CHECK(row_of("LSUB \"\" a/%") == "OIMAP-V0043");
  CHECK(row_of("LIST a/ %") == "OIMAP-V0041");
  CHECK(rules_of("LIST a %") == "XIMAP-V0031");
}

TEST_CASE("the commands of the profile that have no form to choose are allowed") {
  CHECK(row_of("NOOP") == "OIMAP-V0028");
  CHECK(row_of("LOGOUT") == "OIMAP-2.1.2");
  CHECK(row_of("EXPUNGE") == "OIMAP-1.4");
  CHECK(row_of("CREATE \"a%b*c\"") == "OIMAP-V0019");
  CHECK(row_of("DELETE a#b") == "OIMAP-1.4");
  CHECK(row_of("RENAME a \"b c\"") == "OIMAP-1.4");
  CHECK(row_of("SUBSCRIBE a") == "OIMAP-1.4");
  CHECK(row_of("UNSUBSCRIBE a") == "OIMAP-1.4");
  CHECK(row_of("COPY 1:2 a") == "OIMAP-V0057");
  CHECK(row_of("UID COPY 1:2,9 a") == "OIMAP-V0059");
  CHECK(row_of("IDLE") == "OIMAP-V0028");
  CHECK(rules_of("IDLE", "IMAP4rev1") == "OIMAP-V0028");
  CHECK(row_of("APPEND INBOX (\\Seen \\Draft) \" 1-Feb-2024 10:00:00 +0100\" {5}\nS: + go\nC: hello") == "OIMAP-V0046");
}

TEST_CASE("OIMAP-V0013 OIMAP-V0017 OIMAP-V0018 OIMAP-V0021 mailbox names") {
  const std::string longer(256, 'x');
  CHECK(row_of("CREATE a&-b") == "OIMAP-V0019");
  CHECK(row_of("CREATE Entw&APw-rfe") == "OIMAP-V0019");
  CHECK(row_of("SELECT \"INBOX\"") == "OIMAP-V0036");
  CHECK(rules_of("CREATE a&b") == "OIMAP-V0021");
  CHECK(rules_of("CREATE \"Entw\\xc3\\xbcrfe\"") == "OIMAP-V0013 OIMAP-V0013");
  CHECK(rules_of("CREATE \"" + longer + "\"") == "OIMAP-V0017");
  CHECK(row_of("CREATE \"" + longer.substr(1) + "\"") == "OIMAP-V0019");
  CHECK(row_of("CREATE {256}\nS: + go\nC: " + longer) == "OIMAP-V0019");
  CHECK(rules_of("CREATE {3}\nS: + go\nC: a b") == "OIMAP-V0017");
  CHECK(rules_of("CREATE {3}\nS: + go\nC: a\\x07b") == "OIMAP-V0018 OIMAP-V0017");
  CHECK(rules_of("CREATE \"\"") == "OIMAP-2.1.3");
}

TEST_CASE("OIMAP-2.1.3 OIMAP-2.1.4 spacing and grammar to the letter") {
  CHECK(rules_of("NOOP ") == "OIMAP-2.1.4");
  CHECK(rules_of(" NOOP") == "OIMAP-2.1.4");
  CHECK(rules_of("SELECT  INBOX") == "OIMAP-2.1.4");
  CHECK(rules_of("SELECT\\x09INBOX") == "OIMAP-2.1.4");
  CHECK(rules_of("SELECT INBOX ") == "OIMAP-2.1.4");
  CHECK(rules_of("UID  FETCH 1 (UID)") == "OIMAP-2.1.4");
  CHECK(rules_of("UID FETCH 1 (UID  FLAGS)") == "OIMAP-2.1.4 OIMAP-V0055");
  CHECK(rules_of("UID FETCH 1 (UID FLAGS) ") == "OIMAP-2.1.4");
  CHECK(rules_of("UID STORE 1 +FLAGS (\\Seen) ") == "OIMAP-2.1.4");
  CHECK(rules_of("SELECT a b") == "OIMAP-2.1.3");
  CHECK(rules_of("SELECT") == "OIMAP-2.1.3");
  CHECK(rules_of("SELECT \"open") == "OIMAP-2.1.3");
  CHECK(rules_of("SELECT \"a\\b\"") == "OIMAP-2.1.3");
  CHECK(rules_of("NOOP now") == "OIMAP-2.1.3");
  CHECK(rules_of("UID FETCH 0 (UID)") == "OIMAP-2.1.3");
  CHECK(rules_of("UID FETCH 1:,2 (UID)") == "OIMAP-2.1.3");
  CHECK(rules_of("UID FETCH (UID)") == "OIMAP-2.1.3");
  CHECK(rules_of("APPEND INBOX \"hello\"") == "OIMAP-2.1.3 OIMAP-2.1.3");
  CHECK(rules_of("APPEND INBOX \"1-Foo-2024 10:00:00 +0100\" {5}\nS: + go\nC: hello") == "OIMAP-2.1.3");
  CHECK(rules_of("APPEND INBOX {5}\nS: + go\nC: hello {5}\nS: + go\nC: hello") == "OIMAP-V0061 OIMAP-V0046");
}

TEST_CASE("NTLM-PB3 a command over 10240 octets is named, one of 10240 is not") {
  const std::string front = "w8e4 UID FETCH ";
  const std::string back = " (UID)";
  const auto of_length = [&](std::size_t octets) {
    std::string set = "1";
    while (front.size() + set.size() + back.size() + 2 < octets) set += set.size() % 2 == 1 ? ',' : '1';
    if (set.back() == ',') set.back() = '1';
    return "UID FETCH " + set + back;
  };
  CHECK(row_of(of_length(10240)) == "OIMAP-V0055");
  CHECK(rules_of(of_length(10241)) == "NTLM-PB3");
  CHECK(rules_of(of_length(200000)) == "NTLM-PB3");
}

TEST_CASE("OIMAP-V0013 OIMAP-V0014 what a literal holds") {
  CHECK(rules_of("APPEND INBOX {5}\nS: + go\nC: h\\xc3\\xa4lo") == "OIMAP-V0013");
  CHECK(rules_of("APPEND INBOX {5}\nS: + go\nC: h\\x00llo") == "OIMAP-V0014");
}

TEST_CASE("extensions that outmap knows by name are told apart from violations") {
  const auto verdict = [](const std::string& command, const std::string& listed) {
    const auto got = audit_command_text(command, listed);
    const auto& last = got.report.commands.back();
    return std::string(to_string(last.verdict)) + ' ' + std::string(last.extension);
  };
  CHECK(verdict("COMPRESS DEFLATE", "IMAP4rev1 COMPRESS=DEFLATE") == "extension COMPRESS=DEFLATE");
  CHECK(verdict("COMPRESS DEFLATE", "IMAP4rev1") == "violation ");
  CHECK(verdict("APPEND INBOX {5+}\nC: hello", "IMAP4rev1 LITERAL+") == "extension LITERAL+");
  CHECK(rules_of("APPEND INBOX {5+}\nC: hello", "IMAP4rev1") == "OIMAP-2.1.3");
}
