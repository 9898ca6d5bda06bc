#include "cli/credentials.hpp"

namespace outmap::cli {

result<void> complete_credentials(chosen_account& chosen, surroundings& with) {
  const auto& c = chosen.config;
  if (c.user.empty()) return fail(errc::credentials_missing, "no user name for " + c.host);
  auto found = find_password(chosen.password, c.user + "@" + c.host, with.stop);
  if (!found) return tl::unexpected(found.error());
  if (!found->warning.empty()) with.out.warn(printable(found->warning, 4096));
  with.hidden.hide(c.user, found->value);
  chosen.config.password = std::move(found->value);
  chosen.password = {};
  return {};
}

}  // namespace outmap::cli
