// Sessions as other mail clients hold them: each thing that Outlook would not do is named, and nothing else.
#include "audited.hpp"

#include <set>

using namespace outmap;
using test::audit_text;

namespace {

// All rules but that of the tags, which stand in every line.
std::set<std::string> rules_of(const std::string& text) {
  const auto got = audit_text(text);
  REQUIRE(got.ok);
  std::set<std::string> out;
  for (const auto& c : got.report.commands) {
    CAPTURE(c.text);
    CHECK(c.verdict == audit_verdict::violation);
    for (const auto& f : c.findings) {
      for (const auto rule : f.rules) out.emplace(rule);
    }
  }
  CHECK(out.erase("OIMAP-C0001") == 1);
  return out;
}

}  // namespace

TEST_CASE(
    "OIMAP-C0001 OIMAP-V0061 OIMAP-V0022 OIMAP-V0008 OIMAP-V0010 a desktop client with numbers as tags, ID, NAMESPACE "
    "and header fields") {
  const auto rules = rules_of(
      "S: * OK [CAPABILITY IMAP4rev1 ID ENABLE IDLE NAMESPACE AUTH=PLAIN] ready\n"
      "C: 1 CAPABILITY\nS: * CAPABILITY IMAP4rev1 ID ENABLE IDLE NAMESPACE AUTH=PLAIN\nS: 1 OK done\n"
      "C: 2 AUTHENTICATE PLAIN\nS: 2 NO no\n"
      "C: 3 LOGIN \"anna\" \"secret\"\nS: 3 OK [CAPABILITY IMAP4rev1 ID] in\n"
      "C: 4 ID (\"name\" \"Client\" \"version\" \"1.0\")\nS: * ID NIL\nS: 4 OK done\n"
      "C: 5 NAMESPACE\nS: * NAMESPACE ((\"\" \"/\")) NIL NIL\nS: 5 OK done\n"
      "C: 6 ENABLE UTF8=ACCEPT\nS: 6 OK done\n"
      "C: 7 LIST (SUBSCRIBED) \"\" \"*\" RETURN (SPECIAL-USE)\nS: 7 OK done\n"
      "C: 8 select \"INBOX\"\nS: * 9 EXISTS\nS: 8 OK [READ-WRITE] done\n"
      "C: 9 UID fetch 1:* (FLAGS)\nS: 9 OK done\n"
      "C: 10 UID fetch 5:9 (UID RFC822.SIZE FLAGS BODY.PEEK[HEADER.FIELDS (From To Cc Bcc Subject Date "
      "Message-ID)])\nS: 10 OK done\n"
      "C: 11 UID fetch 9 (UID RFC822.SIZE BODY[])\nS: 11 OK done\n"
      "C: 12 UID fetch 8 (UID ENVELOPE BODYSTRUCTURE)\nS: 12 OK done\n"
      "C: 13 UID store 9 +Flags (\\Seen $Forwarded)\nS: 13 OK done\n"
      "C: 14 IDLE\nS: + idling\nC: 15 NOOP\nS: 14 BAD\nS: 15 OK done\n"
      "C: 16 close\nS: 16 OK done\nC: 17 logout\nS: * BYE\nS: 17 OK done\n");
  CHECK(rules == std::set<std::string>{"OIMAP-V0035", "OIMAP-V0061", "OIMAP-V0022", "OIMAP-2.1.3", "OIMAP-V0055",
                                       "OIMAP-V0010", "OIMAP-V0054", "OIMAP-V0008", "OIMAP-V0072", "OIMAP-V0009",
                                       "OIMAP-V0071", "OIMAP-V0005", "OIMAP-V0056", "OIMAP-V0028", "OIMAP-V0050"});
}

TEST_CASE(
    "OIMAP-V0040 OIMAP-V0051 OIMAP-V0053 OIMAP-V0049 OIMAP-V0045 a library with letters and numbers as tags, SEARCH "
    "and partial fetches") {
  const auto rules = rules_of(
      "S: * OK ready\n"
      "C: A00000001 CAPABILITY\nS: * CAPABILITY IMAP4rev1 SASL-IR UIDPLUS MOVE UNSELECT CONDSTORE AUTH=PLAIN "
      "AUTH=SCRAM-SHA-1\nS: A00000001 OK\n"
      "C: A00000002 AUTHENTICATE PLAIN AGFubmEAc2VjcmV0\nS: A00000002 OK in\n"
      "C: A00000003 EXAMINE INBOX (CONDSTORE)\nS: A00000003 OK [READ-ONLY] done\n"
      "C: A00000004 UID SEARCH RETURN (ALL) UNSEEN SINCE 1-Jan-2024\nS: A00000004 OK\n"
      "C: A00000005 UID FETCH 1:9 (UID FLAGS INTERNALDATE ENVELOPE BODYSTRUCTURE MODSEQ)\nS: A00000005 OK\n"
      "C: A00000006 UID FETCH 9 (BODY.PEEK[1.2]<0.4096>)\nS: A00000006 OK\n"
      "C: A00000007 FETCH 1:* FAST\nS: A00000007 OK\n"
      "C: A00000008 CHECK\nS: A00000008 OK\n"
      "C: A00000009 STATUS Sent (MESSAGES UIDNEXT UIDVALIDITY UNSEEN)\nS: A00000009 OK\n"
      "C: A00000010 UID MOVE 9 Archive\nS: A00000010 OK\n"
      "C: A00000011 UID EXPUNGE 9\nS: A00000011 OK\n"
      "C: A00000012 UNSELECT\nS: A00000012 OK\n"
      "C: A00000013 LOGOUT\nS: * BYE\nS: A00000013 OK\n");
  CHECK(rules == std::set<std::string>{"OIMAP-2.1.3", "OIMAP-V0033", "OIMAP-V0040", "OIMAP-V0061", "OIMAP-V0051",
                                       "OIMAP-V0059", "OIMAP-V0008", "OIMAP-V0072", "OIMAP-V0009", "OIMAP-V0071",
                                       "OIMAP-V0010", "OIMAP-V0054", "OIMAP-V0053", "OIMAP-V0070", "OIMAP-V0052",
                                       "OIMAP-V0049", "OIMAP-V0045"});
}
