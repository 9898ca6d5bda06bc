#include "wire/quirks.hpp"

#include <doctest/doctest.h>

#include "received.hpp"

using namespace outmap;
using namespace outmap::wire;
using test::expect;
using test::outline;
using test::parse_one;

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
      {quirk::bare_continuation, "+\r\n", "+ \r\n"},
      {quirk::empty_list_item, "* 1 FETCH ()\r\n", ""},
      {quirk::empty_list_item, "* CAPABILITY\r\n", ""},
      {quirk::empty_list_item, "* 1 FETCH (UID 7 FLAGS)\r\n", "* 1 FETCH (UID 7)\r\n"},
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
  for (const std::string date : {"1-Jul-2020 10:00:00 +0000", "01-Jul-2020 10:00:00"}) {
    CAPTURE(date);
    const auto stream = "* 1 FETCH (UID 7 INTERNALDATE \"" + date + "\")\r\n";
    CHECK(expect<fetch_data>(stream).date == internal_date{1593597600, 0});
    const auto strict = expect<fetch_data>(stream, quirks::all().without(quirk::odd_date));
    CHECK_FALSE(strict.date);
    CHECK(strict.uid == outmap::uid{7});
  }
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
