#include "profile/rule_rows.hpp"

namespace outmap::profile {

std::span<const profile_rule> exchange_rules() noexcept { return {}; }

}  // namespace outmap::profile
