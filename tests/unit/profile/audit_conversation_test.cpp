// What can only be seen in the order of a conversation: states, pipelining, the ladder, capabilities, tags.
#include "audited.hpp"

using namespace outmap;
using test::audit_text;
using test::opened;

namespace {

std::vector<std::string> findings_of(const std::string& text, const auth_policy& policy = {}) {
  const auto got = audit_text(text, policy);
  REQUIRE(got.ok);
  std::vector<std::string> out;
  for (const auto& c : got.report.commands) {
    for (const auto& f : c.findings) {
      std::string rules;
      for (const auto r : f.rules) rules += (rules.empty() ? "" : " ") + std::string(r);
      out.push_back(c.tag + ": " + rules);
    }
  }
  return out;
}

using list = std::vector<std::string>;

// Greeting and CAPABILITY, without a fault.
std::string greeted(const std::string& listed) {
  return "S: * OK ready\nC: k3f0 CAPABILITY\nS: * CAPABILITY " + listed + "\nS: k3f0 OK done\n";
}

std::string attempt(const std::string& tag, const std::string& mechanism, const std::string& answer) {
  if (mechanism == "LOGIN") return "C: " + tag + " LOGIN anna \"<secret>\"\nS: " + tag + ' ' + answer + '\n';
  return "C: " + tag + " AUTHENTICATE " + mechanism + "\nS: + \nC: <secret>\nS: " + tag + ' ' + answer + '\n';
}

const std::string all_four = "IMAP4rev1 AUTH=NTLM AUTH=DIGEST-MD5 AUTH=PLAIN";

}  // namespace

TEST_CASE("OIMAP-C0001 counters, wrong forms and a tag that still runs") {
  CHECK(findings_of("S: * OK\nC: A001 NOOP\nS: A001 OK\n") == list{"A001: OIMAP-C0001"});
  CHECK(findings_of("S: * OK\nC: abc NOOP\nS: abc OK\nC: abcde NOOP\nS: abcde OK\nC: ab-d NOOP\nS: ab-d OK\nC: ABCD "
                    "NOOP\nS: ABCD OK\n") ==
        list{"abc: OIMAP-C0001", "abcde: OIMAP-C0001", "ab-d: OIMAP-C0001", "ABCD: OIMAP-C0001"});
  // The right form does not hide a counter; two neighbours may be chance.
  CHECK(findings_of("S: * OK\nC: a001 NOOP\nS: a001 OK\nC: a002 NOOP\nS: a002 OK\nC: a003 NOOP\nS: a003 OK\nC: a004 "
                    "NOOP\nS: a004 OK\n") == list{"a003: OIMAP-C0001", "a004: OIMAP-C0001"});
  CHECK(findings_of("S: * OK\nC: aaaa NOOP\nS: aaaa OK\nC: aaab NOOP\nS: aaab OK\nC: aaac NOOP\nS: aaac OK\n") ==
        list{"aaac: OIMAP-C0001"});
  CHECK(findings_of("S: * OK\nC: ab12 NOOP\nC: ab12 NOOP\nS: ab12 OK\nS: ab12 OK\n") == list{"ab12: OIMAP-C0001"});
  CHECK(findings_of("S: * OK\nC: ab12 NOOP\nS: ab12 OK\nC: x0x0 NOOP\nS: x0x0 OK\nC: ab12 NOOP\nS: ab12 OK\n").empty());
  const auto counted = audit_text("S: * OK\nC: 8 NOOP\nS: 8 OK\nC: 9 NOOP\nS: 9 OK\nC: 10 NOOP\nS: 10 OK\n");
  REQUIRE(counted.report.findings.size() == 3);
  CHECK(counted.report.findings[2] == "OIMAP-C0001 the tag is a counter, and not four characters of a-z and 0-9");
}

TEST_CASE("OIMAP-V0026 what may run together and what may not") {
  CHECK(findings_of(
            opened() +
            "C: aa11 UID FETCH 1 (UID)\nC: bb22 UID FETCH 2 (UID)\nC: cc33 NOOP\nS: bb22 OK\nS: aa11 OK\nS: cc33 OK\n")
            .empty());
  CHECK(findings_of(
            opened() +
            "C: aa11 LIST \"\" *\nC: bb22 LSUB \"\" *\nC: cc33 STATUS a (UNSEEN)\nS: aa11 OK\nS: bb22 OK\nS: cc33 OK\n")
            .empty());
  // Around a SELECT that is not answered yet: what only reads, and no message numbers.
  CHECK(findings_of(opened() + "C: aa11 UID FETCH 1:* (UID FLAGS)\nC: bb22 SELECT b\nC: cc33 UID FETCH 1:* (UID "
                               "FLAGS)\nC: dd44 SELECT c\nS: aa11 OK\nS: bb22 OK\nS: cc33 OK\nS: dd44 OK\n")
            .empty());
  CHECK(findings_of(opened() + "C: aa11 SELECT b\nC: bb22 FETCH 1 (UID)\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  CHECK(findings_of(opened() + "C: aa11 SELECT b\nC: bb22 UID STORE 1 +FLAGS (\\Seen)\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  CHECK(findings_of(opened() + "C: aa11 EXPUNGE\nC: bb22 SELECT b\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  CHECK(findings_of(opened() + "C: aa11 FETCH 1 (UID)\nC: bb22 STORE 1 +FLAGS (\\Seen)\nC: cc33 EXPUNGE\nS: aa11 "
                               "OK\nS: bb22 OK\nS: cc33 OK\n")
            .empty());
  CHECK(findings_of(opened() + "C: aa11 NOOP\nC: bb22 FETCH 1 (UID)\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  CHECK(findings_of(opened() + "C: aa11 COPY 1 a\nC: bb22 COPY 1 b\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  CHECK(
      findings_of(opened() + "C: aa11 UID STORE 1 +FLAGS (\\Seen)\nC: bb22 FETCH 1 (UID)\nS: aa11 OK\nS: bb22 OK\n") ==
      list{"bb22: OIMAP-V0026"});
  CHECK(findings_of(greeted("IMAP4rev1") +
                    "C: aa11 LOGIN a \"<secret>\"\nC: bb22 CAPABILITY\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  CHECK(findings_of(greeted("IMAP4rev1 STARTTLS") + "C: aa11 STARTTLS\nC: bb22 CAPABILITY\nS: aa11 OK\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
  // A command inside AUTHENTICATE is no line of it.
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=NTLM") +
                    "C: aa11 AUTHENTICATE NTLM\nC: bb22 CAPABILITY\nS: aa11 NO\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0026"});
}

TEST_CASE("OIMAP-2.1.3 a literal waits for the server") {
  CHECK(findings_of(opened() + "C: aa11 APPEND INBOX {5}\nS: + go\nC: hello\nS: aa11 OK\n").empty());
  CHECK(findings_of(opened() + "C: aa11 APPEND INBOX {5}\nC: hello\nS: + go\nS: aa11 OK\n") ==
        list{"aa11: OIMAP-2.1.3"});
}

TEST_CASE("OIMAP-1.4 no command in the wrong state") {
  CHECK(findings_of(greeted("IMAP4rev1") + "C: aa11 SELECT INBOX\nS: aa11 BAD\n") == list{"aa11: OIMAP-1.4"});
  CHECK(findings_of(opened() + "C: aa11 LOGIN a \"<secret>\"\nS: aa11 BAD\n") == list{"aa11: OIMAP-1.4"});
  CHECK(findings_of(opened() + "C: aa11 SELECT Gone\nS: aa11 NO\nC: bb22 UID FETCH 1 (UID)\nS: bb22 BAD\n") ==
        list{"bb22: OIMAP-1.4"});
  CHECK(findings_of(opened() + "C: aa11 LOGOUT\nS: * BYE\nS: aa11 OK\nC: bb22 NOOP\n") == list{"bb22: OIMAP-1.4"});
  CHECK(findings_of("S: * PREAUTH hi\nC: aa11 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: aa11 OK\nC: bb22 LIST \"\" "
                    "*\nS: bb22 OK\n")
            .empty());
}

TEST_CASE("OIMAP-V0028 IDLE is ended with DONE before anything else") {
  CHECK(findings_of(opened() + "C: aa11 IDLE\nS: + idling\nC: DONE\nS: aa11 OK\nC: bb22 NOOP\nS: bb22 OK\n").empty());
  CHECK(findings_of(opened() + "C: aa11 IDLE\nS: + idling\nC: bb22 NOOP\nS: aa11 BAD\nS: bb22 OK\n") ==
        list{"bb22: OIMAP-V0028"});
}

TEST_CASE("OIMAP-V0065 OIMAP-V0033 OIMAP-V0035 XIMAP-V0020 capabilities come from CAPABILITY, asked anew each time") {
  CHECK(findings_of("S: * OK [CAPABILITY IMAP4rev1] ready\nC: aa11 LOGIN a \"<secret>\"\nS: aa11 OK\nC: bb22 "
                    "CAPABILITY\nS: bb22 OK\n") == list{"aa11: OIMAP-V0065"});
  CHECK(findings_of(greeted("IMAP4rev1") + "C: aa11 LOGIN a \"<secret>\"\nS: aa11 OK [CAPABILITY IMAP4rev1 IDLE] "
                                           "in\nC: bb22 LIST \"\" *\nS: bb22 OK\nC: cc33 IDLE\nS: cc33 BAD\n") ==
        list{"bb22: OIMAP-V0035", "cc33: OIMAP-V0028"});
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=PLAIN") + attempt("aa11", "PLAIN", "OK in") +
                    "C: bb22 LOGOUT\nS: bb22 OK\n") == list{"bb22: OIMAP-V0033"});
  const auto starttls = greeted("IMAP4rev1 STARTTLS LOGINDISABLED") + "C: ss00 STARTTLS\nS: ss00 OK go\n";
  CHECK(findings_of(starttls + "C: aa11 LOGIN a \"<secret>\"\nS: aa11 OK\nC: bb22 CAPABILITY\nS: bb22 OK\n") ==
        list{"aa11: XIMAP-V0020 OIMAP-V0065"});
  CHECK(findings_of(starttls + "C: zz99 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: zz99 OK\nC: aa11 LOGIN a "
                               "\"<secret>\"\nS: aa11 OK\nC: bb22 CAPABILITY\nS: bb22 OK\n")
            .empty());
}

TEST_CASE("OIMAP-V0034 OIMAP-V0032 OIMAP-E0001 OIMAP-V0029 the ladder, strongest first, among what is listed") {
  const auto after = "C: yy88 CAPABILITY\nS: yy88 OK\n";
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "NTLM", "NO") + attempt("bb22", "DIGEST-MD5", "NO") +
                    attempt("cc33", "PLAIN", "OK") + after)
            .empty());
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "PLAIN", "OK") + after) == list{"aa11: OIMAP-V0034"});
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "LOGIN", "OK") + after) == list{"aa11: OIMAP-V0034"});
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "NTLM", "NO") + attempt("bb22", "LOGIN", "OK") + after) ==
        list{"bb22: OIMAP-V0034"});
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "DIGEST-MD5", "NO") + attempt("bb22", "NTLM", "OK") + after) ==
        list{"aa11: OIMAP-V0034", "bb22: OIMAP-V0034"});
  CHECK(findings_of(greeted("IMAP4rev1") + attempt("aa11", "LOGIN", "OK") + after).empty());
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=GSSAPI") + attempt("aa11", "LOGIN", "OK") + after).empty());
  CHECK(findings_of(greeted("IMAP4rev1") + attempt("aa11", "NTLM", "NO")) == list{"aa11: OIMAP-V0032"});
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=CRAM-MD5") + attempt("aa11", "CRAM-MD5", "NO")) ==
        list{"aa11: OIMAP-E0001"});
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=ANONYMOUS") + attempt("aa11", "ANONYMOUS", "NO")) ==
        list{"aa11: OIMAP-V0029"});
  CHECK(findings_of(greeted("IMAP4rev1") + "C: aa11 LOGIN anonymous me@\nS: aa11 NO\n") == list{"aa11: OIMAP-V0029"});
  // The account's policy says what the ladder is.
  auth_policy plain_only;
  plain_only.allowed = {mechanism::plain};
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "PLAIN", "OK") + after, plain_only).empty());
  CHECK(findings_of(greeted(all_four) + attempt("aa11", "NTLM", "OK") + after, plain_only) ==
        list{"aa11: OIMAP-V0034"});
}

TEST_CASE("XIMAP-V0061 at most three failures on a connection; the ladder goes on on the next") {
  const auto three = greeted(all_four) + attempt("aa11", "NTLM", "NO") + attempt("bb22", "DIGEST-MD5", "BAD") +
                     attempt("cc33", "PLAIN", "NO");
  CHECK(findings_of(three + attempt("dd44", "LOGIN", "NO")) == list{"dd44: XIMAP-V0061"});
  CHECK(
      findings_of(three + "C: dd44 LOGOUT\nS: * BYE\nS: dd44 OK\n" + greeted(all_four) + attempt("ee55", "LOGIN", "NO"))
          .empty());
  const auto hung_up = greeted(all_four) + "C: aa11 AUTHENTICATE NTLM\nS: + \nC: <secret>\nS: * BYE too many\n";
  CHECK(findings_of(hung_up + greeted(all_four) + attempt("bb22", "DIGEST-MD5", "NO")).empty());
}

TEST_CASE("OIMAP-V0031 OIMAP-E0002 no password without TLS where the trace can tell; LOGINDISABLED is kept") {
  const std::string plain = "# connected to h (127.0.0.1:143)\n";
  const std::string protected_ = plain + "# TLS: TLSv1.3 X\n";
  const auto login = greeted("IMAP4rev1 AUTH=PLAIN") + attempt("aa11", "PLAIN", "NO");
  CHECK(findings_of(plain + login) == list{"aa11: OIMAP-V0031"});
  CHECK(findings_of(protected_ + login).empty());
  CHECK(findings_of(login).empty());
  CHECK(findings_of(greeted("IMAP4rev1 STARTTLS AUTH=PLAIN") + attempt("aa11", "PLAIN", "NO")) ==
        list{"aa11: OIMAP-V0031"});
  auth_policy allowed;
  allowed.plaintext = plaintext_policy::allowed;
  CHECK(findings_of(plain + login, allowed).empty());
  CHECK(findings_of(plain + greeted("IMAP4rev1 AUTH=NTLM") + attempt("aa11", "NTLM", "NO")).empty());
  CHECK(findings_of(plain + greeted("IMAP4rev1 AUTH=NTLM") + attempt("aa11", "LOGIN", "NO"), allowed) ==
        list{"aa11: OIMAP-V0034 OIMAP-E0002"});
  CHECK(findings_of(protected_ + greeted("IMAP4rev1 LOGINDISABLED") + attempt("aa11", "LOGIN", "NO")) ==
        list{"aa11: OIMAP-V0031"});
}

TEST_CASE("NTLM-PB4 STARTTLS where it is listed") {
  CHECK(findings_of(greeted("IMAP4rev1") + "C: aa11 STARTTLS\nS: aa11 BAD\n") == list{"aa11: NTLM-PB4"});
  CHECK(findings_of("S: * OK\nC: aa11 STARTTLS\nS: aa11 OK\n") == list{"aa11: OIMAP-V0065"});
}

TEST_CASE("NTLM-2.2.1-03 NTLM-2.2.1-11 NTLM-2.2.1-12 NTLM-2.2.3-01 NTLM-3.1.1.2-02 the lines of AUTHENTICATE") {
  const auto ntlm = greeted("IMAP4rev1 AUTH=NTLM") + "C: aa11 AUTHENTICATE NTLM\nS: + \n";
  const std::string negotiate = "TlRMTVNTUAABAAAAB4IIogAAAAAAAAAAAAAAAAAAAAAFASgKAAAADw==";
  const auto got = audit_text(ntlm + "C: " + negotiate + "\nS: + TlRM\nC: *\nS: aa11 BAD\n");
  CHECK_MESSAGE(got.counts.clean(), got.report.violations());
  REQUIRE(got.report.commands.size() == 4);
  CHECK(got.report.commands[1].rule == "NTLM-2.2.1-03");
  CHECK(got.report.commands[2].rule == "NTLM-2.2.1-11");
  CHECK(got.report.commands[2].text == "<hidden>");
  CHECK(got.report.commands[3].rule == "NTLM-2.2.1-12");
  CHECK(findings_of(ntlm + "C: AAAA\nS: aa11 NO\n") == list{": NTLM-3.1.1.2-02"});
  CHECK(findings_of(ntlm + "C: TlRMTVNTUAABAAAAR4IIog==\nS: aa11 NO\n") == list{": NTLM-3.1.1.2-01"});
  CHECK(findings_of(ntlm + "C: not base64!\nS: aa11 NO\n") == list{": NTLM-2.2.1-11 NTLM-2.2.3-01"});
  CHECK(findings_of(ntlm + "C: TlRM=TVN\nS: aa11 NO\n") == list{": NTLM-2.2.1-11 NTLM-2.2.3-01"});
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=NTLM") + "C: aa11 AUTHENTICATE NTLM " + negotiate + "\nS: aa11 NO\n") ==
        list{"aa11: NTLM-2.2.1-03"});
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=PLAIN") + "C: aa11 AUTHENTICATE PLAIN AGEAYg==\nS: aa11 NO\n") ==
        list{"aa11: OIMAP-2.1.3"});
  CHECK(findings_of(greeted("IMAP4rev1 AUTH=NTLM") + "C: aa11 AUTHENTICATE NTLM\nC: " + negotiate +
                    "\nS: + \nS: aa11 NO\n") == list{": NTLM-2.2.1-11"});
}

TEST_CASE("OIMAP-V0030 DIGEST-MD5 without a security layer") {
  const auto digest = greeted("IMAP4rev1 AUTH=DIGEST-MD5") + "C: aa11 AUTHENTICATE DIGEST-MD5\nS: + cmVhbG0=\nC: ";
  CHECK(findings_of(digest + "dXNlcm5hbWU9ImEiLHFvcD1hdXRoLWludCxuYz0wMDAwMDAwMQ==\nS: aa11 NO\n") ==
        list{": OIMAP-V0030"});
  CHECK(findings_of(digest + "dXNlcm5hbWU9ImEiLHFvcD1hdXRoLG5jPTAwMDAwMDAx\nS: aa11 NO\n").empty());
}

TEST_CASE("mechanisms of the known extensions are extensions") {
  for (const std::string name : {"XOAUTH2", "OAUTHBEARER", "SCRAM-SHA-256"}) {
    const auto got = audit_text(greeted("IMAP4rev1 AUTH=" + name) + attempt("aa11", name, "NO"));
    REQUIRE(got.report.commands.size() == 3);
    CHECK(got.report.commands[1].verdict == audit_verdict::extension);
    CHECK(got.report.commands[1].extension == "AUTH=" + name);
  }
  CHECK(findings_of(greeted("IMAP4rev1") + attempt("aa11", "XOAUTH2", "NO")) == list{"aa11: OIMAP-V0032"});
}

TEST_CASE("OIMAP-V0047 OIMAP-V0058 TRYCREATE is ignored") {
  CHECK(
      findings_of(opened() + "C: aa11 APPEND Sent {5}\nS: aa11 NO [TRYCREATE] no\nC: bb22 CREATE Sent\nS: bb22 OK\n") ==
      list{"bb22: OIMAP-V0047"});
  CHECK(
      findings_of(opened() + "C: aa11 UID COPY 1 Sent\nS: aa11 NO [TRYCREATE] no\nC: bb22 CREATE Sent\nS: bb22 OK\n") ==
      list{"bb22: OIMAP-V0058"});
  CHECK(findings_of(opened() + "C: aa11 UID COPY 1 Sent\nS: aa11 NO [TRYCREATE] no\nC: bb22 NOOP\nS: bb22 OK\nC: cc33 "
                               "CREATE Sent\nS: cc33 OK\n")
            .empty());
}

TEST_CASE("OIMAP-V0066 OIMAP-V0043 what LIST and LSUB said of a mailbox, the last word counting") {
  const std::string tree =
      "C: aa11 LIST \"\" *\nS: * LIST (\\Noselect) \"/\" Top\nS: * LIST (\\Noinferiors) \"/\" Leaf\nS: aa11 OK\n";
  CHECK(findings_of(opened() + tree + "C: bb22 SELECT Top\nS: bb22 NO\n") == list{"bb22: OIMAP-V0066"});
  CHECK(findings_of(opened() + tree + "C: bb22 STATUS Top (UNSEEN)\nS: bb22 NO\n") == list{"bb22: OIMAP-V0066"});
  CHECK(findings_of(opened() + tree + "C: bb22 CREATE Leaf/x/y\nS: bb22 NO\n") == list{"bb22: OIMAP-V0066"});
  CHECK(findings_of(opened() + tree +
                    "C: cc33 LSUB \"\" *\nS: * LSUB () \"/\" Top\nS: cc33 OK\nC: bb22 SELECT Top\nS: bb22 OK\n")
            .empty());
}
