#include "accounts.hpp"

#include <algorithm>

#include <openssl/crypto.h>

#include "ascii.hpp"

namespace outmap::exchange {

const account* find_account(const std::vector<account>& accounts, std::string_view name) {
  const auto exact = [&](std::string_view wanted) -> const account* {
    const auto found = std::ranges::find_if(accounts, [&](const account& a) { return same_word(a.user, wanted); });
    return found == accounts.end() ? nullptr : &*found;
  };
  if (const account* whole = exact(name)) return whole;
  if (const std::size_t slash = name.find('\\'); slash != std::string_view::npos) name.remove_prefix(slash + 1);
  if (const account* without_domain = exact(name)) return without_domain;
  const std::size_t at = name.rfind('@');
  // What follows a '/' behind the realm is a principal (NTLM-2.2.4-04).
  if (at != std::string_view::npos && name.find('/', at) != std::string_view::npos) return nullptr;
  return exact(name.substr(0, at));
}

login_name find_login(const std::vector<account>& accounts, std::string_view user_string) {
  if (const account* own = find_account(accounts, user_string)) return {own, {}, own};
  const std::size_t last = user_string.rfind('/');
  if (last == std::string_view::npos) return {};
  const std::string_view before = user_string.substr(0, last);
  const std::string_view after = user_string.substr(last + 1);
  const std::string_view alias = before.substr(before.find('/') == std::string_view::npos ? 0 : before.find('/') + 1);
  if (const account* delegate = find_account(accounts, alias)) {
    return {delegate, std::string(after), find_account(accounts, after)};
  }
  const account* own = find_account(accounts, after);
  return {own, {}, own};
}

bool same_password(std::string_view a, std::string_view b) {
  return a.size() == b.size() && CRYPTO_memcmp(a.data(), b.data(), a.size()) == 0;
}

}  // namespace outmap::exchange
