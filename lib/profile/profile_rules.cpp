#include "outmap/profile_rules.hpp"

#include <algorithm>
#include <vector>

#include "profile/rule_rows.hpp"

namespace outmap {

std::span<const profile_rule> profile_rules() noexcept {
  static const auto all = [] {
    std::vector<profile_rule> rows;
    for (const auto document : {profile::outlook_rules(), profile::exchange_rules(), profile::ntlm_rules()}) {
      rows.insert(rows.end(), document.begin(), document.end());
    }
    return rows;
  }();
  return all;
}

const profile_rule* find_profile_rule(std::string_view id) noexcept {
  const auto rules = profile_rules();
  const auto at = std::find_if(rules.begin(), rules.end(), [&](const profile_rule& r) { return r.id == id; });
  return at == rules.end() ? nullptr : &*at;
}

}  // namespace outmap
