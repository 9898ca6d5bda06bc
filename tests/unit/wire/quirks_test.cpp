#include "wire/quirks.hpp"

#include <doctest/doctest.h>

#include "received.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::check_every_cut;
using test::expect;
using test::outline;
using test::parse_one;
using test::receive;

namespace {

struct sample {
  quirk id;
  std::string stream;     ///< shows the quirk and no other
  std::string canonical;  ///< says the same by the grammar; empty if the grammar cannot say it
};

const std::vector<sample>& samples() {
  static const std::vector<sample> all = {
      {quirk::bare_lf, "* 5 EXISTS\n", "* 5 EXISTS\r\n"},
      {quirk::bare_lf, "* LIST () \"/\" {3}\na b\r\n", "* LIST () \"/\" {3}\r\na b\r\n"},
      {quirk::loose_spacing, "*  5   EXISTS\r\n", "* 5 EXISTS\r\n"},
      {quirk::loose_spacing, "*\t5 EXISTS \t\r\n", "* 5 EXISTS\r\n"},
      {quirk::loose_spacing, "abcd  OK  done\r\n", "abcd OK done\r\n"},
      {quirk::loose_spacing, "* 1 FETCH (UID  7 FLAGS ( \\Seen  \\Draft ))\r\n",
       "* 1 FETCH (UID 7 FLAGS (\\Seen \\Draft))\r\n"},
      {quirk::loose_spacing, "* 1 FETCH ( UID 7 )\r\n", "* 1 FETCH (UID 7)\r\n"},
      {quirk::loose_spacing, "* LIST ( \\Noselect )  \"/\"  a \r\n", "* LIST (\\Noselect) \"/\" a\r\n"},
      {quirk::loose_spacing, "* STATUS a  ( UNSEEN  1 )\r\n", "* STATUS a (UNSEEN 1)\r\n"},
      {quirk::loose_spacing, "* CAPABILITY  A  B \r\n", "* CAPABILITY A B\r\n"},
      {quirk::loose_spacing, "* 2 EXPUNGE \t \r\n", "* 2 EXPUNGE\r\n"},
      {quirk::loose_spacing, "* 1 FETCH (UID 7) \r\n", "* 1 FETCH (UID 7)\r\n"},
      {quirk::loose_spacing, "* STATUS a (UNSEEN 1) \r\n", "* STATUS a (UNSEEN 1)\r\n"},
      {quirk::loose_spacing, "* LIST () \"/\" {1}\r\na \r\n", "* LIST () \"/\" {1}\r\na\r\n"},
      {quirk::loose_spacing, "* 1 FETCH (UID 7 FLAGS(\\Seen))\r\n", "* 1 FETCH (UID 7 FLAGS (\\Seen))\r\n"},
      {quirk::missing_text, "a OK\r\n", ""},
      {quirk::missing_text, "a OK \r\n", ""},
      {quirk::missing_text, "* OK [ALERT]\r\n", ""},
      {quirk::unquoted_name, "* LIST () \"/\" my mail (old)\r\n", "* LIST () \"/\" \"my mail (old)\"\r\n"},
      {quirk::unquoted_name, "* LIST () \"/\" a\\b\r\n", "* LIST () \"/\" \"a\\\\b\"\r\n"},
      {quirk::unquoted_name, "* STATUS my mail (UNSEEN 3)\r\n", "* STATUS \"my mail\" (UNSEEN 3)\r\n"},
      {quirk::unquoted_name, "* LIST () / a\r\n", "* LIST () \"/\" a\r\n"},
      {quirk::unescaped_quote, "* LIST () \"/\" \"say \"hi\"\"\r\n", "* LIST () \"/\" \"say \\\"hi\\\"\"\r\n"},
      {quirk::unescaped_quote, "* LIST () \"/\" \"a\\b\"\r\n", "* LIST () \"/\" \"a\\\\b\"\r\n"},
      {quirk::unescaped_quote, "* LIST () \"\\\" \"a\"\r\n", "* LIST () \"\\\\\" \"a\"\r\n"},
      {quirk::unescaped_quote, "* STATUS \"a\"b\" (UNSEEN 3)\r\n", "* STATUS \"a\\\"b\" (UNSEEN 3)\r\n"},
      {quirk::missing_text, "a NO [ALERT]\r\n", ""},
      {quirk::missing_text, "* PREAUTH\r\n", ""},
      {quirk::bare_continuation, "+\r\n", "+ \r\n"},
      {quirk::bare_continuation, "+TlRMTVNTUAA=\r\n", "+ TlRMTVNTUAA=\r\n"},
      {quirk::empty_list_item, "* 1 FETCH ()\r\n", ""},
      {quirk::empty_list_item, "* CAPABILITY\r\n", ""},
      {quirk::empty_list_item, "* 1 FETCH (UID 7 FLAGS)\r\n", "* 1 FETCH (UID 7)\r\n"},
      {quirk::empty_list_item, "* STATUS a (UNSEEN)\r\n", "* STATUS a ()\r\n"},
      {quirk::odd_flag, "* LIST (\"\\Noselect\" \\Marked) \"/\" a\r\n", "* LIST (\\Noselect \\Marked) \"/\" a\r\n"},
      {quirk::odd_flag, "* LIST (\"\\\\Noinferiors\") \"/\" a\r\n", "* LIST (\\Noinferiors) \"/\" a\r\n"},
      {quirk::tab_in_name, "* LIST () \"/\" a\tb\r\n", "* LIST () \"/\" \"a\tb\"\r\n"},
      {quirk::tab_in_name, "* LSUB () \"/\" a\tb c\r\n", "* LSUB () \"/\" \"a\tb c\"\r\n"},
      {quirk::tab_in_name, "* STATUS a\tb (UNSEEN 3)\r\n", "* STATUS \"a\tb\" (UNSEEN 3)\r\n"},
      {quirk::nil_list, "* LIST NIL \"/\" a\r\n", "* LIST () \"/\" a\r\n"},
      {quirk::nil_list, "* LSUB nil NIL {1}\r\na\r\n", "* LSUB () NIL {1}\r\na\r\n"},
      {quirk::nil_list, "* STATUS a NIL\r\n", "* STATUS a ()\r\n"},
      {quirk::nil_list, "* 1 FETCH NIL\r\n", ""},
      {quirk::odd_code, "a1 OK [Error=\"not here\" Proxy=mail.example.com:1993] done\r\n", ""},
      {quirk::odd_code, "* NO [] text\r\n", ""},
      {quirk::eight_bit, "* LIST () \"/\" \"\xc3\xa4\"\r\n", ""},
      {quirk::eight_bit, "* LIST () \"/\" \xc3\xa4\r\n", ""},
  };
  return all;
}

}  // namespace

TEST_CASE("OIMAP-2.1.3 OIMAP-2.1.4 XIMAP-2.1.5 each tolerance can be switched off alone") {
  for (const auto& s : samples()) {
    CAPTURE(quirk_name(s.id));
    CAPTURE(s.stream);
    const auto on = parse_one(s.stream);
    REQUIRE(on);
    // A name with specials would also fit another quirk; what is under test is that this one is needed.
    CHECK_FALSE(parse_one(s.stream, quirks::all().without(s.id)));
    CHECK_FALSE(parse_one(s.stream, quirks::none()));
    if (s.canonical.empty()) continue;
    CHECK(outline(parse_one(s.canonical, quirks::none())) == outline(on));
  }
}

TEST_CASE("OIMAP-2.1.3 XIMAP-2.1.5 a tolerance does not depend on how the stream is cut, on or off") {
  for (const auto& s : samples()) {
    CAPTURE(quirk_name(s.id));
    CAPTURE(s.stream);
    // The next response shows whether both are still in step.
    const auto stream = s.stream + "* 9 EXISTS\r\n";
    for (const auto tolerated : {quirks::all(), quirks::all().without(s.id), quirks::none()}) {
      check_every_cut(stream, tolerated);
      const auto received = receive(stream, {}, {}, tolerated);
      if (received.failure) {
        CHECK(s.id == quirk::bare_lf);
        continue;
      }
      REQUIRE(received.frames.size() == 2);
      CHECK(outline(received.frames[1].parsed) == "exists count=9");
    }
  }
}

TEST_CASE("OIMAP-2.1.4 loose_spacing: blanks around a text are no part of it") {
  const auto strict = quirks::all().without(quirk::loose_spacing);
  CHECK(expect<status_response>("abcd OK  done \r\n").text == "done");
  CHECK(expect<status_response>("abcd OK  done \r\n", strict).text == " done ");
  CHECK(expect<continuation_request>("+  abc= \r\n").text == "abc=");
  CHECK(expect<continuation_request>("+  abc= \r\n", strict).text == " abc= ");
}

TEST_CASE("XIMAP-2.1.5 odd_flag: a flag in quotes counts, an element that is none is dropped alone") {
  const auto flags = [](const std::string& list, quirks tolerated = quirks::all()) {
    return expect<fetch_data>("* 1 FETCH (UID 7 FLAGS " + list + ")\r\n", tolerated).flags;
  };
  for (const std::string list : {"(\"\\Seen\" \\Draft)", "(\"\\\\Seen\" \\Draft)", "(\\Seen () \\Draft)",
                                 "(\\Seen a]b \\Draft \\)", "(\\Seen {2}\r\nxy \\Draft)", "(\\Seen \"a b\" \\Draft)"}) {
    CAPTURE(list);
    REQUIRE(flags(list));
    CHECK(flags(list)->to_string() == "\\Seen \\Draft");
    CHECK_FALSE(flags(list, quirks::all().without(quirk::odd_flag)));
  }
}

TEST_CASE("XIMAP-2.1.5 odd_date: the item is left out where it is not tolerated") {
  for (const std::string date : {"\"1-Jul-2020 10:00:00 +0000\"", "\"01-Jul-2020 10:00:00\"",
                                 "01-Jul-2020 10:00:00 +0000", "1-Jul-2020 10:00:00", "01-Jul-2020 10:00:00"}) {
    CAPTURE(date);
    const auto stream = "* 1 FETCH (INTERNALDATE " + date + ")\r\n";
    CHECK(expect<fetch_data>(stream).date == internal_date{1593597600, 0});
    const auto before = "* 1 FETCH (INTERNALDATE " + date + " UID 7)\r\n";
    CHECK(expect<fetch_data>(before).date == internal_date{1593597600, 0});
    CHECK(expect<fetch_data>(before).uid == outmap::uid{7});
    const auto after = "* 1 FETCH (UID 7 INTERNALDATE " + date + ")\r\n";
    const auto strict = parse_one(after, quirks::all().without(quirk::odd_date));
    if (!strict) continue;  // the words of a date without quotes may pair up as no items do
    CHECK_FALSE(std::get<fetch_data>(*strict).date);
    CHECK(std::get<fetch_data>(*strict).uid == outmap::uid{7});
  }
  CHECK_FALSE(expect<fetch_data>("* 1 FETCH (UID 7 INTERNALDATE yesterday)\r\n").date);
  CHECK_FALSE(expect<fetch_data>("* 1 FETCH (UID 7 INTERNALDATE 1-Jul-2020 x)\r\n").date);
}

TEST_CASE("XIMAP-2.1.5 quoted_number: the item is left out where it is not tolerated") {
  const std::string stream = "* 1 FETCH (UID \"7\" RFC822.SIZE \"44\" FLAGS (\\Seen))\r\n";
  const auto on = expect<fetch_data>(stream);
  CHECK(on.uid == outmap::uid{7});
  CHECK(on.size == 44);
  const auto off = expect<fetch_data>(stream, quirks::all().without(quirk::quoted_number));
  CHECK_FALSE(off.uid);
  CHECK_FALSE(off.size);
  CHECK(off.flags->to_string() == "\\Seen");
  const std::string status = "* STATUS a (UNSEEN \"3\")\r\n";
  CHECK(expect<status_data>(status).unseen == 3);
  CHECK_FALSE(expect<status_data>(status, quirks::all().without(quirk::quoted_number)).unseen);
  const std::string code = "* OK [UIDVALIDITY \"77\"] x\r\n";
  CHECK(expect<status_response>(code).code.number == 77);
  CHECK(expect<status_response>(code, quirks::all().without(quirk::quoted_number)).code.kind == code_kind::ignored);
  for (const std::string bad : {"UID \"7", "UID \"\"", "UID \"7x\"", "UID \" 7\"", "UID \"0\"", "UID \"4294967296\""}) {
    CAPTURE(bad);
    const auto got = parse_one("* 1 FETCH (" + bad + " RFC822.SIZE 1)\r\n");
    if (got) CHECK_FALSE(std::get<fetch_data>(*got).uid);
  }
}

TEST_CASE("XIMAP-2.1.5 nil_list: NIL for no flags, left out where it is not tolerated") {
  const std::string stream = "* 1 FETCH (FLAGS NIL UID 7)\r\n";
  REQUIRE(expect<fetch_data>(stream).flags);
  CHECK(expect<fetch_data>(stream).flags->to_string().empty());
  const auto off = expect<fetch_data>(stream, quirks::all().without(quirk::nil_list));
  CHECK_FALSE(off.flags);
  CHECK(off.uid == outmap::uid{7});
  CHECK_FALSE(expect<fetch_data>("* 1 FETCH (FLAGS NILX UID 7)\r\n").flags);
}

TEST_CASE("OIMAP-2.1.3 blank_line: lines of blanks between responses are no responses") {
  const std::string stream = "\r\n* 1 EXISTS\r\n\r\n  \t \r\n* 2 EXISTS\r\n \r\n";
  const auto on = receive(stream);
  CHECK(on.at_boundary);
  REQUIRE(on.frames.size() == 2);
  CHECK(outline(on.frames[0].parsed) == "exists count=1");
  CHECK(outline(on.frames[1].parsed) == "exists count=2");
  CHECK_FALSE(receive(stream + " ").at_boundary);
  check_every_cut(stream, quirks::all());

  const auto strict = quirks::all().without(quirk::blank_line);
  const auto off = receive(stream, {}, {}, strict);
  CHECK(off.at_boundary);
  REQUIRE(off.frames.size() == 6);
  for (const std::size_t blank : {0, 2, 3, 5}) CHECK_FALSE(off.frames[blank].parsed);
  CHECK(outline(off.frames[1].parsed) == "exists count=1");
  CHECK(outline(off.frames[4].parsed) == "exists count=2");
  check_every_cut(stream, strict);
}

TEST_CASE("odd_code: a code with quotes and equals signs is ignored whole, and the text is what follows it") {
  const auto code = [](const std::string& text, quirks tolerated = quirks::all()) {
    return expect<status_response>("ab12 OK " + text + "\r\n", tolerated);
  };
  const auto proxied = code("[Error=\"Kerberos [x] is \\\"off\\\"\" Proxy=mail.example.com:1993:SSL] LOGIN completed.");
  CHECK(proxied.condition == condition::ok);
  CHECK(proxied.code.kind == code_kind::ignored);
  CHECK(proxied.code.name == "ERROR");
  CHECK(proxied.text == "LOGIN completed.");
  CHECK(code("[Error=\"unclosed Proxy=a] text").text == "text");
  CHECK(code("[ ALERT ] text").code.kind == code_kind::alert);
  CHECK(code("[ALERT=1 x] text").code.kind == code_kind::ignored);
  CHECK(code("[ALERT=\"1\" x] text").code.kind == code_kind::ignored);
  CHECK(code("[UIDVALIDITY=\"77\"] text").code.kind == code_kind::ignored);
  // Without it the first bracket ends the code, and a code begins with an atom.
  const auto strict = quirks::all().without(quirk::odd_code);
  CHECK(code("[X \"a ] b\" c] text").text == "text");
  CHECK(code("[X \"a ] b\" c] text", strict).text == "b\" c] text");
  CHECK_FALSE(parse_one("ab12 OK [Error=\"a\" Proxy=b] text\r\n", strict));
  CHECK(code("[UIDVALIDITY 77] text", strict).code.number == 77);
}

TEST_CASE("eight_bit: keywords over 127 are flags only where they are tolerated") {
  const std::string stream = "* 1 FETCH (FLAGS (caf\xc3\xa9))\r\n";
  CHECK(expect<fetch_data>(stream).flags->keywords() == "caf\xc3\xa9");
  CHECK(expect<fetch_data>(stream, quirks::all().without(quirk::eight_bit)).flags->keywords().empty());
}

TEST_CASE("XIMAP-V0009 names in every form that Exchange is known for") {
  const auto name = [](const std::string& form) {
    return expect<list_data>("* LIST () \"/\" " + form + "\r\n").mailbox.wire();
  };
  CHECK(name("{3}\r\na\\b") == "a\\b");
  CHECK(name("{3}\r\na\"b") == "a\"b");
  CHECK(name("\"a b\"") == "a b");
  CHECK(name("\"a\"b\"") == "a\"b");
  CHECK(name("a \"b\" c") == "a \"b\" c");
  CHECK(name("plain/name") == "plain/name");
  CHECK(name("a*b%c") == "a*b%c");
  CHECK(name("\"a\" (\"OLDNAME\" (\"b\"))") == "a");
}

TEST_CASE("no tolerance lets a control character into an unquoted name") {
  CHECK_FALSE(parse_one("* LIST () \"/\" a\x01 b\r\n"));
  CHECK_FALSE(parse_one("* LIST () \"/\" \"a\x1b\"b\"\r\n"));
  CHECK_FALSE(parse_one("* LIST () \"/\" a\rb c\r\n"));
}

TEST_CASE("well-formed responses need no tolerance") {
  for (const std::string stream :
       {"* OK ready\r\n", "a NO [ALERT] x\r\n", "* CAPABILITY IMAP4rev1 AUTH=NTLM\r\n", "* LIST (\\Noselect) NIL a\r\n",
        "* LSUB () \"/\" {1}\r\na\r\n", "* STATUS \"a b\" (MESSAGES 1 UNSEEN 2)\r\n", "* 3 EXISTS\r\n",
        "* 3 EXPUNGE\r\n",
        "* 3 FETCH (UID 1 FLAGS (\\Seen $X) INTERNALDATE \" 1-Jan-2000 00:00:00 +0000\" BODY[] {2}\r\nab)\r\n",
        "+ \r\n", "* SEARCH\r\n", "* LIST () \"/\" a (\"X\" (\"Y\"))\r\n"}) {
    CAPTURE(stream);
    const auto strict = parse_one(stream, quirks::none());
    CHECK(strict);
    CHECK(outline(strict) == outline(parse_one(stream)));
  }
}

TEST_CASE("the table names every tolerance once") {
  std::uint32_t seen = 0;
  for (const auto& entry : quirk_table()) {
    CHECK(quirk_name(entry.id) == entry.name);
    CHECK_FALSE(entry.servers.empty());
    CHECK_FALSE(entry.row.empty());
    CHECK((seen & static_cast<std::uint32_t>(entry.id)) == 0);
    seen |= static_cast<std::uint32_t>(entry.id);
    CHECK(quirks::all().tolerates(entry.id));
    CHECK_FALSE(quirks::none().tolerates(entry.id));
    CHECK_FALSE(quirks::all().without(entry.id).tolerates(entry.id));
  }
  CHECK(seen == (std::uint32_t{1} << quirk_table().size()) - 1);
  CHECK(quirk_name(static_cast<quirk>(0)).empty());
  CHECK(quirk_name(static_cast<quirk>(3)).empty());
}
