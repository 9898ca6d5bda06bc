#include "wire/encoder.hpp"

#include <doctest/doctest.h>

#include <functional>
#include <limits>

using namespace outmap;
using namespace outmap::wire;

namespace {

using build = std::function<void(encoder&)>;

result<encoded_command> encode(const build& steps) {
  encoder out("a1");
  steps(out);
  return out.finish();
}

// The command as it goes out, "|" where a continuation request is awaited.
std::string sent(const build& steps) {
  const auto command = encode(steps);
  REQUIRE(command);
  std::string out;
  for (const auto& f : command->fragments) out += (out.empty() ? "" : "|") + f.bytes;
  return out;
}

std::string argument(std::string_view value) {
  return sent([&](encoder& e) { e.astring(value); });
}

bool refused(const build& steps) {
  const auto command = encode(steps);
  return !command && command.error().code == errc::unencodable;
}

std::string all_ctl() {
  std::string out;
  for (char c = 1; c < 0x20; ++c) {
    if (c != '\r' && c != '\n') out += c;
  }
  return out + '\x7f';
}

}  // namespace

TEST_CASE("a command is its parts with one space between and CRLF") {
  CHECK(sent([](encoder& e) { e.atom("NOOP"); }) == "a1 NOOP\r\n");
  CHECK(sent([](encoder& e) { e.atom("UID").atom("FETCH").set("1:*").raw("(UID FLAGS)"); }) ==
        "a1 UID FETCH 1:* (UID FLAGS)\r\n");
}

TEST_CASE("an astring is an atom where it can be one") {
  CHECK(argument("INBOX") == "a1 INBOX\r\n");
  CHECK(argument("a]b") == "a1 a]b\r\n");
  CHECK(argument("a b") == "a1 \"a b\"\r\n");
  CHECK(argument("a*") == "a1 \"a*\"\r\n");
  CHECK(argument("a%") == "a1 \"a%\"\r\n");
  CHECK(argument("a(b") == "a1 \"a(b\"\r\n");
  CHECK(argument("a{3}") == "a1 \"a{3}\"\r\n");
  CHECK(argument("nil") == "a1 \"nil\"\r\n");
  CHECK(argument("say \"hi\" \\o/") == "a1 \"say \\\"hi\\\" \\\\o/\"\r\n");
  CHECK(sent([](encoder& e) { e.string("INBOX"); }) == "a1 \"INBOX\"\r\n");
}

TEST_CASE("OIMAP-V0012 the empty string is two quotes, an empty message a literal of none") {
  CHECK(argument("") == "a1 \"\"\r\n");
  CHECK(sent([](encoder& e) { e.list_pattern(""); }) == "a1 \"\"\r\n");
  CHECK(sent([](encoder& e) { e.message_literal(""); }) == "a1 {0}\r\n|\r\n");
}

TEST_CASE("OIMAP-V0017 a name goes out quoted when short and as a literal when longer") {
  const auto at = "a " + std::string(253, 'x');
  CHECK(sent([&](encoder& e) { e.mailbox(mailbox_name(at)); }) == "a1 \"" + at + "\"\r\n");
  const auto over = at + "x";
  const auto command = encode([&](encoder& e) { e.atom("CREATE").mailbox(mailbox_name(over)).atom("X"); });
  REQUIRE(command);
  REQUIRE(command->fragments.size() == 2);
  CHECK(command->fragments[0].bytes == "a1 CREATE {256}\r\n");
  CHECK(command->fragments[1].bytes == over + " X\r\n");
  CHECK(command->fragments[1].trace == over + " X\r\n");
  CHECK(sent([](encoder& e) { e.mailbox(mailbox_name(std::string(256, 'x'))); }) ==
        "a1 {256}\r\n|" + std::string(256, 'x') + "\r\n");
}

TEST_CASE("OIMAP-V0021 XIMAP-V0012 # and & go out as they are in the wire form") {
  CHECK(sent([](encoder& e) { e.mailbox(mailbox_name("a&-b")); }) == "a1 a&-b\r\n");
  CHECK(sent([](encoder& e) { e.mailbox(mailbox_name("a#b")); }) == "a1 a#b\r\n");
}

TEST_CASE("OIMAP-V0013 8-bit octets, CR, LF and NUL are refused in every argument") {
  for (const auto& bad : {std::string("a\rb"), std::string("a\nb"), std::string("a\0b", 3), std::string("a\x80"),
                          std::string("\xc3\xa4")}) {
    CAPTURE(bad);
    CHECK(refused([&](encoder& e) { e.atom(bad); }));
    CHECK(refused([&](encoder& e) { e.astring(bad); }));
    CHECK(refused([&](encoder& e) { e.string(bad); }));
    CHECK(refused([&](encoder& e) { e.string(bad + std::string(300, 'x')); }));
    CHECK(refused([&](encoder& e) { e.mailbox(mailbox_name(bad)); }));
    CHECK(refused([&](encoder& e) { e.list_pattern(bad); }));
    CHECK(refused([&](encoder& e) { e.secret_astring(secret(bad)); }));
    CHECK(refused([&](encoder& e) { e.set(bad); }));
    CHECK(refused([&](encoder& e) { e.raw(bad); }));
  }
}

TEST_CASE("OIMAP-V0014 OIMAP-V0015 control characters do not change how a string is sent") {
  const auto ctl = all_ctl();
  CHECK(argument(ctl) == "a1 \"" + ctl + "\"\r\n");
  const auto many = ctl + ctl + ctl + ctl + ctl + ctl + ctl + ctl + ctl;
  REQUIRE(many.size() > longest_quoted);
  CHECK(argument(many) == "a1 {" + std::to_string(many.size()) + "}\r\n|" + many + "\r\n");
}

TEST_CASE("OIMAP-V0013 a message literal takes any octets but NUL and those over 127") {
  const std::string message = "Subject: x\r\n\r\nline\n\x01";
  CHECK(sent([&](encoder& e) { e.atom("APPEND").atom("x").message_literal(message); }) ==
        "a1 APPEND x {" + std::to_string(message.size()) + "}\r\n|" + message + "\r\n");
  CHECK(refused([](encoder& e) { e.message_literal({"a\0b", 3}); }));
  CHECK(refused([](encoder& e) { e.message_literal("caf\xc3\xa9"); }));
  CHECK_FALSE(refused([](encoder& e) { e.message_literal(std::string(100'000, 'x')); }));
}

TEST_CASE("a message is not in the trace") {
  const auto command = encode([](encoder& e) { e.atom("APPEND").atom("x").message_literal("Subject: private\r\n"); });
  REQUIRE(command);
  REQUIRE(command->fragments.size() == 2);
  CHECK(command->fragments[1].trace == "<18 octets>\r\n");
}

TEST_CASE("a fragment that was moved from holds nothing") {
  fragment from("a1 LOGIN joe pw\r\n", "shown");
  const fragment to(std::move(from));
  CHECK(to.bytes == "a1 LOGIN joe pw\r\n");
  CHECK(to.trace == "shown");
  CHECK(from.bytes.empty());  // NOLINT(bugprone-use-after-move): what is left is under test
}

TEST_CASE("a malformed atom or tag is refused") {
  for (const std::string bad : {"", "a b", "(x)", "a\"b", "a\\b", "*", "%", "a{", "x]"}) {
    CAPTURE(bad);
    CHECK(refused([&](encoder& e) { e.atom(bad); }));
  }
  for (const std::string tag : {"", "a b", "+", "a+1", "a\r\n"}) {
    CAPTURE(tag);
    CHECK_FALSE(encoder(tag).atom("NOOP").finish());
  }
}

TEST_CASE("the first refusal sticks") {
  const auto command = encode([](encoder& e) { e.atom("a b").string("\r").atom("FINE"); });
  REQUIRE_FALSE(command);
  CHECK(command.error().detail.find("atom") != std::string::npos);
  encoder twice("a1");
  CHECK(twice.atom("NOOP").finish());
  CHECK_FALSE(twice.finish());
}

TEST_CASE("a secret is shown as <secret> and goes out in quotes") {
  const secret word("pa\"ss\\w0rd");
  const auto command = encode([&](encoder& e) { e.atom("LOGIN").astring("joe").secret_astring(word); });
  REQUIRE(command);
  REQUIRE(command->fragments.size() == 1);
  const auto& f = command->fragments[0];
  CHECK(f.bytes == "a1 LOGIN joe \"pa\\\"ss\\\\w0rd\"\r\n");
  CHECK(f.trace == "a1 LOGIN joe \"<secret>\"\r\n");
  CHECK(sent([](encoder& e) { e.secret_astring(secret("plain")); }) == "a1 \"plain\"\r\n");
  CHECK(sent([](encoder& e) { e.secret_astring(secret("")); }) == "a1 \"\"\r\n");
}

TEST_CASE("a secret over 255 octets is a literal and in no trace") {
  const std::string value = "token " + std::string(600, 'T');
  const auto command = encode([&](encoder& e) { e.atom("LOGIN").astring("joe").secret_astring(secret(value)); });
  REQUIRE(command);
  REQUIRE(command->fragments.size() == 2);
  CHECK(command->fragments[0].bytes == "a1 LOGIN joe {606}\r\n");
  CHECK(command->fragments[1].bytes == value + "\r\n");
  CHECK(command->fragments[1].trace == "<secret>\r\n");
}

TEST_CASE("the error about a secret does not tell it") {
  const auto command = encode([](encoder& e) { e.atom("LOGIN").secret_astring(secret("hush\x80")); });
  REQUIRE_FALSE(command);
  CHECK(command.error().message().find("hush") == std::string::npos);
}

TEST_CASE("a list pattern keeps its wildcards bare") {
  CHECK(sent([](encoder& e) { e.list_pattern("*"); }) == "a1 *\r\n");
  CHECK(sent([](encoder& e) { e.list_pattern("Mail/%"); }) == "a1 Mail/%\r\n");
  CHECK(sent([](encoder& e) { e.list_pattern("my mail/%"); }) == "a1 \"my mail/%\"\r\n");
}

TEST_CASE("a sequence set obeys its grammar") {
  for (const std::string good : {"1", "*", "1:*", "7:*", "*:4", "1,3,5:9", "4294967295", "1:4294967295,*"}) {
    CAPTURE(good);
    CHECK(sent([&](encoder& e) { e.set(good); }) == "a1 " + good + "\r\n");
  }
  for (const std::string bad : {"", "0", "01", "1:", ":1", ",", "1,", ",1", "1,,2", "1:2:3", "a", "1 2", "-1",
                                "4294967296", "9999999999", "1:*,x", "**", "99999999999"}) {
    CAPTURE(bad);
    CHECK(refused([&](encoder& e) { e.set(bad); }));
  }
  uid_set uids;
  uids.add({{3}, {5}});
  uids.add(uid{9});
  CHECK(sent([&](encoder& e) { e.set(uids); }) == "a1 3:5,9\r\n");
  CHECK(refused([](encoder& e) { e.set(uid_set()); }));
}

TEST_CASE("flags go out in one order; keywords never") {
  CHECK(sent([](encoder& e) { e.flags(flag_set(31)); }) == "a1 (\\Seen \\Answered \\Flagged \\Deleted \\Draft)\r\n");
  CHECK(sent([](encoder& e) { e.flags(flag_set()); }) == "a1 ()\r\n");
  flag_set marked;
  marked.add_keyword("$MDNSent");
  CHECK(refused([&](encoder& e) { e.flags(marked); }));
  CHECK(system_flags_text(marked).empty());
}

TEST_CASE("a date goes out in quotes, in its zone") {
  const auto date = [](std::int64_t at, int zone) {
    return sent([&](encoder& e) { e.date_time({at, static_cast<std::int16_t>(zone)}); });
  };
  CHECK(date(0, 0) == "a1 \" 1-Jan-1970 00:00:00 +0000\"\r\n");
  CHECK(date(837596665, -420) == "a1 \"17-Jul-1996 02:44:25 -0700\"\r\n");
  CHECK(date(0, -30) == "a1 \"31-Dec-1969 23:30:00 -0030\"\r\n");
  for (const auto bad : {internal_date{std::numeric_limits<std::int64_t>::max(), 60},
                         internal_date{std::numeric_limits<std::int64_t>::min(), -60}, internal_date{253402300800, 0},
                         internal_date{0, 1440}, internal_date{0, -32768}}) {
    CAPTURE(bad.unix_seconds);
    CHECK(refused([&](encoder& e) { e.date_time(bad); }));
  }
}

TEST_CASE("NTLM-PB3 a command line over the bound is refused, literals do not count") {
  const auto line = [](std::size_t octets) {
    return [octets](encoder& e) { e.raw(std::string(octets - std::string_view("a1 \r\n").size(), 'x')); };
  };
  CHECK(sent(line(longest_command)).size() == longest_command);
  CHECK(refused(line(longest_command + 1)));
  CHECK_FALSE(refused([](encoder& e) { e.string(std::string(longest_command * 2, 'x')); }));
}
