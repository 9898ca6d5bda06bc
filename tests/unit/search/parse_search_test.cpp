#include <doctest/doctest.h>

#include <algorithm>
#include <string>

#include "outmap/search.hpp"

using namespace outmap;

namespace {

constexpr std::int64_t now = 1710504000;

search_query parsed(const std::string& line) {
  const auto out = parse_search(line, now);
  const std::string problem = out ? "" : out.error().message();
  REQUIRE_MESSAGE(out.has_value(), problem);
  return *out;
}

std::string refused(const std::string& line) {
  const auto out = parse_search(line, now);
  REQUIRE_FALSE(out);
  CHECK(out.error().code == errc::invalid_argument);
  return out.error().detail;
}

}  // namespace

TEST_CASE("words, phrases, fields, beginnings and their negation") {
  const auto q = parsed("  one \"two three\" FROM:anna subject:\"annual report\"* inv* -four not:text:five ");
  REQUIRE(q.terms.size() == 7);
  CHECK(q.terms[0].words == "one");
  CHECK(q.terms[0].in == search_field::any);
  CHECK(q.terms[1].words == "two three");
  CHECK(q.terms[2].words == "anna");
  CHECK(q.terms[2].in == search_field::sender);
  CHECK(q.terms[3].words == "annual report");
  CHECK(q.terms[3].prefix);
  CHECK(q.terms[4].words == "inv");
  CHECK(q.terms[4].prefix);
  CHECK(q.terms[5].words == "four");
  CHECK(q.terms[5].negated);
  CHECK(q.terms[6].words == "five");
  CHECK(q.terms[6].in == search_field::text);
  CHECK(q.terms[6].negated);
}

TEST_CASE("states, dates, attachments and folders") {
  const auto q =
      parsed("is:unread is:flagged has:attachment since:2024-01 before:2024-02 folder:Projects/* in:\"a b\"");
  CHECK(q.terms.empty());
  CHECK(q.seen == false);
  CHECK(q.flagged == true);
  CHECK_FALSE(q.answered);
  CHECK(q.attachments == true);
  REQUIRE((q.since && q.before));
  CHECK(*q.before - *q.since == 31 * 86400);
  CHECK(q.folders == std::vector<std::string>{"Projects/*", "a b"});
  CHECK(parsed("-is:read").seen == false);
  CHECK(parsed("not:has:attachment").attachments == false);
}

TEST_CASE("what looks like a field and is none") {
  CHECK(parsed("https://mail.example/x").terms[0].words == "https://mail.example/x");
  CHECK(parsed("Re: x").terms[0].words == "Re:");
  CHECK(parsed("12:30").terms[0].words == "12:30");
  CHECK(parsed("\"form:x\"").terms[0].words == "form:x");
  CHECK(parsed("-").terms[0].words == "-");
  CHECK(parsed("\"never closed").terms[0].words == "never closed");
  CHECK(parsed("").terms.empty());
}

TEST_CASE("what cannot be meant is refused by name") {
  CHECK(refused("form:anna").find("'form:anna'") == 0);
  CHECK(refused("since:soon").find("since:soon") != std::string::npos);
  CHECK(refused("is:nice").find("is:nice") != std::string::npos);
  CHECK(refused("is:read is:unread").find("contradicts") != std::string::npos);
  CHECK(refused("has:fun").find("has:fun") != std::string::npos);
  CHECK(refused("-since:2024").find("negated") != std::string::npos);
  CHECK(refused("x:\x1b[2J").find('\x1b') == std::string::npos);
  refused(std::string(5000, 'x'));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "w ";
  refused(many);
}

TEST_CASE("a word that is not known is told with those that are, and nothing where another reason is") {
  const auto unknown_in = [](const std::string& line) {
    unknown_search_word out;
    CHECK_FALSE(parse_search(line, now, &out));
    return out;
  };
  const auto field = unknown_in("one not:FRM:anna");
  CHECK(field.word == "frm");
  for (const char* name : {"from", "since", "folder", "is"})
    CHECK(std::count(field.known.begin(), field.known.end(), name) == 1);
  const auto state = unknown_in("is:unred");
  CHECK(state.word == "unred");
  CHECK(std::count(state.known.begin(), state.known.end(), "unread") == 1);
  CHECK(std::count(state.known.begin(), state.known.end(), "from") == 0);
  CHECK(unknown_in("has:atachment").word == "atachment");
  CHECK(unknown_in("is:read is:unread").word.empty());
  CHECK(unknown_in("since:never").word.empty());
}
