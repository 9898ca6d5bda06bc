// The rows of one document each, for profile_rules().
#pragma once

#include <span>
#include <string_view>

#include "outmap/profile_rules.hpp"

namespace outmap::profile {

/// [MS-STANOIMAP]: what the client sends, reads and keeps.
std::span<const profile_rule> outlook_rules() noexcept;
/// [MS-STANXIMAP]: what Exchange does.
std::span<const profile_rule> exchange_rules() noexcept;
/// [MS-OXIMAP4]: NTLM inside IMAP, delegate access.
std::span<const profile_rule> ntlm_rules() noexcept;

/// Makes the rows of one document. cmake/rule_tests.cmake reads the calls `ours("ID"` and `not_ours("ID"` from the
/// sources: the id stands behind the parenthesis, as one string.
struct row_maker {
  std::string_view source;

  constexpr profile_rule ours(std::string_view id, std::string_view section, std::string_view topic,
                              std::string_view rule) const {
    return {id, source, section, topic, rule, rule_standing::ours, {}};
  }
  constexpr profile_rule not_ours(std::string_view id, std::string_view section, std::string_view topic,
                                  std::string_view rule, std::string_view reason) const {
    return {id, source, section, topic, rule, rule_standing::not_ours, reason};
  }
};

}  // namespace outmap::profile
