#include "plain_acceptor.hpp"

#include "accounts.hpp"

namespace outmap::exchange {

sasl_answer plain_acceptor::step(std::string_view response) {
  const std::size_t first = response.find('\0');
  const std::size_t second = first == std::string_view::npos ? first : response.find('\0', first + 1);
  if (second == std::string_view::npos || response.find('\0', second + 1) != std::string_view::npos) {
    return {sasl_outcome::corrupt, "not two NULs"};
  }
  const std::string_view authorization = response.substr(0, first);
  const account* who = find_account(setup_.accounts, response.substr(first + 1, second - first - 1));
  if (who == nullptr || !same_password(who->password.reveal(), response.substr(second + 1)) ||
      (!authorization.empty() && find_account(setup_.accounts, authorization) != who)) {
    return {sasl_outcome::refused, "unknown user or wrong password"};
  }
  return {sasl_outcome::accepted, who->user};
}

}  // namespace outmap::exchange
