// The ids that the auditor prints are those of the table of rules.
#include "audited.hpp"
#include "outmap/profile_rules.hpp"

#include <set>

TEST_CASE("every rule that the auditor can name is in the table of rules, once") {
  std::set<std::string_view> seen;
  for (const auto id : outmap::audit_rule_ids()) {
    CAPTURE(std::string(id));
    CHECK(outmap::find_profile_rule(id) != nullptr);
    CHECK(seen.insert(id).second);
  }
  CHECK(seen.size() >= 60);
}
