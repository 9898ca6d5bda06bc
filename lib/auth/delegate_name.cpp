#include "auth/delegate_name.hpp"

namespace outmap::auth {

std::string delegate_login_name(std::string_view delegate, std::string_view principal) {
  std::string out(delegate);
  if (principal.empty()) return out;
  if (const auto slash = out.find('\\'); slash != std::string::npos) out[slash] = '/';
  out += '/';
  out += principal;
  return out;
}

}  // namespace outmap::auth
