#include "outmap/types.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace outmap;

TEST_CASE("keywords come out sorted, each once, whatever form they came in") {
  const std::vector<std::pair<std::string, std::string>> samples = {
      {"", ""},
      {" ", ""},
      {"a", "a"},
      {" a", "a"},
      {"a ", "a"},
      {"a  b", "a b"},
      {"a b", "a b"},
      {"b a", "a b"},
      {"a A", "a"},
      {"A a", "A"},
      {"a B c", "a B c"},
      {"$Forwarded $MDNSent NonJunk", "$Forwarded $MDNSent NonJunk"},
      {"NonJunk $Forwarded nonjunk $MDNSent", "$Forwarded $MDNSent NonJunk"},
      {"a ab", "a ab"},
      {"ab a", "a ab"},
  };
  for (const auto& [given, kept] : samples) {
    CAPTURE(given);
    flag_set f;
    f.add_keyword("old");
    f.set_keywords(given);
    CHECK(f.keywords() == kept);
    f.set_keywords(f.keywords());
    CHECK(f.keywords() == kept);
  }
}

TEST_CASE("flags keep the five system flags as bits and keywords sorted, each once") {
  flag_set f;
  f.set(system_flag::seen);
  f.add_keyword("work");
  f.add_keyword("$MDNSent");
  f.add_keyword("WORK");
  CHECK(f.to_string() == "\\Seen $MDNSent work");
  CHECK(f.keywords() == "$MDNSent work");
  f.clear(system_flag::seen);
  CHECK_FALSE(f.has(system_flag::seen));
  CHECK(flag_set(0xff).system_bits() == flag_set::all_bits);
}

TEST_CASE("OIMAP-V0016 INBOX is one mailbox in any case, other names differ by case") {
  CHECK(mailbox_name("inbox") == mailbox_name("INBOX"));
  CHECK(mailbox_name("inBox").is_inbox());
  CHECK(mailbox_name("Foo") != mailbox_name("foo"));
  CHECK_FALSE(mailbox_name("INBOX/a").is_inbox());
}
