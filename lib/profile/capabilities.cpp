#include "profile/capabilities.hpp"

#include <algorithm>

namespace outmap::profile {

bool capabilities::has(std::string_view name) const {
  return std::find(names_.begin(), names_.end(), name) != names_.end();
}

}  // namespace outmap::profile
