// The forms of a transcript, and what a hostile one can do.
#include "audited.hpp"

#include <random>

using namespace outmap;
using test::audit_pair;
using test::audit_text;

namespace {

// "C: x" and "S: x" lines as the octets of one side, with a time before each line or none.
std::string half_of(const std::string& text, char side, bool timed) {
  std::string out;
  std::int64_t now = 1'700'000'000'000'000;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = text.find('\n', at);
    const auto line = text.substr(at, end - at);
    at = end + 1;
    now += 1000;
    if (line[0] != side) continue;
    if (timed) {
      const auto digits = std::to_string(now);
      out += digits.substr(0, 10) + "." + digits.substr(10) + " ";
    }
    out += line.substr(std::min<std::size_t>(3, line.size())) + "\r\n";
  }
  return out;
}

const std::string& foreign() {
  static const std::string text =
      "S: * OK [CAPABILITY IMAP4rev1 LITERAL+ AUTH=PLAIN] ready\n"
      "C: A001 CAPABILITY\nS: * CAPABILITY IMAP4rev1\nS: A001 OK done\n"
      "C: A002 LOGIN anna hunter2\nS: A002 OK in\n"
      "C: A003 EXAMINE INBOX\nS: * 1 EXISTS\nS: A003 OK [READ-ONLY] done\n"
      "C: A004 UID SEARCH ALL\nS: * SEARCH 1\nS: A004 OK done\n"
      "C: A005 UID FETCH 1 (BODY[])\nS: * 1 FETCH (UID 1 BODY[] {14}\nS: A006 OK mine\nS: )\nS: A005 OK done\n"
      "C: A006 APPEND INBOX {11}\nS: + go\nC: a: b\nC: \nC: c\nC: \nS: A006 OK done\n"
      "C: A007 CLOSE\nS: A007 OK done\n"
      "C: A008 LOGOUT\nS: * BYE\nS: A008 OK done\n";
  return text;
}

std::vector<std::string> without_places(const test::audit_report& report) {
  std::vector<std::string> out;
  for (const auto& line : report.lines) out.push_back(line.substr(line.find(' ') + 1));
  return out;
}

}  // namespace

TEST_CASE("OIMAP-V0040 OIMAP-V0051 OIMAP-V0054 OIMAP-V0050 the same verdicts from every form of one conversation") {
  const auto text = audit_text(foreign());
  REQUIRE(text.ok);
  CHECK(text.counts.commands == 8);
  CHECK(text.counts.allowed == 0);
  CHECK(text.report.count("OIMAP-V0040") == 1);
  CHECK(text.report.count("OIMAP-V0051") == 1);
  CHECK(text.report.count("OIMAP-V0054") == 1);
  CHECK(text.report.count("OIMAP-V0050") == 1);
  CHECK(text.report.count("OIMAP-V0035") == 1);
  CHECK(text.report.count("OIMAP-C0001") == 8);
  const auto verdicts = without_places(text.report);

  const auto timed = audit_pair(half_of(foreign(), 'C', true), half_of(foreign(), 'S', true));
  REQUIRE(timed.ok);
  CHECK(without_places(timed.report) == verdicts);
  CHECK(timed.report.remarks.empty());

  const auto untimed = audit_pair(half_of(foreign(), 'C', false), half_of(foreign(), 'S', false));
  REQUIRE(untimed.ok);
  CHECK(without_places(untimed.report) == verdicts);
  CHECK(untimed.report.remarks.size() == 1);

  for (const std::size_t chunk : {1u, 2u, 7u, 100u}) {
    const auto pieces = audit_text(foreign(), {}, chunk);
    CHECK(pieces.report.lines == text.report.lines);
  }
}

TEST_CASE("a combined rawlog holds both sides") {
  std::string combined;
  std::int64_t now = 1'700'000'000'000'000;
  for (std::size_t at = 0; at < foreign().size();) {
    const auto end = foreign().find('\n', at);
    const auto line = foreign().substr(at, end - at);
    at = end + 1;
    const auto digits = std::to_string(now += 1000);
    combined += digits.substr(0, 10) + "." + digits.substr(10) + (line[0] == 'C' ? " I: " : " O: ") +
                line.substr(std::min<std::size_t>(3, line.size())) + "\r\n";
  }
  const auto got = audit_text(combined);
  REQUIRE(got.ok);
  CHECK(without_places(got.report) == without_places(audit_text(foreign()).report));
}

TEST_CASE("one half of a rawlog: the client's is judged as far as it goes, the server's is nothing to judge") {
  const auto client = audit_text(half_of(foreign(), 'C', true));
  REQUIRE(client.ok);
  CHECK(client.counts.commands == 8);
  CHECK(client.report.count("OIMAP-V0040") == 1);
  CHECK(client.report.count("OIMAP-V0035") == 0);
  CHECK(client.report.remarks.size() == 1);
  const auto server = audit_text(half_of(foreign(), 'S', false));
  REQUIRE(server.ok);
  CHECK(server.counts.commands == 0);
}

TEST_CASE("OIMAP-V0033 OIMAP-V0035 a rawlog that begins after the login") {
  const auto got = audit_pair(
      "1700000000.000002 2 NAMESPACE\r\n1700000000.000004 3 SELECT INBOX\r\n",
      "1700000000.000001 1 OK [CAPABILITY IMAP4rev1] Logged in\r\n1700000000.000003 * NAMESPACE NIL NIL NIL\r\n"
      "1700000000.000003 2 OK done\r\n1700000000.000005 3 OK done\r\n");
  REQUIRE(got.ok);
  CHECK(got.report.lines ==
        std::vector<std::string>{"1 violation 2 NAMESPACE: OIMAP-V0022 OIMAP-V0061 OIMAP-C0001 OIMAP-V0035 OIMAP-V0033",
                                 "2 violation 3 SELECT INBOX: OIMAP-C0001"});
  const auto good =
      audit_pair("ab12 CAPABILITY\r\ncd34 LIST \"\" *\r\n",
                 "* CAPABILITY IMAP4rev1\r\nxxxx OK Logged in\r\n* CAPABILITY IMAP4rev1\r\nab12 OK\r\ncd34 OK\r\n");
  CHECK_MESSAGE(good.counts.clean(), good.report.violations());
  CHECK(good.counts.commands == 2);
}

TEST_CASE("OIMAP-2.1.3 a bare LF is named where the form shows it and the file was not converted") {
  const auto bare = audit_pair("ab12 NOOP\ncd34 NOOP\r\n", "* OK hello\r\nab12 OK\r\ncd34 OK\r\n");
  CHECK(bare.report.count("OIMAP-2.1.3") == 1);
  const auto converted = audit_pair("ab12 NOOP\ncd34 NOOP\n", "* OK hello\nab12 OK\ncd34 OK\n");
  CHECK_MESSAGE(converted.counts.clean(), converted.report.violations());
}

TEST_CASE("OIMAP-V0025 OIMAP-V0028 silence of over ten minutes, and IDLE without NOOP, where times are known") {
  const auto at = [](int minutes) { return std::to_string(1'700'000'000 + minutes * 60) + ".000000 "; };
  const auto session = [&](int first, int second, int third) {
    return audit_pair(at(0) + "ab12 CAPABILITY\r\n" + at(1) + "cd34 IDLE\r\n" + at(first) + "DONE\r\n" + at(first) +
                          "ef56 IDLE\r\n" + at(second) + "DONE\r\n" + at(second) + "gh78 IDLE\r\n" + at(third) +
                          "DONE\r\n",
                      at(0) + "9999 OK in\r\n" + at(0) + "* CAPABILITY IMAP4rev1 IDLE\r\n" + at(0) + "ab12 OK\r\n" +
                          at(1) + "+ idling\r\n" + at(first) + "cd34 OK\r\n" + at(first) + "+ idling\r\n" + at(second) +
                          "ef56 OK\r\n" + at(second) + "+ idling\r\n" + at(third) + "gh78 OK\r\n");
  };
  const auto good = session(5, 9, 10);
  CHECK_MESSAGE(good.counts.clean(), good.report.violations());
  const auto no_noop = session(8, 15, 20);
  CHECK(no_noop.report.count("OIMAP-V0028") == 1);
  CHECK(no_noop.counts.findings == 1);
  const auto silent = session(5, 9, 20);
  CHECK(silent.report.findings ==
        std::vector<std::string>{"OIMAP-V0025 nothing was sent for 11 min 0 s; NOOP is due every 10 minutes"});
  const auto to_the_end =
      audit_pair(at(0) + "ab12 CAPABILITY\r\n",
                 at(0) + "9 OK in\r\n" + at(0) + "ab12 OK\r\n" + at(30) + "* BYE Disconnected for inactivity.\r\n");
  CHECK(to_the_end.report.findings.size() == 1);
  CHECK(to_the_end.counts.findings == 1);
}

TEST_CASE("several connections in one trace are kept apart") {
  const std::string one =
      "# 2024-02-01T10:00:00Z connected to mail.example.com (127.0.0.1:993)\n# 2024-02-01T10:00:00Z TLS: TLSv1.3 X\n" +
      test::opened();
  const auto noted = audit_text(one + one);
  CHECK_MESSAGE(noted.counts.clean(), noted.report.violations());
  CHECK(noted.counts.connections == 2);
  CHECK(noted.report.commands.back().connection == 2);
  const auto byes = audit_text(test::opened() + "S: * BYE\n" + test::opened());
  CHECK_MESSAGE(byes.counts.clean(), byes.report.violations());
  CHECK(byes.counts.connections == 2);
  // Without the end of the first, the second is a client that logs in twice.
  CHECK_FALSE(audit_text(test::opened() + test::opened()).counts.clean());
}

TEST_CASE("what a traced message says is not taken for the server's word") {
  const std::string body =
      "S: * BYE\nS: * OK ready\nS: * LIST (\\Noselect) \"/\" b\nS: * CAPABILITY IMAP4\nS: + go\nS: x1x1 OK done\n";
  const auto got = audit_text(
      "# connected to h\n# TLS: TLSv1.3 X\n" + test::opened() + "C: x0x0 UID FETCH 1 (UID FLAGS BODY.PEEK[])\n" + body +
      "S: * 1 FETCH (UID 1 FLAGS () BODY[] {99}\nS: )\nS: x0x0 OK done\nC: c4d5 SELECT b\nS: c4d5 OK\n"
      "C: e6f7 UID FETCH 1 (UID FLAGS BODY.PEEK[])\nS: e6f7 OK\n");
  CHECK_MESSAGE(got.counts.clean(), got.report.violations());
  CHECK(got.counts.connections == 1);
}

TEST_CASE("a literal that the transcript leaves out does not swallow what follows") {
  const auto got = audit_text(
      test::opened() + "C: w8e4 APPEND INBOX {3000}\nS: + go\nS: w8e4 OK done\nC: x2x2 EXAMINE INBOX\nS: x2x2 OK\n");
  REQUIRE(got.report.commands.size() == 6);
  CHECK(got.report.commands[4].verdict == audit_verdict::allowed);
  CHECK(got.report.count("OIMAP-V0040") == 1);
  const auto refused = audit_text(
      test::opened() + "C: w8e4 APPEND Nowhere {3000}\nS: w8e4 NO [TRYCREATE] no\nC: x2x2 NOOP\nS: x2x2 OK\n");
  CHECK_MESSAGE(refused.counts.clean(), refused.report.violations());
  const auto stand_in =
      audit_text(test::opened() +
                 "C: w8e4 APPEND INBOX {3000}\nS: + go\nC: <3000 octets>\nS: w8e4 OK\nC: x2x2 NOOP\nS: x2x2 OK\n");
  CHECK_MESSAGE(stand_in.counts.clean(), stand_in.report.violations());
  CHECK(stand_in.counts.commands == 6);
}

TEST_CASE("secrets of a foreign trace are in no verdict, however the trace is broken") {
  const std::vector<std::string> traces = {
      "S: * OK\nC: a1 LOGIN anna hunter2\nS: a1 OK\n",
      "S: * OK\nC: a1 LOGIN anna \"hunter2\" x\nS: a1 OK\n",
      "S: * OK\nC: a1  LOGIN  anna hunter2\nS: a1 OK\n",
      "S: * OK\nC: a1 login {4}\nS: + \nC: anna {7}\nS: + \nC: hunter2\nS: a1 OK\n",
      "S: * OK\nC: a1 LOGIN {4}\nC: anna {7}\nC: hunter2\nS: a1 OK\n",
      "C: anna {7}\nC: hunter2\nS: a1 OK\n",
      "C: hunter2\nC: hunter2 hunter2\nC: LOGIN anna hunter2\n",
      "S: * OK\nC: a1 AUTHENTICATE PLAIN AGFubmEAaHVudGVyMg==\nS: a1 OK\n",
      "S: * OK\nC: a1 AUTHENTICATE PLAIN\nS: + \nC: AGFubmEAaHVudGVyMg==\nS: a1 OK\n",
      "S: * OK\nC: a1 AUTHENTICATE PLAIN\nS: a1 NO\nC: AGFubmEAaHVudGVyMg==\nS: a1 OK\n",
      "S: * OK\nC: a1 AUTHENTICATE hunter2\nS: a1 NO\n",
      "S: * OK\nC: a1 AUTHENTICATE LOGIN\nS: + \nC: hunter2 is not base64\nS: a1 OK\n",
      "S: * OK\nC: AGFubmEAaHVudGVyMg== \nC: x AGFubmEAaHVudGVyMg==\n",
  };
  for (const auto& trace : traces) {
    CAPTURE(trace);
    const auto got = audit_text(trace);
    REQUIRE(got.ok);
    CHECK(got.counts.commands + got.report.remarks.size() > 0);
    std::string said;
    for (const auto& line : got.report.lines) said += line + '\n';
    for (const auto& finding : got.report.findings) said += finding + '\n';
    for (const auto& remark : got.report.remarks) said += remark + '\n';
    for (const auto& c : got.report.commands) said += c.tag + c.text;
    CHECK(said.find("unter2") == std::string::npos);
    CHECK(said.find("AGFubmEA") == std::string::npos);
    CHECK(said.find("HUNTER2") == std::string::npos);
  }
}

TEST_CASE("what is no transcript is refused; nothing is nothing") {
  const std::vector<std::string> others = {std::string("\x7f"
                                                       "ELF\0\0\0\0",
                                                       8),
                                           std::string("Dear Anna,\n\nhello\n"), std::string(100'000, '\0'),
                                           std::string(300'000, 'x')};
  for (const auto& text : others) {
    const auto got = audit_text(text);
    REQUIRE_FALSE(got.ok);
    CHECK(got.ok.error().code == errc::invalid_argument);
  }
  const auto empty = audit_text("");
  CHECK(empty.ok);
  CHECK(empty.counts.commands == 0);
  CHECK_FALSE(audit_pair("Dear Anna,\n", "* OK\r\n").ok);
}

TEST_CASE("a source that fails ends the audit with its error") {
  test::audit_report report;
  auditor judge({}, report);
  const auto ok =
      judge.transcript({"t", [](std::span<char>) -> result<std::size_t> { return fail(errc::file_error, "gone"); }});
  REQUIRE_FALSE(ok);
  CHECK(ok.error().code == errc::file_error);
}

TEST_CASE("hostile transcripts: long lines, binary, endless literals, thousands of commands without an answer") {
  const std::string long_line(1'000'000, 'x');
  CHECK(audit_text("S: * OK\nC: ab12 SELECT " + long_line + "\nC: cd34 NOOP\n").report.count("NTLM-PB3") == 1);
  CHECK(audit_text("S: * OK\nC: " + long_line + "\n").report.commands.size() == 1);
  CHECK(audit_text("S: " + long_line + "\nC: ab12 NOOP\n").counts.commands == 1);
  CHECK(audit_text("C: ab12 APPEND INBOX {99999999999999999999999999}\nC: x\n").ok);
  std::string literals = "C: ab12 SEARCH";
  for (int i = 0; i < 200; ++i) literals += " {0}\nC:";
  CHECK(audit_text(literals + "\n").counts.commands >= 1);
  std::string commands = "S: * OK\n";
  for (int i = 0; i < 5000; ++i) commands += "C: t" + std::to_string(i) + " NOOP\n";
  CHECK(audit_text(commands).counts.commands == 5000);
  std::string early = "* OK\r\n";
  for (int i = 0; i < 5000; ++i) early += "t" + std::to_string(i) + " OK\r\n";
  CHECK(audit_pair("ab12 NOOP\r\n", early).counts.commands == 1);

  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    auto text = foreign();
    for (int i = 0; i < 8; ++i) text[random() % text.size()] = static_cast<char>(random());
    const auto got = audit_text(text);
    if (got.ok) CHECK(got.counts.commands == got.counts.allowed + got.counts.extensions + got.counts.violations);
    auto in = half_of(foreign(), 'C', round % 2 == 0);
    auto out = half_of(foreign(), 'S', round % 2 == 0);
    for (int i = 0; i < 8; ++i) in[random() % in.size()] = static_cast<char>(random());
    for (int i = 0; i < 8; ++i) out[random() % out.size()] = static_cast<char>(random());
    const auto pair = audit_pair(in, out);
    if (pair.ok) CHECK(pair.counts.commands == pair.counts.allowed + pair.counts.extensions + pair.counts.violations);
  }
}

TEST_CASE("a large literal is passed over without being held") {
  // 64 MiB that are made up as they are read.
  constexpr std::uint64_t size = std::uint64_t{64} << 20;
  std::string front = "ab12 CAPABILITY\r\ncd34 APPEND INBOX {" + std::to_string(size) + "}\r\n";
  const std::string back = "\r\nef56 EXAMINE INBOX\r\n";
  std::uint64_t given = 0;
  const auto read = [&](std::span<char> into) -> result<std::size_t> {
    std::size_t n = 0;
    for (; n < into.size() && given < front.size() + size + back.size(); ++n, ++given) {
      into[n] = given < front.size()          ? front[given]
                : given < front.size() + size ? (given % 80 == 0 ? '\n' : 'a')
                                              : back[given - front.size() - size];
    }
    return n;
  };
  test::audit_report report;
  auditor judge({}, report);
  REQUIRE(judge.rawlog(audit_stream{"t.in", read}, std::nullopt));
  CHECK(judge.summary().commands == 3);
  CHECK(report.count("OIMAP-V0040") == 1);
}
