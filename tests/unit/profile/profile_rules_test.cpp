#include "outmap/profile_rules.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

using namespace outmap;

namespace {

bool printable_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

}  // namespace

TEST_CASE("every rule has an id of its own and all that a reader needs") {
  std::set<std::string_view> ids;
  for (const auto& rule : profile_rules()) {
    CAPTURE(rule.id);
    CHECK(ids.insert(rule.id).second);
    CHECK_FALSE(rule.section.empty());
    CHECK_FALSE(rule.topic.empty());
    CHECK(rule.rule.ends_with('.'));
    CHECK((rule.standing == rule_standing::not_ours) == !rule.reason.empty());
    for (const auto text : {rule.id, rule.source, rule.section, rule.topic, rule.rule, rule.reason}) {
      CHECK(printable_ascii(text));
    }
    CHECK(find_profile_rule(rule.id) == &rule);
  }
}

TEST_CASE("the table is whole: each document's rules, and none that no document has") {
  std::map<std::string, std::size_t> rows;
  for (const auto& rule : profile_rules()) {
    ++rows[std::string(rule.id.substr(0, rule.id.find('-'))) + " " + std::string(rule.source)];
  }
  CHECK(rows == std::map<std::string, std::size_t>{
                    {"OIMAP MS-STANOIMAP", 89}, {"XIMAP MS-STANXIMAP", 78}, {"NTLM MS-OXIMAP4", 85}});
  // Numbered rows have no gap.
  const auto numbered = [](const std::string& prefix, int last) {
    for (int n = 1; n <= last; ++n) {
      const auto digits = std::to_string(n);
      const auto id = prefix + std::string(4 - digits.size(), '0') + digits;
      CHECK_MESSAGE(find_profile_rule(id) != nullptr, id);
    }
    CHECK(find_profile_rule(prefix + std::string(last < 9 ? "000" : "00") + std::to_string(last + 1)) == nullptr);
  };
  numbered("OIMAP-V", 74);
  numbered("OIMAP-C", 4);
  numbered("OIMAP-E", 2);
  numbered("XIMAP-V", 61);
  numbered("XIMAP-C", 3);
  numbered("XIMAP-E", 4);
}

TEST_CASE("an id is found whole or not at all") {
  REQUIRE(find_profile_rule("OIMAP-V0055") != nullptr);
  CHECK(find_profile_rule("OIMAP-V0055")->source == "MS-STANOIMAP");
  for (const char* const id : {"", "OIMAP", "OIMAP-V005", "OIMAP-V00555", "oimap-v0055", "V0055"}) {
    CHECK_MESSAGE(find_profile_rule(id) == nullptr, id);
  }
}
