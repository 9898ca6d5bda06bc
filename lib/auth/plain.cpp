#include "auth/plain.hpp"

#include "auth/unicode.hpp"
#include "auth/wiped_octets.hpp"

namespace outmap::auth {
namespace {

result<void> check(std::string_view value, const char* what) {
  if (value.empty()) return fail(errc::credentials_missing, std::string("PLAIN: no ") + what);
  if (value.find('\0') != std::string_view::npos) {
    return fail(errc::invalid_argument, std::string("PLAIN: NUL in the ") + what);
  }
  wiped_string scratch;
  return append_utf16le(scratch.value(), value, std::string("PLAIN: ") + what);
}

}  // namespace

result<std::string> plain::step(std::string_view /*challenge*/) {
  if (complete_) return fail(errc::mechanism_failed, "PLAIN: the server goes on after the only message");
  if (auto good = check(who_.user, "user name"); !good) return tl::unexpected(good.error());
  const auto password = who_.password.reveal();
  if (auto good = check(password, "password"); !good) return tl::unexpected(good.error());

  std::string out;
  out.reserve(2 + who_.user.size() + password.size());
  out.push_back('\0');
  out.append(who_.user);
  out.push_back('\0');
  out.append(password);
  who_.password = secret();
  complete_ = true;
  return out;
}

}  // namespace outmap::auth
