#include "mime/encoded_word.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

#include "mime/charset.hpp"

using outmap::mime::decode_words;
using outmap::mime::to_utf8;

namespace {

struct sample {
  std::string text;
  std::string decoded;
};

void check(const std::vector<sample>& samples) {
  for (const auto& s : samples) {
    CAPTURE(s.text);
    CHECK(decode_words(s.text) == s.decoded);
  }
}

}  // namespace

TEST_CASE("RFC 2047 8: the examples of the table") {
  check({{"(=?ISO-8859-1?Q?a?=)", "(a)"},
         {"(=?ISO-8859-1?Q?a?= b)", "(a b)"},
         {"(=?ISO-8859-1?Q?a?= =?ISO-8859-1?Q?b?=)", "(ab)"},
         {"(=?ISO-8859-1?Q?a?=  =?ISO-8859-1?Q?b?=)", "(ab)"},
         {"(=?ISO-8859-1?Q?a_b?=)", "(a b)"},
         {"(=?ISO-8859-1?Q?a?= =?ISO-8859-2?Q?_b?=)", "(a b)"}});
}

TEST_CASE("RFC 2047 encoded words are decoded") {
  check({{"", ""},
         {"plain text", "plain text"},
         {"=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"},
         {"=?UTF-8?b?R3LDvMOfZQ==?= aus Wien", "Grüße aus Wien"},
         {"=?iso-8859-1?Q?Gr=FC=DFe?=", "Grüße"},
         {"=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"},
         {"Re: =?koi8-r?B?8NLJ18XU?=", "Re: Привет"},
         {"=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"},
         {"=?gb2312?B?1tDOxA==?=", "中文"},
         {"=?windows-1252?Q?=93quoted=94_=80?=", "“quoted” €"},
         {"=?ks_c_5601-1987?B?x9GxuQ==?=", "한국"},
         {"=?us-ascii?Q?a?= =?us-ascii?Q?b?=", "ab"}});
}

TEST_CASE("what senders do wrong is borne") {
  check({{"\"=?utf-8?Q?M=C3=BCller=2C_A?=\" <a@b>", "\"Müller, A\" <a@b>"},
         {"=?utf-8?Q?with blank?=", "with blank"},
         {"=?utf-8?B?R3LDvMOfZQ?=", "Grüße"},
         {"=?utf-8?Q?a?==?utf-8?Q?b?=", "ab"},
         {"x=?utf-8?Q?a?=y", "xay"},
         {"=?utf-8?Q?100=?=", "100="},
         {"=?utf-8?Q?=zz?=", "=zz"},
         // A character cut in two at the seam, in B and in Q.
         {"=?utf-8?B?R3LD?= =?UTF-8?B?vMOfZQ==?=", "Grüße"},
         {"=?utf-8?Q?Gr=C3?=\t=?utf-8?Q?=BC=C3=9Fe?=", "Grüße"}});
}

TEST_CASE("what cannot be decoded stays as it is") {
  check({{"=?", "=?"},
         {"=?utf-8", "=?utf-8"},
         {"=?utf-8?Q?", "=?utf-8?Q?"},
         {"=?utf-8?Q?open", "=?utf-8?Q?open"},
         {"=?utf-8?X?a?=", "=?utf-8?X?a?="},
         {"=??Q?a?=", "=??Q?a?="},
         {"=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="},
         {"=?utf-8?Q?=FF?=", "=?utf-8?Q?=FF?="},
         {"=?x-unknown?Q?a?= =?x-unknown?Q?b?=", "=?x-unknown?Q?a?= =?x-unknown?Q?b?="},
         {"=?utf-8?Q?a?= =?x-unknown?Q?b?= =?utf-8?Q?c?=", "a =?x-unknown?Q?b?= c"},
         {"=?utf-8?Q?=FF?= =?utf-8?Q?b?=", "=?utf-8?Q?=FF?= b"},
         {"raw \xe4 octet", "raw \xe4 octet"}});
}

TEST_CASE("only sets that mail uses are converted") {
  CHECK(to_utf8("UTF-8", "ä") == "ä");
  CHECK(to_utf8("iso-8859-15", "\xa4") == "€");
  CHECK(to_utf8("ISO-8859-8-I", "\xf9") == "ש");
  CHECK(to_utf8("Shift_JIS", "\x87\x40") == "①");
  CHECK(to_utf8("cp1251", "\xcf") == "П");
  for (const std::string name :
       {"", "utf-8//IGNORE", "UTF-8//TRANSLIT", "../x", "UCS-4", "INTERNAL", "IBM1364", "ISO-2022-CN-EXT", "iso-8859-",
        "iso-8859-1/", "windows-125", "windows-12522", "iso-8859-99"}) {
    CAPTURE(name);
    CHECK_FALSE(to_utf8(name, "a"));
  }
  CHECK_FALSE(to_utf8(std::string(1000, 'x'), "a"));
  CHECK_FALSE(to_utf8("us-ascii", "\xe4"));
  CHECK_FALSE(to_utf8("utf-8", "\xc3"));
  CHECK(to_utf8("utf-8", "") == "");
  std::string expected;
  for (int i = 0; i < 5000; ++i) expected += "ä";
  CHECK(to_utf8("iso-8859-1", std::string(5000, '\xe4')) == expected);
}

TEST_CASE("long rows of broken words cost no more than their length") {
  // Each start could search the whole rest for its end.
  std::string hostile;
  while (hostile.size() < 500'000) hostile += "=?a?b?!";
  CHECK(decode_words(hostile + "?=") == hostile + "?=");
}
