#include "wire/flags_line.hpp"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

#include "wire/parser.hpp"

using namespace outmap;
using namespace outmap::wire;

namespace {

result<response> by_grammar(std::string line) {
  // The name of a response counts in any case, but the usual line has it in capitals.
  const auto at = line.find("FETCH");
  if (at != std::string::npos) line.replace(at, 5, "Fetch");
  REQUIRE_FALSE(usual_flags_line(line));
  frame f;
  f.text = line;
  return parse(f, limits{}, quirks::none());
}

void check_line(const std::string& line) {
  CAPTURE(line);
  const auto quick = usual_flags_line(line);
  if (!quick) return;
  const auto whole = by_grammar(line);
  REQUIRE(whole);
  const auto* data = std::get_if<fetch_data>(&*whole);
  REQUIRE(data != nullptr);
  CHECK(data->number.value == quick->number);
  CHECK(data->uid == outmap::uid{quick->uid});
  REQUIRE(data->flags);
  CHECK(*data->flags == flag_set(quick->flags));
  CHECK_FALSE(data->size);
  CHECK_FALSE(data->date);
  CHECK(data->bodies.empty());
}

}  // namespace

TEST_CASE("OIMAP-V0004 the usual line of a listing is read at once, every other line by the grammar") {
  const auto line = usual_flags_line(R"(* 12 FETCH (UID 999999999 FLAGS (\Seen \Answered \Flagged \Deleted \Draft)))");
  REQUIRE(line);
  CHECK(line->number == 12);
  CHECK(line->uid == 999'999'999);
  CHECK(line->flags == flag_set::all_bits);
  CHECK(usual_flags_line("* 1 FETCH (UID 1 FLAGS ())")->flags == 0);
  for (const char* other : {"",
                            "* ",
                            "* 1 FETCH",
                            "* 0 FETCH (UID 1 FLAGS ())",
                            "* 1 FETCH (UID 0 FLAGS ())",
                            "* 1 FETCH (UID 1)",
                            "* 1 FETCH (UID 4294967295 FLAGS ())",
                            "* 4294967296 FETCH (UID 1 FLAGS ())",
                            "* 1 FETCH (UID 1 FLAGS ()",
                            "* 1 FETCH (UID 1 FLAGS ()))",
                            "* 1 FETCH (UID 1 FLAGS ()) ",
                            R"(* 1 FETCH (UID 1 FLAGS (\Seen )))",
                            R"(* 1 FETCH (UID 1 FLAGS ( \Seen)))",
                            R"(* 1 FETCH (UID 1 FLAGS (\Seen  \Draft)))",
                            R"(* 1 FETCH (UID 1 FLAGS (\Seen\Draft)))",
                            R"(* 1 FETCH (UID 1 FLAGS (\Recent)))",
                            R"(* 1 FETCH (UID 1 FLAGS (\seen)))",
                            R"(* 1 FETCH (UID 1 FLAGS (\SeenX)))",
                            R"(* 1 FETCH (UID 1 FLAGS (\)))",
                            R"(* 1 FETCH (UID 1 FLAGS ($Junk)))",
                            R"(* 1 FETCH (FLAGS () UID 1))",
                            R"(* 1 fetch (UID 1 FLAGS ()))",
                            R"(* 1 FETCH (UID 1 FLAGS (\Seen \Seen \Seen \Seen \Seen \Seen)))"}) {
    CAPTURE(other);
    CHECK_FALSE(usual_flags_line(other));
  }
}

TEST_CASE("the usual line of a listing says what the grammar finds in it, whatever it is made of") {
  const std::vector<std::string> pieces = {
      "* ",       "1",      "42",      "0",        "999999999", "1000000000", " FETCH ",   "(",   ")",     "UID ", " ",
      " FLAGS (", "\\Seen", "\\Draft", "\\Recent", "\\Deleted", "\\Answered", "\\Flagged", "NIL", "$Junk", "\\"};
  const std::string usual = R"(* 7 FETCH (UID 12 FLAGS (\Seen \Draft)))";
  std::mt19937 any(20240117);
  const auto below = [&](std::size_t end) { return std::uniform_int_distribution<std::size_t>(0, end - 1)(any); };
  std::size_t read = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto line = usual;
    for (auto changes = below(3); changes != 0; --changes) {
      const auto at = below(line.size());
      const auto& piece = pieces[below(pieces.size())];
      if (below(2) == 0) {
        line.replace(at, below(line.size() - at) % 12, piece);
      } else {
        line.insert(at, piece);
      }
    }
    check_line(line);
    read += usual_flags_line(line) ? 1 : 0;
  }
  CHECK(read > 1000);
}
